/** Durable topics with much in them: what is written, what stays in memory, how long a start takes. */

import { awaitHoldings, createTopics, topicName } from "../api.ts";
import { publishDeferred } from "../defer.ts";
import type { Bench, Workload } from "../model.ts";
import { rssBytes, writtenBytes } from "../proc.ts";
import { publish, rest } from "../steps.ts";

const DURABLE = "durable";
const FLAGS = ["--durable=durable_*", "--mem-queue-size=10000"];
const MPUB = { producers: 8, batch: 200 };

const QUEUED = 10_000_000;
const PRELOAD_LIMIT_MS = 600_000;
const PRELOAD_PIPELINE = 4;
const DEFERRED = 1_000_000;
const DEFERRED_BYTES = 1024;
const DELAY_MS = 3_000_000;
/** Time to come to rest: buffers given back, garbage collected. */
const SETTLE_MS = 8000;

const rssMb = async (bench: Bench) => await rssBytes(bench.broker.pid) / 1e6;

function fanout(): Workload {
  const one = "durable-fanout 1 channel", ten = "durable-fanout 10 channels";
  return {
    name: "durable-fanout",
    what:
      "bytes written for each message of 200 B, one and ten channels behind the topic, backlog on disk",
    flags: [...FLAGS, "--mem-queue-size=0"],
    oursOnly: true,
    metrics: [
      { name: one, unit: "B/msg" },
      { name: ten, unit: "B/msg", target: { kind: "beaten", by: one, times: 0.91 } },
    ],
    async measure(bench) {
      const figures: Record<string, number> = {}, perTopic = bench.count(400_000);
      for (const [name, channels] of [[one, 1], [ten, 10]] as const) {
        const before = await writtenBytes(bench.broker.pid);
        await publish(bench, { ...MPUB, perTopic, channels }, `${DURABLE}_${channels}`);
        figures[name] = (await writtenBytes(bench.broker.pid) - before) / perTopic;
      }
      return figures;
    },
  };
}

export const DURABLE_GROWTH: Workload[] = [
  fanout(),
  {
    name: "durable-queued",
    what:
      "10 M messages of 200 B queued in a durable topic: memory, and starts from the call to the first answer",
    flags: FLAGS,
    oursOnly: true,
    maxRounds: 1,
    metrics: [
      { name: "durable-queued RSS", unit: "MB", target: { kind: "below", value: 150 } },
      { name: "durable-queued start", unit: "ms", target: { kind: "below", value: 1000 } },
      {
        name: "durable-queued start after kill",
        unit: "ms",
        target: { kind: "below", value: 2000 },
      },
    ],
    async measure(bench) {
      const queued = bench.count(QUEUED);
      await publish(bench, {
        ...MPUB,
        perTopic: queued,
        pipeline: PRELOAD_PIPELINE,
        timeoutMs: PRELOAD_LIMIT_MS,
      }, DURABLE);
      await rest(SETTLE_MS);
      const figures: Record<string, number> = { "durable-queued RSS": await rssMb(bench) };
      for (
        const [name, signal] of [
          ["durable-queued start after kill", "SIGKILL"],
          ["durable-queued start", "SIGTERM"],
        ] as const
      ) {
        figures[name] = await bench.broker.restart(signal);
        await awaitHoldings(bench.broker.http, DURABLE, queued, 1000);
      }
      return figures;
    },
  },
  {
    name: "durable-deferred",
    what: "1 M messages of 1 KB deferred in a durable topic: memory",
    flags: FLAGS,
    oursOnly: true,
    maxRounds: 1,
    metrics: [
      { name: "durable-deferred RSS", unit: "MB", target: { kind: "below", value: 200 } },
    ],
    async measure(bench) {
      const { http, tcp } = bench.broker, count = bench.count(DEFERRED);
      await createTopics(http, DURABLE, 1, 1);
      await publishDeferred(tcp, topicName(DURABLE, 0), count, DEFERRED_BYTES, DELAY_MS);
      await awaitHoldings(http, DURABLE, count, 1000, true);
      await rest(SETTLE_MS);
      return { "durable-deferred RSS": await rssMb(bench) };
    },
  },
];
