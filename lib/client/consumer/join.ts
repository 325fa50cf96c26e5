/** Whether a consumer that only looks on may subscribe to a topic: see `joinOnly` of its options. */

import { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { joinHostPort, parseHostPort } from "../../net/host_port.ts";
import { lookupUrl } from "../discovery/lookup.ts";
import type { ResolvedConsumerOptions } from "../options/options.ts";

const TIMEOUT_MS = 2000;

/** The nsqd has no such topic, or the topic has no channel there. */
export class NotJoinedError extends Error {
  override readonly name = "NotJoinedError";

  constructor(readonly missing: "topic" | "channel") {
    super(missing === "topic" ? "has no such topic" : "has no channel of the topic");
  }
}

/**
 * Asks an nsqd that does not know `join_only` over HTTP: where lookupd says that its API is, else on the port behind that of TCP, as
 * it is by default. One that cannot be asked is joined, with a warning.
 *
 * @throws NotJoinedError
 */
export async function checkJoinable(
  address: string,
  options: ResolvedConsumerOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { topic, tls, authSecret, lookupdAuthorization } = options;
  const client = new JsonClient({
    connectTimeoutMs: TIMEOUT_MS,
    requestTimeoutMs: TIMEOUT_MS,
    caCerts: tls?.caCerts,
    ...authSecret !== "" && lookupdAuthorization && { authorization: `Bearer ${authSecret}` },
  });
  const stop = () => client.close();
  signal.addEventListener("abort", stop);
  try {
    const channels = await channelsOn(address, options, client);
    if (channels === undefined) throw new NotJoinedError("topic");
    if (channels === 0) throw new NotJoinedError("channel");
  } catch (error) {
    if (error instanceof NotJoinedError) throw error;
    logger.warn(
      `(${address}) cannot see whether topic(${topic}) has a channel there - ${
        (error as Error).message
      } (if it has none, what waits for the first is taken)`,
    );
  } finally {
    signal.removeEventListener("abort", stop);
    client.close();
  }
}

/** How many channels the topic has there; undefined where there is no topic. @throws Error when that cannot be seen */
async function channelsOn(
  address: string,
  { topic, lookupd }: ResolvedConsumerOptions,
  client: JsonClient,
): Promise<number | undefined> {
  const at = parseHostPort(address)!;
  const httpPort = await announcedHttpPort(at, topic, lookupd, client) ?? at.port + 1;
  const url = `http://${joinHostPort(at.hostname || "127.0.0.1", httpPort)}`;
  const { tcp_port } = await client.get(`${url}/info`) as { tcp_port?: unknown };
  if (tcp_port !== at.port) throw new Error(`${url} is not its HTTP API`);
  const query = new URLSearchParams({ format: "json", topic, include_clients: "false" });
  const { topics } = await client.get(`${url}/stats?${query}`) as {
    topics?: { topic_name?: string; channels?: unknown[] | null }[] | null;
  };
  const found = topics?.find(({ topic_name }) => topic_name === topic);
  return found && (found.channels?.length ?? 0);
}

async function announcedHttpPort(
  { hostname, port }: { hostname: string; port: number },
  topic: string,
  lookupd: readonly string[],
  client: JsonClient,
): Promise<number | undefined> {
  for (const each of lookupd) {
    try {
      const { producers = [] } = await client.get(lookupUrl(each, topic)) as {
        producers?: { broadcast_address?: string; tcp_port?: number; http_port?: number }[];
      };
      const same = producers.find(({ broadcast_address, tcp_port }) =>
        broadcast_address === hostname && tcp_port === port
      );
      if (same?.http_port !== undefined) return same.http_port;
    } catch {
      continue; // the next one may know; that this one does not answer is the poller's to report
    }
  }
  return undefined;
}
