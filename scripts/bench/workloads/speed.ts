/** Messages per second, and the time one takes. */

import type { LoadPlan } from "../generator.ts";
import type { Metric, Pass, Target, Workload } from "../model.ts";
import { consume, MPUB_200, once, publish, publishAndConsume, warmUp } from "../steps.ts";

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
  const pass: Pass = {
    full,
    step: shape.batch ?? 1,
    run: async (bench, prefix, perTopic) => ({
      [name]: await publish(bench, { ...shape, perTopic }, prefix),
    }),
  };
  return { name, what, flags, metrics: [{ name, unit: "msg/s", target }], ...once(pass, shape) };
}

function consuming(name: string, what: string, flags: string[], full: number): Workload {
  const pass: Pass = {
    full,
    step: MPUB_200.batch,
    async run(bench, prefix, perTopic) {
      await publish(bench, { ...MPUB_200, perTopic }, prefix);
      return { [name]: await consume(bench, { perTopic }, prefix) };
    },
  };
  const metrics: Metric[] = [{ name, unit: "msg/s", target: atLeast(8) }];
  return { name, what, flags, metrics, ...once(pass, MPUB_200) };
}

/** @param scale turns messages a second into the metric's unit */
function atOnce(
  what: string,
  full: number,
  shape: Partial<LoadPlan>,
  metric: Metric,
  scale = 1,
): Workload {
  const { name } = metric;
  const pass: Pass = {
    full,
    step: shape.batch ?? 1,
    async run(bench, prefix, perTopic) {
      const result = await publishAndConsume(bench, { ...shape, perTopic }, prefix);
      const value = scale * result.consumeTimed / result.consumeSeconds;
      return { [name]: { value, cpu: result.cpu } };
    },
  };
  return { name, what, flags: inMemory(full), metrics: [metric], ...once(pass, shape) };
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
  atOnce("publish (MPUB) and consume at once", PUBSUB_MESSAGES, MPUB_200, {
    name: "pubsub",
    unit: "msg/s",
    target: atLeast(1.8),
  }),
  atOnce(
    `one topic → ${CHANNELS} channels, deliveries per second`,
    FANOUT_MESSAGES,
    { ...MPUB_200, channels: CHANNELS, consumers: 1 },
    { name: "fanout", unit: "msg/s", target: atLeast(6) },
  ),
  atOnce(
    "1 MB messages, published and consumed at once",
    BIG_MESSAGES,
    { producers: 2, size: BIG_BYTES, rdy: BIG_RDY },
    { name: "big", unit: "MB/s" },
    BIG_BYTES / 1e6,
  ),
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
