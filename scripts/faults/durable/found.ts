/** What is in a data directory after a crash: read from its files, and as the next broker delivers it. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { StoredJournal } from "../../../lib/journal/stored_journal.ts";
import { createLogger, LOG_LEVELS } from "../../../lib/log/logger.ts";
import { DenoFileSystem } from "../../../lib/storage/deno_file_system.ts";
import { BODY_OFFSET, recordEnd } from "../../../lib/wire/record.ts";
import { Client } from "../../../tests/harness/mod.ts";
import { type FaultContext, startBroker } from "../fault.ts";
import type { Found } from "./ledger.ts";
import { FLAGS_FOR_CHECKING, TOPIC } from "./load.ts";

const READ_BYTES = 1024 * 1024;

/** What a channel has not finished, in order; nothing if it is not there. */
export type FoundIn = (channel: string) => Found[];

/** Reads the journal without a broker. */
export function readJournal(path: string): { found: FoundIn; stored: StoredJournal } {
  const quiet = createLogger({ level: LOG_LEVELS["fatal"]!, prefix: "", format: "text" });
  const stored = new StoredJournal(new DenoFileSystem(), path, TOPIC, quiet);
  return { stored, found: (channel) => [...messages(stored, channel).values()] };
}

/** By index. */
export function messages(stored: StoredJournal, name: string): Map<number, Found> {
  const channel = stored.state.channels.get(name);
  const found = new Map<number, Found>();
  if (channel === undefined) return found;
  const reader = stored.newReader(), buffer = new Uint8Array(READ_BYTES), { endIndex } = stored;
  for (let at = stored.firstIndex;;) {
    const from = channel.finished.nextMissing(at, endIndex);
    if (from >= endIndex) break;
    reader.read(from, channel.finished.nextPresent(from, endIndex), buffer);
    const view = new DataView(buffer.buffer);
    for (let i = 0, offset = 0; i < reader.count; i++) {
      const end = recordEnd(view, offset), index = reader.first + i;
      found.set(index, {
        body: new TextDecoder().decode(buffer.subarray(offset + BODY_OFFSET, end)),
        attempts: channel.attempts(index),
        dueMs: channel.exceptions.dueMs(index),
      });
      offset = end;
    }
    at = Math.max(reader.first + reader.count, from + 1);
  }
  reader.close();
  return found;
}

/**
 * Starts a broker on the directory and consumes both channels: it has just what the files say.
 * @param isDamaged whether it may count messages that it finds out, when it comes to them, cannot be read
 * @throws when it has not
 */
export async function consumeAll(
  context: FaultContext,
  path: string,
  found: FoundIn,
  isDamaged = false,
): Promise<void> {
  await using nsqd = await startBroker(context, FLAGS_FOR_CHECKING, path);
  for (const channel of ["idle", "ch"]) {
    const wanted = found(channel), due = wanted.filter(({ dueMs }) => dueMs === 0);
    if (wanted.length === 0) continue;
    const figures = await nsqd.channel(TOPIC, channel);
    if (!isDamaged) {
      equal(figures.deferred_count, wanted.length - due.length, `deferred in ${channel}`);
      equal(figures.depth, due.length, `depth of ${channel}`);
    }
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(TOPIC, channel, 500);
    const received = await client.consume(due.length);
    const plain = (each: { body: string; attempts: number }, more: number) =>
      `${each.body.split(":")[0]}@${each.attempts + more}`;
    deepEqual(
      received.map((each) => plain(each, 0)).sort(),
      due.map((each) => plain(each, 1)).sort(),
      `messages and attempts in ${channel}`,
    );
  }
  await nsqd.kill();
}
