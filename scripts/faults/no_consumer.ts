/** no-consumer: a producer that nobody listens to fills the disk, not the memory. */
import { strictEqual as equal } from "node:assert/strict";
import {
  Client,
  concat,
  eventually,
  messageBatch,
  type Nsqd,
  sized,
} from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { expectService } from "./healthy.ts";
import { withinLimit } from "./limit.ts";
import { MemoryWatch } from "./memory.ts";

const DURATION_MS = 180_000;
const DURATION_SHORT_MS = 20_000;
const BATCH_MESSAGES = 200;
const BODY_BYTES = 200;
/** Bounds the files that a long run leaves until its end: 40 MB a second. */
const BATCHES_PER_SECOND = 1_000;
const MEMORY_LIMIT_MIB = 300;
/** What the last quarter may take more than the second: a leak would show. */
const GROWTH_LIMIT_MIB = 64;
/** The reference hands messages from topic to channel later. */
const QUEUED_DEADLINE_MS = 30_000;
const CHECKED_MESSAGES = 1_000;

export const noConsumer: Fault = { name: "no-consumer", mostlyWaits: true, run };

async function run(context: FaultContext): Promise<string> {
  await using nsqd = await startBroker(context);
  await nsqd.post("/topic/create?topic=nobody");
  await nsqd.post("/channel/create?topic=nobody&channel=ch");
  using memory = new MemoryWatch(nsqd.pid);
  const published = await produce(nsqd, context.short ? DURATION_SHORT_MS : DURATION_MS);
  const backendDepth = await eventually(() => expectQueued(nsqd, published), QUEUED_DEADLINE_MS);
  const slowestMs = Math.round(await expectService(nsqd, "afterwards"));
  await expectReadable(nsqd);
  memory.expectBelow(MEMORY_LIMIT_MIB);
  const growthMib = lateGrowthMib(memory.samplesMib);
  withinLimit(growthMib <= GROWTH_LIMIT_MIB, `memory grew by ${growthMib} MiB in the second half`);
  return `${published} messages queued (${backendDepth} on disk), memory at most ${memory.maximumMib} MiB, ` +
    `${growthMib} MiB more in the second half, a healthy client served in ${slowestMs} ms`;
}

/** Publishes numbered messages at a steady rate; gives back how many. */
async function produce(nsqd: Nsqd, durationMs: number): Promise<number> {
  const batch = messageBatch(new Array(BATCH_MESSAGES).fill("x".repeat(BODY_BYTES)));
  const command = concat("MPUB nobody\n", sized(batch));
  const firstBody = command.length - batch.length + 8;
  const view = new DataView(command.buffer);
  using client = await Client.connect(nsqd.tcpPort);
  const start = performance.now();
  let published = 0;
  for (let batches = 0;; batches++) {
    const elapsedMs = performance.now() - start;
    if (elapsedMs >= durationMs) return published;
    const earlyMs = batches / BATCHES_PER_SECOND * 1000 - elapsedMs;
    if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
    for (let index = 0; index < BATCH_MESSAGES; index++) {
      view.setUint32(firstBody + index * (4 + BODY_BYTES), published++);
    }
    await client.send(command);
    await client.expectResponse("OK");
  }
}

/** All that was published is queued at the channel; how much of it on disk. */
async function expectQueued(nsqd: Nsqd, published: number): Promise<number> {
  const { depth, backend_depth } = await nsqd.channel("nobody", "ch");
  equal(depth, published, "messages queued");
  return backend_depth;
}

/** Highest sample of the last quarter less the highest of the second, in MiB. */
function lateGrowthMib(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4);
  const highest = (from: number, to: number) => Math.max(...samples.slice(from, to));
  return highest(3 * quarter, samples.length) - highest(quarter, 2 * quarter);
}

/** What was queued can be consumed: the first messages, each once. */
async function expectReadable(nsqd: Nsqd): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("nobody", "ch", 100);
  const ids = new Set((await client.consume(CHECKED_MESSAGES)).map((message) => message.id));
  equal(ids.size, CHECKED_MESSAGES, "different messages");
}
