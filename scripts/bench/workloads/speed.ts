/** Messages per second, and the time one takes. */

import type { LoadPlan } from "../generator.ts";
import type { Bench, Rate, Target, Workload } from "../model.ts";
import { consume, MPUB_200, publish, publishAndConsume, warmUp } from "../steps.ts";

const BIG_BYTES = 1_000_000;
const BIG_RDY = 20;
const CHANNELS = 10;
const OPEN_LOOP_RATE = 20_000;
const THROUGH_DISK = ["--mem-queue-size=0"];

const atLeast = (value: number): Target => ({ kind: "ratio", op: ">=", value });

/** Room in memory for all messages of a workload, and no more than that. */
function inMemory(messages: number): string[] {
  return [`--mem-queue-size=${messages}`];
}

function publishing(
  name: string,
  what: string,
  full: number,
  shape: Partial<LoadPlan>,
  target: Target,
  flags = inMemory(full),
): Workload {
  return {
    name,
    what,
    flags,
    metrics: [{ name, unit: "msg/s", target }],
    async measure(bench) {
      await warmUp(bench, { ...shape, perTopic: bench.count(full) / 5 });
      return { [name]: await publish(bench, { ...shape, perTopic: bench.count(full) }) };
    },
  };
}

function consuming(name: string, what: string, flags: string[], full: number): Workload {
  return {
    name,
    what,
    flags,
    metrics: [{ name, unit: "msg/s", target: atLeast(8) }],
    async measure(bench) {
      await warmUp(bench, { ...MPUB_200, perTopic: bench.count(full) / 5 });
      await publish(bench, { ...MPUB_200, perTopic: bench.count(full) });
      return { [name]: await consume(bench, { perTopic: bench.count(full) }) };
    },
  };
}

/** @param scale turns messages a second into the metric's unit */
async function measureAtOnce(
  bench: Bench,
  shape: Omit<LoadPlan, "prefix">,
  scale = 1,
): Promise<Rate> {
  const perTopic = shape.perTopic ?? 0;
  await warmUp(bench, { ...shape, perTopic: perTopic / 5 });
  const result = await publishAndConsume(bench, shape);
  return { value: scale * result.consumeTimed / result.consumeSeconds, cpu: result.cpu };
}

const MPUB_MESSAGES = 1_200_000;
const CONSUME_MESSAGES = 1_500_000;
const PUBSUB_MESSAGES = 800_000;
const FANOUT_MESSAGES = 120_000;
const BIG_MESSAGES = 1_500;
const DISK_MESSAGES = 400_000;
const LATENCY_MESSAGES = 100_000;

export const SPEED: Workload[] = [
  publishing(
    "mpub",
    "MPUB 200 × 200 B, 2 connections",
    MPUB_MESSAGES,
    MPUB_200,
    atLeast(2),
  ),
  publishing(
    "pub2",
    "PUB one at a time, 2 connections",
    60_000,
    { producers: 2 },
    atLeast(1),
  ),
  publishing(
    "pub100",
    "PUB one at a time, 100 connections",
    200_000,
    { producers: 100 },
    atLeast(1.1),
  ),
  consuming(
    "consume",
    "consume with FIN, RDY 2500, lean client",
    inMemory(CONSUME_MESSAGES),
    CONSUME_MESSAGES,
  ),
  {
    name: "pubsub",
    what: "publish (MPUB) and consume at once",
    flags: inMemory(PUBSUB_MESSAGES),
    metrics: [{ name: "pubsub", unit: "msg/s", target: atLeast(1.8) }],
    measure: async (bench) => ({
      pubsub: await measureAtOnce(bench, {
        ...MPUB_200,
        perTopic: bench.count(PUBSUB_MESSAGES),
      }),
    }),
  },
  {
    name: "fanout",
    what: `one topic → ${CHANNELS} channels, deliveries per second`,
    flags: inMemory(FANOUT_MESSAGES),
    metrics: [{ name: "fanout", unit: "msg/s", target: atLeast(6) }],
    measure: async (bench) => ({
      fanout: await measureAtOnce(bench, {
        ...MPUB_200,
        channels: CHANNELS,
        consumers: 1,
        perTopic: bench.count(FANOUT_MESSAGES),
      }),
    }),
  },
  {
    name: "big",
    what: "1 MB messages, published and consumed at once",
    flags: inMemory(BIG_MESSAGES),
    metrics: [{ name: "big", unit: "MB/s" }],
    async measure(bench) {
      const perTopic = bench.count(BIG_MESSAGES);
      const shape = { producers: 2, size: BIG_BYTES, rdy: BIG_RDY, perTopic };
      return { big: await measureAtOnce(bench, shape, BIG_BYTES / 1e6) };
    },
  },
  publishing(
    "disk-pub",
    "MPUB 200 × 200 B through disk, at most 2500 acknowledged without an fsync on both sides",
    DISK_MESSAGES,
    MPUB_200,
    atLeast(5),
    THROUGH_DISK,
  ),
  consuming(
    "disk-consume",
    "consume with FIN from disk, an fsync every 2500 on both sides",
    THROUGH_DISK,
    DISK_MESSAGES,
  ),
  {
    name: "latency",
    what: `from intended send time to receipt, ${OPEN_LOOP_RATE} msg/s, 2 + 2 connections`,
    flags: inMemory(LATENCY_MESSAGES),
    metrics: [
      { name: "latency p50", unit: "ms" },
      { name: "latency p99", unit: "ms", target: { kind: "ratio", op: "<=", value: 0.2 } },
      { name: "latency p99.9", unit: "ms" },
    ],
    async measure(bench) {
      const shape = { producers: 2, rate: OPEN_LOOP_RATE };
      await warmUp(bench, { ...shape, perTopic: bench.count(LATENCY_MESSAGES) / 4 });
      const perTopic = bench.count(LATENCY_MESSAGES);
      const { latencyMs, cpu } = await publishAndConsume(bench, { ...shape, perTopic });
      const { p50 = NaN, p99 = NaN, p999 = NaN } = latencyMs ?? {};
      return {
        "latency p50": { value: p50, cpu },
        "latency p99": { value: p99, cpu },
        "latency p99.9": { value: p999, cpu },
      };
    },
  },
];
