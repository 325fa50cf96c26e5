/** The nsqds that take part, and what is left on them afterwards. */

import { joinHostPort } from "../../cli/host_port.ts";
import { type ConnectionOptions, Consumer, type ConsumerOptions } from "../../client/mod.ts";
import { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import type { BenchOptions } from "./options.ts";

const HTTP_TIMEOUT_MS = 10_000;

/** Addresses of the nsqds, and of all that must be told that a topic is deleted. */
export interface BenchCluster {
  readonly nsqd: string[];
  readonly http: string[];
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
  if (lookupd.length === 0) return { nsqd: [...nsqd], http: [...nsqdHttp] };
  const client = new JsonClient({ connectTimeoutMs: 0, requestTimeoutMs: HTTP_TIMEOUT_MS });
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
  return { nsqd: [...tcp], http: [...http, ...lookupd] };
}

/** Deletes topics wherever they are. Tells in the log what does not succeed. */
export async function deleteTopics(
  { http }: BenchCluster,
  topics: readonly string[],
  logger: Logger,
): Promise<void> {
  const client = new JsonClient({ connectTimeoutMs: 0, requestTimeoutMs: HTTP_TIMEOUT_MS });
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
      try {
        await subscribeOnce({ ...options, topic, channel, nsqd: [address], logger });
      } catch (error) {
        logger.warn(`(${address}) topic ${topic} may be left - ${(error as Error).message}`);
      }
    }
  }
}

async function subscribeOnce(options: ConsumerOptions): Promise<void> {
  const consumer = new Consumer(options);
  const running = consumer.run(() => {});
  await consumer.ready;
  const isThere = consumer.stats.connections > 0;
  await consumer.stop();
  await running;
  if (!isThere) throw new Error("not connected");
}

function urlOf(address: string): string {
  return (address.includes("://") ? address : `http://${address}`).replace(/\/+$/, "");
}
