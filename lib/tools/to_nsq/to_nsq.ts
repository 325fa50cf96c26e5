/** Puts consumers, the filter and producers together. */

import {
  applyConfigOption,
  Consumer,
  type Message,
  Producer,
  type ProducerOptions,
} from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import { consumeUntilStopped } from "../consume_topics.ts";
import { consumerOptionsFor, userAgent } from "../consumer_options.ts";
import { createHostPool, type HostPoolEnvironment } from "../host_pool.ts";
import { RequestTimings, timingsWarning } from "../request_timings.ts";
import { Copier } from "./copier.ts";
import { Destination } from "./destination.ts";
import { JsonFilter } from "./json_filter.ts";
import type { ToNsqOptions } from "./options.ts";

/** The reference's name of the tool, for the brokers. */
const TOOL = "nsq_to_nsq";

/** What the tool needs from the outside. */
export interface ToNsqEnvironment extends HostPoolEnvironment {
  readonly logger: Logger;
}

/** Copies messages to other brokers until a signal asks to stop. @throws Error when it cannot go on */
export async function copyToNsq(
  options: ToNsqOptions,
  environment: ToNsqEnvironment,
): Promise<void> {
  const { logger, nowMs } = environment;
  const { topics, destinationTopic, statusEvery } = options;
  const warning = timingsWarning(statusEvery);
  if (warning !== undefined) logger.warn(warning);
  const destinations = createDestinations(options, logger);
  const filter = createFilter(options);
  const copier = new Copier({
    pool: createHostPool(options.mode, destinations, environment),
    timings: timingsOf("[aggregate]:", statusEvery, logger),
    logger,
    nowMs,
    ...filter === undefined ? {} : { filter },
  });
  try {
    await consumeUntilStopped(topics.map((topic) => {
      const publishedTo = destinationTopic === "" ? topic : destinationTopic;
      return {
        consumer: new Consumer(consumerOptionsFor(options, topic, TOOL, logger)),
        handler: (message: Message) => copier.copy(message, publishedTo),
        runOptions: { manual: true, reuseBodies: true }, // published before they are answered
      };
    }));
  } finally {
    await Promise.all(destinations.map((destination) => destination.close()));
  }
}

function createDestinations(
  { destinations, producerOpts, statusEvery }: ToNsqOptions,
  logger: Logger,
): Destination[] {
  return destinations.map((address) => {
    const options: ProducerOptions = { logger };
    for (const option of producerOpts) applyConfigOption(options, option);
    // Its message is requeued when it fails, and then goes to the destination that is next: one attempt will do.
    Object.assign(options, { nsqd: [address], maxAttempts: 1, userAgent: userAgent(TOOL) });
    // One destination's figures would be those of all.
    const every = destinations.length > 1 ? statusEvery : 0;
    const timings = timingsOf(`[${address}]:`, every, logger);
    return new Destination(address, new Producer(options), timings, logger);
  });
}

function createFilter(
  { requiredField, requiredValue, passedFields }: ToNsqOptions,
): JsonFilter | undefined {
  if (requiredField === "" && passedFields.length === 0) return undefined;
  return new JsonFilter({ requiredField, requiredValue, passedFields });
}

function timingsOf(name: string, every: number, logger: Logger): RequestTimings {
  return new RequestTimings(name, every, (line) => logger.info(line));
}
