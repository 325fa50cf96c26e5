/** Memory, processor time at rest, and the time to start. */

import { createTopics, topicName } from "../api.ts";
import type { Bench, Metric, Target, Workload } from "../model.ts";
import { cpuSeconds, rssBytes } from "../proc.ts";
import { MPUB_200, publish, rest, TOPIC } from "../steps.ts";

const QUEUED_MESSAGES = 1_000_000;
const IDLE_CONNECTIONS = 10_000;
const IDLE_TOPICS = 1_000;
const CHANNELS_OF_IDLE_TOPIC = 2;

/** The generator asks for a heartbeat in each window, so every window holds one per connection. */
const WINDOW_MS = 20_000;
const QUICK_WINDOW_MS = 3_000;
/** Time to come to rest first: buffers given back, garbage collected. */
const SETTLE_MS = 5_000;
const QUICK_SETTLE_MS = 1_000;

const atMost = (value: number): Target => ({ kind: "ratio", op: "<=", value });

async function settle(bench: Bench): Promise<void> {
  await rest(bench.quick ? QUICK_SETTLE_MS : SETTLE_MS);
}

async function rssMb(bench: Bench): Promise<number> {
  return await rssBytes(bench.broker.pid) / 1e6;
}

/** Memory at the end, and processor time as a share of one core, of a window of idleness. */
async function atRest(bench: Bench, name: string): Promise<Record<string, number>> {
  await settle(bench);
  const beforeMs = performance.now();
  const before = await cpuSeconds(bench.broker.pid);
  await rest(bench.quick ? QUICK_WINDOW_MS : WINDOW_MS);
  const used = await cpuSeconds(bench.broker.pid) - before;
  return {
    [`${name} RSS`]: await rssMb(bench),
    [`${name} CPU`]: 100 * used / ((performance.now() - beforeMs) / 1000),
  };
}

function restMetrics(name: string): Metric[] {
  return [
    { name: `${name} RSS`, unit: "MB", target: atMost(1) },
    { name: `${name} CPU`, unit: "% CPU", target: atMost(1) },
  ];
}

export const FOOTPRINT: Workload[] = [
  {
    name: "rss-1m",
    what: "1M messages of 200 B queued in memory",
    flags: [`--mem-queue-size=${QUEUED_MESSAGES}`],
    metrics: [{ name: "rss-1m", unit: "MB", target: atMost(0.85) }],
    async measure(bench) {
      await publish(bench, { ...MPUB_200, perTopic: bench.count(QUEUED_MESSAGES) });
      await settle(bench);
      return { "rss-1m": await rssMb(bench) };
    },
  },
  {
    name: "rss-conns",
    what: `${IDLE_CONNECTIONS} idle subscribed connections, a heartbeat each in the window`,
    flags: [],
    metrics: restMetrics("rss-conns"),
    async measure(bench) {
      await createTopics(bench.broker.http, TOPIC, 1, 1);
      let figures: Record<string, number> = {};
      await bench.idle(bench.count(IDLE_CONNECTIONS), topicName(TOPIC, 0), async () => {
        figures = await atRest(bench, "rss-conns");
      });
      return figures;
    },
  },
  {
    name: "rss-topics",
    what: `${IDLE_TOPICS} idle topics with ${CHANNELS_OF_IDLE_TOPIC} channels each`,
    flags: [],
    metrics: restMetrics("rss-topics"),
    async measure(bench) {
      const { http } = bench.broker;
      await createTopics(http, TOPIC, bench.count(IDLE_TOPICS), CHANNELS_OF_IDLE_TOPIC);
      return atRest(bench, "rss-topics");
    },
  },
  {
    name: "start",
    what: "from starting the process to listening",
    flags: [],
    metrics: [{ name: "start", unit: "ms", target: { kind: "below", value: 200 } }],
    measure: (bench) => Promise.resolve({ start: bench.broker.startMs }),
  },
  {
    name: "rss-idle",
    what: "an idle broker",
    flags: [],
    metrics: [{ name: "rss-idle", unit: "MB", target: { kind: "below", value: 75 } }],
    async measure(bench) {
      await settle(bench);
      return { "rss-idle": await rssMb(bench) };
    },
  },
];
