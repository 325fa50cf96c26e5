/** `nsq journal dump`: messages, one a line. */

import type { ChannelState } from "../../journal/channel_state.ts";
import { DEAD_NOTE_BYTES, isDeadJournal } from "../../journal/dead_journal.ts";
import type { JournalReader } from "../../journal/reader.ts";
import type { StoredJournal } from "../../journal/stored_journal.ts";
import { visibleBytes, visibleJson } from "../../log/visible.ts";
import {
  attemptsBefore,
  BODY_OFFSET,
  ID_OFFSET,
  recordEnd,
  TIMESTAMP_OFFSET,
} from "../../wire/record.ts";
import { messageMembers } from "../message_json.ts";
import type { JournalOptions } from "./options.ts";
import { messageRange, type Output } from "./output.ts";

const READ_BYTES = 1024 * 1024;

const ascii = new TextDecoder();

/** Prints messages in order. Returns false when some cannot be read, which it says. @throws Error when there is no such channel */
export function dump(
  journals: Iterable<StoredJournal>,
  options: JournalOptions,
  output: Output,
): boolean {
  let isWhole = true;
  for (const journal of journals) {
    const channels = [...journal.state.channels.values()];
    const channel = channels.find(({ name }) => name === options.channel);
    if (options.channel !== "" && channel === undefined) {
      const names = channels.map(({ name }) => name).join(", ") || "none";
      throw new Error(
        `topic ${journal.topic} has no channel ${options.channel} (its channels: ${names})`,
      );
    }
    isWhole = new Dump(journal, channel, options, output).run() && isWhole;
  }
  return isWhole;
}

class Dump {
  readonly #journal: StoredJournal;
  readonly #channel: ChannelState | undefined;
  readonly #channels: ChannelState[];
  readonly #options: JournalOptions;
  readonly #output: Output;
  readonly #reader: JournalReader;
  /** Whether these are dead messages, of which more is kept than the body. */
  readonly #isDead: boolean;
  #buffer = new Uint8Array(READ_BYTES);

  constructor(
    journal: StoredJournal,
    channel: ChannelState | undefined,
    options: JournalOptions,
    output: Output,
  ) {
    this.#journal = journal;
    this.#isDead = isDeadJournal(journal.topic);
    this.#channel = channel;
    this.#channels = channel === undefined ? [...journal.state.channels.values()] : [channel];
    this.#options = options;
    this.#output = output;
    this.#reader = journal.newReader();
  }

  run(): boolean {
    const { firstIndex, endIndex } = this.#journal, reader = this.#reader;
    const end = Math.min(endIndex, this.#options.to + 1);
    let isWhole = true;
    for (let at = Math.max(firstIndex, this.#options.from);;) {
      const from = this.#nextWanted(at, end);
      if (from >= end) break;
      reader.read(from, this.#nextUnwanted(from, end), this.#buffer);
      if (reader.neededBytes > 0) {
        this.#buffer = new Uint8Array(reader.neededBytes);
        continue;
      }
      if (reader.first > from) isWhole = this.#skip(from, reader.first) && isWhole;
      if (reader.count > 0) this.#print();
      at = reader.first + reader.count;
    }
    reader.close();
    return isWhole;
  }

  #nextWanted(from: number, end: number): number {
    return this.#channel === undefined ? from : this.#channel.finished.nextMissing(from, end);
  }

  #nextUnwanted(from: number, end: number): number {
    return this.#channel === undefined ? end : this.#channel.finished.nextPresent(from, end);
  }

  /** Nobody misses what all have finished: its segment may be gone. */
  #skip(from: number, to: number): boolean {
    const { state, topic } = this.#journal;
    if (this.#channel === undefined && state.nextNeeded(from, to) >= to) return true;
    this.#output.warn(`topic ${topic}: ${messageRange(from, to)} cannot be read, see check`);
    return false;
  }

  #print(): void {
    const { bodies } = this.#options, { isTerminal } = this.#output;
    if (bodies && !isTerminal) return this.#output.bytes(this.#bodies());
    const view = new DataView(this.#buffer.buffer);
    const lines: string[] = [];
    this.#forEachRecord((index, at, end) =>
      lines.push(
        bodies
          ? visibleBytes(this.#buffer.subarray(at + BODY_OFFSET, end))
          : this.#json(view, index, at, end),
      )
    );
    this.#output.line(lines.join("\n"));
  }

  #bodies(): Uint8Array {
    const bytes = new Uint8Array(this.#reader.bytes);
    let to = 0;
    this.#forEachRecord((_index, at, end) => {
      const body = this.#buffer.subarray(at + BODY_OFFSET, end);
      bytes.set(body, to);
      bytes[to += body.length] = this.#options.delimiter;
      to++;
    });
    return bytes.subarray(0, to);
  }

  #forEachRecord(visit: (index: number, at: number, end: number) => void): void {
    const { first, count } = this.#reader;
    const view = new DataView(this.#buffer.buffer);
    for (let i = 0, at = 0; i < count; i++) {
      const end = recordEnd(view, at);
      visit(first + i, at, this.#isDead ? end - DEAD_NOTE_BYTES : end);
      at = end;
    }
  }

  #json(view: DataView, index: number, at: number, end: number): string {
    const waiting = this.#channels.filter(({ finished }) => !finished.has(index));
    const attempts = this.#isDead
      ? attemptsBefore(view, at)
      : Math.max(0, ...waiting.map((channel) => channel.attempts(index)));
    const dueMs = Math.max(0, ...waiting.map(({ exceptions }) => exceptions.dueMs(index)));
    const members = messageMembers({
      id: ascii.decode(this.#buffer.subarray(at + ID_OFFSET, at + BODY_OFFSET)),
      timestampNs: view.getBigUint64(at + TIMESTAMP_OFFSET),
      attempts,
      body: this.#buffer.subarray(at + BODY_OFFSET, end),
    });
    const due = dueMs > 0 ? `,"due":"${new Date(dueMs).toISOString()}"` : "";
    const names = this.#channel === undefined
      ? `,"unfinished":${JSON.stringify(waiting.map(({ name }) => name))}`
      : "";
    const topic = JSON.stringify(this.#journal.topic);
    const line = `{"topic":${topic},"index":${index},${members}${due}${names}}`;
    return this.#output.isTerminal ? visibleJson(line) : line;
  }
}
