/** The same work with more topics, and with more messages queued: cost must not bend. */

import type { Metric, Workload } from "../model.ts";
import { consume, consumePart, CONSUMERS, MPUB_200, publish, warmUp } from "../steps.ts";

/** What is left of the speed of the smallest size, at least. */
const BEND_LIMIT = 0.5;

const TOPIC_COUNTS = [1, 100, 1_000];
const MESSAGES_OVER_ALL_TOPICS = 2_000_000;
const WARM_UP_MESSAGES = 100_000;
const DEFAULT_MEM_QUEUE_SIZE = 10_000;

const QUEUED: [label: string, messages: number][] = [["10k", 10_000], ["10m", 10_000_000]];
const MESSAGES_AT_DEPTH = 400_000;
const PRELOAD_LIMIT_MS = 600_000;
/** A preload is not measured: it may send ahead of its OKs. */
const PRELOAD_PIPELINE = 4;
const MANY_MESSAGES = 1_000_000;

function metric(name: string, base: string): Metric {
  if (name === base) return { name, unit: "msg/s" };
  return { name, unit: "msg/s", target: { kind: "bend", base, atLeast: BEND_LIMIT } };
}

function withTopics(topics: number): Workload {
  const name = `growth-topics-${topics}`;
  const base = `growth-topics-${TOPIC_COUNTS[0]}`;
  const full = MESSAGES_OVER_ALL_TOPICS / topics;
  return {
    name,
    what: `MPUB and consume, spread over ${topics} topics`,
    flags: [`--mem-queue-size=${Math.max(full, DEFAULT_MEM_QUEUE_SIZE)}`],
    metrics: [metric(`${name} mpub`, `${base} mpub`), metric(`${name} consume`, `${base} consume`)],
    async measure(bench) {
      const perTopic = bench.count(full);
      await warmUp(bench, { ...MPUB_200, perTopic: bench.count(WARM_UP_MESSAGES) });
      const consumers = topics === 1 ? CONSUMERS : 1;
      return {
        [`${name} mpub`]: await publish(bench, { ...MPUB_200, topics, perTopic }),
        [`${name} consume`]: await consume(bench, { topics, perTopic, consumers }),
      };
    },
  };
}

function withQueued(label: string, queuedFull: number): Workload {
  const name = `growth-queued-${label}`;
  const base = `growth-queued-${QUEUED[0]?.[0]}`;
  return {
    name,
    what: `MPUB and consume with ${label} messages queued, the usual --mem-queue-size`,
    flags: [],
    ...(queuedFull > MANY_MESSAGES ? { maxRounds: 1 } : {}),
    metrics: [metric(`${name} mpub`, `${base} mpub`), metric(`${name} consume`, `${base} consume`)],
    async measure(bench) {
      const queued = bench.count(queuedFull);
      const more = bench.count(MESSAGES_AT_DEPTH);
      await warmUp(bench, { ...MPUB_200, perTopic: more });
      await publish(bench, {
        ...MPUB_200,
        pipeline: PRELOAD_PIPELINE,
        perTopic: queued,
        timeoutMs: PRELOAD_LIMIT_MS,
      });
      return {
        [`${name} mpub`]: await publish(bench, { ...MPUB_200, first: queued, perTopic: more }),
        [`${name} consume`]: await consumePart(bench, queued + more, more),
      };
    },
  };
}

export const GROWTH: Workload[] = [
  ...TOPIC_COUNTS.map(withTopics),
  ...QUEUED.map(([label, messages]) => withQueued(label, messages)),
];
