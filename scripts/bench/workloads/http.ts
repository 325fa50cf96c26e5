/** Publishing over HTTP, with keep-alive. */

import { awaitHoldings, createTopics, topicName } from "../api.ts";
import type { PostPlan } from "../generator.ts";
import type { Bench, Pass, Rate, Workload } from "../model.ts";
import { FINISH_LIMIT_MS, TOPIC } from "../steps.ts";

const WARM_UP_SHARE = 0.2;
const WARM_TOPIC = "warm";

function posting(
  name: string,
  what: string,
  full: number,
  shape: Pick<PostPlan, "connections" | "batch">,
  atLeast: number,
): Workload {
  const pass: Pass = {
    full,
    step: shape.connections * (shape.batch ?? 1),
    run: async (bench, prefix, messages) => ({
      [name]: await post(bench, prefix, { ...shape, messages }),
    }),
  };
  return {
    name,
    what,
    flags: [`--mem-queue-size=${full}`],
    metrics: [{ name, unit: "msg/s", target: { kind: "ratio", op: ">=", value: atLeast } }],
    pass,
    async measure(bench) {
      const messages = bench.count(full);
      await pass.run(bench, WARM_TOPIC, messages * WARM_UP_SHARE);
      return await pass.run(bench, TOPIC, messages);
    },
  };
}

/** Gives messages per second. */
async function post(bench: Bench, prefix: string, plan: Omit<PostPlan, "topic">): Promise<Rate> {
  const { http } = bench.broker;
  await createTopics(http, prefix, 1, 1);
  const { published, seconds, cpu } = await bench.post({ topic: topicName(prefix, 0), ...plan });
  await awaitHoldings(http, prefix, plan.messages, FINISH_LIMIT_MS);
  return { value: published / seconds, cpu };
}

export const HTTP: Workload[] = [
  posting("http-pub1", "POST /pub of 200 B, 1 connection", 20_000, { connections: 1 }, 0.9),
  posting("http-pub50", "POST /pub of 200 B, 50 connections", 100_000, { connections: 50 }, 1),
  posting(
    "http-mpub",
    "POST /mpub?binary=true of 200 × 200 B, 2 connections",
    400_000,
    { connections: 2, batch: 200 },
    1.5,
  ),
];
