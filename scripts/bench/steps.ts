/** The steps that workloads are made of. Each checks its counts before it gives a figure. */

import { awaitHoldings, createTopics, holdings } from "./api.ts";
import { WorkloadFailure } from "./failure.ts";
import type { LoadPlan } from "./generator.ts";
import type { Bench, Pass, Rate, Workload } from "./model.ts";

/** The message: 200 bytes, 200 of them in an MPUB, two connections. */
export const MPUB_200 = { batch: 200, producers: 2 } satisfies Partial<LoadPlan>;
/** Two lean consumers: one for each core of the machine the targets were set on. */
export const CONSUMERS = 2;

const SETTLE_LIMIT_MS = 300_000;
/** For what should be there at once. */
export const FINISH_LIMIT_MS = 10_000;

/** A workload's own messages live in topics of this name, its warm-up's in the other. */
export const TOPIC = "bench";
const WARM_TOPIC = "warm";

type Shape = Omit<LoadPlan, "prefix" | "expect" | "numbers">;

/**
 * Publishes to fresh topics with their channels made first, and waits until the channels hold all
 * of it. Gives messages per second up to the last OK.
 */
export async function publish(bench: Bench, shape: Shape, prefix = TOPIC): Promise<Rate> {
  const { topics = 1, channels = 1, perTopic = 0, first = 0 } = shape;
  if (first === 0) await createTopics(bench.broker.http, prefix, topics, channels);
  const result = await bench.load({ prefix, ...shape });
  const held = (first + perTopic) * topics * channels;
  await awaitHoldings(bench.broker.http, prefix, held, SETTLE_LIMIT_MS);
  return { value: result.published / result.publishSeconds, cpu: result.cpu };
}

/** Consumes all that {@link publish} has left. Gives messages per second. */
export async function consume(bench: Bench, shape: Shape, prefix = TOPIC): Promise<Rate> {
  const { perTopic = 0, ...rest } = shape;
  const plan = { prefix, consumers: CONSUMERS, ...rest };
  const result = await bench.load({ ...plan, expect: perTopic, numbers: perTopic });
  await awaitHoldings(bench.broker.http, prefix, 0, FINISH_LIMIT_MS);
  return { value: result.consumeTimed / result.consumeSeconds, cpu: result.cpu };
}

/** Consumes `expect` messages of the `queued` ones of one topic. Gives messages per second. */
export async function consumePart(bench: Bench, queued: number, expect: number): Promise<Rate> {
  const plan = { prefix: TOPIC, consumers: CONSUMERS, expect, numbers: queued };
  const result = await bench.load(plan);
  const now = await holdings(bench.broker.http, TOPIC);
  if (now.returned > 0 || now.inChannels > queued - expect) {
    throw new WorkloadFailure(`after ${expect} of ${queued}: ${JSON.stringify(now)}`);
  }
  return { value: result.consumeTimed / result.consumeSeconds, cpu: result.cpu };
}

/** Publishes and consumes at once, all within fresh topics. Gives the generator's whole result. */
export async function publishAndConsume(bench: Bench, shape: Shape, prefix = TOPIC) {
  await createTopics(bench.broker.http, prefix, shape.topics ?? 1, shape.channels ?? 1);
  const result = await bench.load({ prefix, consumers: CONSUMERS, ...shape });
  await awaitHoldings(bench.broker.http, prefix, 0, FINISH_LIMIT_MS);
  return result;
}

/**
 * Runs the shape of a workload on a topic of its own first: a broker that has been up for a minute is
 * what gets measured, with its code compiled and its heap grown.
 */
export async function warmUp(bench: Bench, shape: Shape, prefix = WARM_TOPIC): Promise<void> {
  await publishAndConsume(bench, shape, prefix);
}

/** Of the messages, before the clock starts. */
const WARM_UP_SHARE = 0.2;

/** Measures a pass once, at its full size, after a {@link warmUp} with a part of the messages. */
export function once(pass: Pass, warmUpShape: Shape): Pick<Workload, "pass" | "measure"> {
  return {
    pass,
    async measure(bench) {
      const messages = bench.count(pass.full);
      await warmUp(bench, { ...warmUpShape, perTopic: messages * WARM_UP_SHARE });
      return await pass.run(bench, TOPIC, messages);
    },
  };
}

/** Lets time pass: for memory and processor time of a broker at rest, time is what is measured. */
export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
