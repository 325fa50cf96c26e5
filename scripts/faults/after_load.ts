/** after-load: what a burst of work of all kinds took is given back when it is over. */
import { Client, eventually, type Nsqd } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { withinLimit } from "./limit.ts";
import { MemoryWatch, residentMib } from "./memory.ts";
import type { Random } from "./random.ts";

const DURATION_MS = 60_000;
const DURATION_SHORT_MS = 8_000;
const TOPICS = ["one", "two"] as const;
const PRODUCERS = 4;
const CONSUMERS = 40;
const READY_COUNT = 100;
const BATCH_MESSAGES = 100;
const LARGEST_BODY_BYTES = 4_000;
/** More than this above what it had before the load must not stay. */
const KEPT_LIMIT_MIB = 150;
/** It gives back in this time, the looks of the broker being 5 s apart. */
const QUIET_DEADLINE_MS = 30_000;

export const afterLoad: Fault = { name: "after-load", run };

async function run(context: FaultContext): Promise<string> {
  await using nsqd = await startBroker(context);
  for (const topic of TOPICS) await nsqd.create(topic, "ch");
  using memory = new MemoryWatch(nsqd.pid);
  const beforeMib = await residentMib(nsqd.pid);
  const untilMs = performance.now() + (context.short ? DURATION_SHORT_MS : DURATION_MS);
  const work = [
    ...range(CONSUMERS).map((i) => consume(nsqd, topicOf(i), untilMs)),
    ...range(PRODUCERS).map((i) => publish(nsqd, topicOf(i), context.random.derive(i), untilMs)),
    publishByHttp(nsqd, untilMs),
  ];
  const messages = (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
  const loadMib = await residentMib(nsqd.pid);
  const quietMib = await eventually(async () => {
    const mib = await residentMib(nsqd.pid);
    withinLimit(mib - beforeMib <= KEPT_LIMIT_MIB, `${mib} MiB resident, ${beforeMib} before`);
    return mib;
  }, QUIET_DEADLINE_MS);
  return `${messages} messages handled, memory ${beforeMib} MiB before, at most ${memory.maximumMib}, ` +
    `${loadMib} at the end of the load, ${quietMib} when quiet`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function topicOf(i: number): string {
  return TOPICS[i % TOPICS.length]!;
}

/** @returns how many messages */
async function publish(
  nsqd: Nsqd,
  topic: string,
  random: Random,
  untilMs: number,
): Promise<number> {
  using client = await Client.connect(nsqd.tcpPort);
  let count = 0;
  for (; performance.now() < untilMs; count += BATCH_MESSAGES) {
    const body = "x".repeat(random.between(1, LARGEST_BODY_BYTES));
    await client.publishBatch(topic, new Array(BATCH_MESSAGES).fill(body));
  }
  return count;
}

async function publishByHttp(nsqd: Nsqd, untilMs: number): Promise<number> {
  let count = 0;
  for (; performance.now() < untilMs; count++) await nsqd.post("/pub?topic=one", "by http");
  return count;
}

/** Finishes what it gets, until it is cut off. @returns how many messages */
async function consume(nsqd: Nsqd, topic: string, untilMs: number): Promise<number> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", READY_COUNT);
  setTimeout(() => client.close(), untilMs - performance.now());
  let count = 0;
  try {
    for (;; count++) await client.finish((await client.nextMessage()).id);
  } catch (error) {
    if (performance.now() < untilMs) throw error;
    return count;
  }
}
