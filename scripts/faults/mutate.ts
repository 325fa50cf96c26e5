/** mutate: whatever comes in, the broker answers in whole frames or closes, soon, and serves the others. */
import { ok } from "node:assert/strict";
import { FRAME_ERROR, type Nsqd, text } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { expectService } from "./healthy.ts";
import { mutatedInput } from "./inputs.ts";
import { inTime, withinLimit } from "./limit.ts";
import { residentMib } from "./memory.ts";
import type { Random } from "./random.ts";

const INPUTS = 100_000;
const INPUTS_SHORT = 3_000;
const BATCH = 500;
const CONNECTIONS = 16;
/** From the end of what we send to the end of what the broker sends. */
const CLOSE_DEADLINE_MS = 10_000;
/** What the broker may hold more than after its first batch. */
const GROWTH_LIMIT_MIB = 200;
const READ_BUFFER_BYTES = 64 * 1024;
const SHOWN_BYTES = 400;

export const mutate: Fault = { name: "mutate", run };

async function run(context: FaultContext): Promise<string> {
  const inputs = context.short ? INPUTS_SHORT : INPUTS;
  await using nsqd = await startBroker(context);
  const answers = new Map<string, number>();
  let baselineMib = 0;
  let highestMib = 0;
  for (let first = 0; first < inputs; first += BATCH) {
    await runBatch(nsqd, context.random, first, answers);
    await expectService(nsqd, `after input ${first + BATCH}`);
    await deleteTopics(nsqd);
    highestMib = Math.max(highestMib, await residentMib(nsqd.pid));
    baselineMib ||= highestMib;
    const limitMib = baselineMib + GROWTH_LIMIT_MIB;
    withinLimit(highestMib <= limitMib, `memory grew from ${baselineMib} to ${highestMib} MiB`);
  }
  const errors = [...answers.values()].reduce((total, count) => total + count, 0);
  return `${inputs} inputs, ${errors} errors of ${answers.size} kinds answered, memory ${baselineMib} to ${highestMib} MiB`;
}

/** Sends a batch of inputs, a few at a time. */
async function runBatch(
  nsqd: Nsqd,
  random: Random,
  first: number,
  answers: Map<string, number>,
): Promise<void> {
  let next = first;
  const work = async () => {
    while (next < first + BATCH) {
      const number = next++;
      const own = random.derive(number);
      const input = mutatedInput(own);
      try {
        await inTime(tryInput(nsqd, input, own, answers), CLOSE_DEADLINE_MS, "the end");
      } catch (error) {
        const shown = JSON.stringify(String.fromCharCode(...input.subarray(0, SHOWN_BYTES)));
        throw new Error(`input ${number}, ${input.length} bytes: ${shown}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}

async function tryInput(
  nsqd: Nsqd,
  input: Uint8Array<ArrayBuffer>,
  random: Random,
  answers: Map<string, number>,
): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
  const cut = random.below(input.length + 1);
  const sending = unlessClosed(async () => {
    await writeAll(conn, input.subarray(0, cut));
    await writeAll(conn, input.subarray(cut));
    await conn.closeWrite();
  });
  const reader = new FrameReader(answers);
  const buffer = new Uint8Array(READ_BUFFER_BYTES);
  const clean = await unlessClosed(async () => {
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      reader.take(buffer.subarray(0, count));
    }
  });
  await sending;
  if (clean) reader.expectWhole();
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await conn.write(rest));
}

/** Whether the action was done, or else cut short by the broker, which may close whenever it likes. */
async function unlessClosed(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const closed = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.NotConnected;
    if (!closed) throw error;
    return false;
  }
}

/** Checks that what comes back is frames and nothing else, and counts the errors by code. */
class FrameReader {
  #rest = new Uint8Array(0);

  constructor(readonly answers: Map<string, number>) {}

  take(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    const view = new DataView(joined.buffer);
    let position = 0;
    while (joined.length - position >= 8) {
      const size = view.getInt32(position);
      const type = view.getInt32(position + 4);
      ok(size >= 4 && type >= 0 && type <= 2, `a frame of size ${size} and type ${type}`);
      if (position + 4 + size > joined.length) break;
      if (type === FRAME_ERROR) this.#count(joined.subarray(position + 8, position + 4 + size));
      position += 4 + size;
    }
    this.#rest = joined.slice(position);
  }

  expectWhole(): void {
    ok(this.#rest.length === 0, `half a frame at the end: ${text(this.#rest)}`);
  }

  #count(data: Uint8Array): void {
    const code = text(data).split(" ")[0] ?? "";
    ok(/^E_[A-Z_]+$/.test(code), `an error that starts with ${JSON.stringify(code)}`);
    this.answers.set(code, (this.answers.get(code) ?? 0) + 1);
  }
}

/** Removes what the inputs made, so that only leaks add up. */
async function deleteTopics(nsqd: Nsqd): Promise<void> {
  for (const { topic_name } of await nsqd.topics()) {
    const path = `/topic/delete?topic=${encodeURIComponent(topic_name)}`;
    const response = await nsqd.http(path, { method: "POST" });
    await response.body?.cancel();
  }
}
