/** The nsqds that take part, and what is left on them afterwards. */

import { joinHostPort } from "../../net/host_port.ts";
import { type ConnectionOptions, Consumer, type ConsumerOptions } from "../../client/mod.ts";
import { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { authorizationOf } from "../consumer_options.ts";
import type { BenchOptions } from "./options.ts";

const HTTP_TIMEOUT_MS = 10_000;

/** Addresses of the nsqds, and of all that must be told that a topic is deleted. */
export interface BenchCluster {
  readonly nsqd: string[];
  readonly http: string[];
  /** What they are shown in the header Authorization; undefined for nothing. */
  readonly authorization: string | undefined;
}

interface Producers {
  producers?: { broadcast_address: string; tcp_port: number; http_port: number }[];
}

/**
 * Finds the nsqds: those of the options, or all that lookupds know now. They are asked for once, as a topic that does not exist
 * yet is known to none of them.
 *
 * @throws Error when no lookupd answers, or none knows an nsqd
 */
export async function findCluster(options: BenchOptions, logger: Logger): Promise<BenchCluster> {
  const { lookupd, nsqd, nsqdHttp } = options;
  const authorization = authorizationOf(options.consumerOpts);
  if (lookupd.length === 0) return { nsqd: [...nsqd], http: [...nsqdHttp], authorization };
  const client = new JsonClient({
    connectTimeoutMs: HTTP_TIMEOUT_MS,
    requestTimeoutMs: HTTP_TIMEOUT_MS,
    authorization,
  });
  const tcp = new Set<string>();
  const http = new Set<string>();
  try {
    for (const address of lookupd) {
      try {
        const { producers = [] } = await client.get(`${urlOf(address)}/nodes`) as Producers;
        for (const { broadcast_address, tcp_port, http_port } of producers) {
          tcp.add(joinHostPort(broadcast_address, tcp_port));
          http.add(joinHostPort(broadcast_address, http_port));
        }
      } catch (error) {
        logger.warn(`lookupd ${address} cannot be asked - ${(error as Error).message}`);
      }
    }
  } finally {
    client.close();
  }
  if (tcp.size === 0) throw new Error("no lookupd that answers knows an nsqd");
  // nsqds first: or else a lookupd learns of the topic again.
  return { nsqd: [...tcp], http: [...http, ...lookupd], authorization };
}

/** Deletes topics wherever they are. Tells in the log what does not succeed. */
export async function deleteTopics(
  { http, authorization }: BenchCluster,
  topics: readonly string[],
  logger: Logger,
): Promise<void> {
  const client = new JsonClient({
    connectTimeoutMs: HTTP_TIMEOUT_MS,
    requestTimeoutMs: HTTP_TIMEOUT_MS,
    authorization,
  });
  try {
    for (const address of http) {
      for (const topic of topics) {
        try {
          await client.command(
            `${urlOf(address)}/topic/delete?topic=${encodeURIComponent(topic)}`,
          );
        } catch (error) {
          const { message } = error as Error;
          if (message.includes("TOPIC_NOT_FOUND")) continue;
          logger.warn(`(${address}) topic ${topic} could not be deleted - ${message}`);
        }
      }
    }
  } finally {
    client.close();
  }
}

/**
 * Makes sure that no topic's first channel would be one that goes away again: with it would go what waits there.
 *
 * @throws Error that says how to go on
 */
export async function checkJoins(
  { nsqd }: BenchCluster,
  topics: readonly string[],
  options: Omit<ConsumerOptions, "topic">,
): Promise<void> {
  for (const address of nsqd) {
    for (const topic of topics) {
      let isFirst = false;
      const onNotJoined = (_address: string, missing: string) => isFirst = missing === "channel";
      // Whether one can be reached at all is told by the run itself.
      await subscribeOnce({ ...options, topic, nsqd: [address], joinOnly: true, onNotJoined });
      if (!isFirst) continue;
      throw new Error(
        `topic(${topic}) has no channel on ${address}: what waits there for the first one would be taken, ` +
          "and lost with it. --channel=<name> makes one that stays",
      );
    }
  }
}

/** Makes ephemeral topics go: they do when the last consumer leaves, and these may have had none. */
export async function releaseTopics(
  { nsqd }: BenchCluster,
  topics: readonly string[],
  channel: string,
  options: ConnectionOptions,
  logger: Logger,
): Promise<void> {
  for (const address of nsqd) {
    for (const topic of topics) {
      if (await subscribeOnce({ ...options, topic, channel, nsqd: [address], logger })) continue;
      logger.warn(`(${address}) topic ${topic} may be left - not connected`);
    }
  }
}

/** Whether it came about. */
async function subscribeOnce(options: ConsumerOptions): Promise<boolean> {
  const consumer = new Consumer(options);
  const running = consumer.run(() => {});
  await consumer.ready;
  const isThere = consumer.stats.connections > 0;
  await consumer.stop();
  await running;
  return isThere;
}

function urlOf(address: string): string {
  return (address.includes("://") ? address : `http://${address}`).replace(/\/+$/, "");
}
