/** Puts consumers, endpoints and the way between them together. */

import { Consumer, type Message } from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import { consumeUntilStopped } from "../consume_topics.ts";
import { consumerOptionsFor } from "../consumer_options.ts";
import { createHostPool, type HostPoolEnvironment } from "../host_pool.ts";
import { keepHeapSmall } from "../small_heap.ts";
import { RequestTimings, timingsWarning } from "../request_timings.ts";
import { type Endpoint, getEndpoint, postEndpoint } from "./endpoint.ts";
import { type Destination, Forwarder } from "./forwarder.ts";
import { parseHeader } from "./header.ts";
import { HttpSender } from "./http_sender.ts";
import type { ToHttpOptions } from "./options.ts";

/** What the tool needs from the outside. */
export interface ToHttpEnvironment extends HostPoolEnvironment {
  readonly logger: Logger;
  /** What the HTTP servers are told. */
  readonly userAgent: string;
}

/** Sends messages to HTTP servers until a signal asks to stop. @throws Error when it cannot go on */
export async function forwardToHttp(
  options: ToHttpOptions,
  environment: ToHttpEnvironment,
): Promise<void> {
  const { logger, userAgent } = environment;
  const { connectTimeoutMs, requestTimeoutMs, contentType, publishers, topics } = options;
  const headers = options.headers.map(parseHeader);
  const sender = new HttpSender({
    connectTimeoutMs,
    requestTimeoutMs,
    headers,
    contentType,
    userAgent,
  });
  const warning = timingsWarning(options.statusEvery);
  if (warning !== undefined) logger.warn(warning);
  const forwarder = createForwarder(options, environment, sender);
  const handler = ({ body }: Message) => forwarder.forward(body);
  using _heap = keepHeapSmall(logger);
  try {
    await consumeUntilStopped(topics.map((topic) => ({
      consumer: new Consumer(consumerOptionsFor(options, topic, "nsq_to_http", logger)),
      handler,
      runOptions: { concurrency: publishers },
    })));
  } finally {
    sender.close();
  }
}

function createForwarder(
  { get, post, mode, sample, statusEvery }: ToHttpOptions,
  environment: ToHttpEnvironment,
  sender: HttpSender,
): Forwarder {
  const { logger, nowMs, random } = environment;
  const endpoints = [...post.map(postEndpoint), ...get.map(getEndpoint)];
  const report = (line: string) => logger.info(line);
  const destinationOf = (endpoint: Endpoint): Destination => ({
    send: (body) => sender.send(endpoint, body),
    // One destination's figures would be those of all.
    timings: new RequestTimings(
      `[${endpoint.name}]:`,
      endpoints.length > 1 ? statusEvery : 0,
      report,
    ),
  });
  const destinations = endpoints.map(destinationOf);
  return new Forwarder({
    route: mode === "multicast" ? destinations : createHostPool(mode, destinations, environment),
    timings: new RequestTimings("[aggregate]:", statusEvery, report),
    sample,
    nowMs,
    random,
  });
}
