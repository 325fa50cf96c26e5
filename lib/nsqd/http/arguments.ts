import type { RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { queryOf } from "../../http/parameters.ts";
import { parameterBytes, type Query } from "../../http/query.ts";
import { requestTarget } from "../../http/target.ts";
import { isValidName } from "../../wire/names.ts";
import type { ClientAuth } from "../auth/authorizer.ts";
import type { HttpCaller } from "../auth/http_access.ts";
import { readKey } from "../publish_key.ts";
import type { HttpBroker, HttpTopic, NsqdHost } from "./host.ts";

export { queryOf };

/** What a broker that drains refuses with. */
export const DRAINING = "draining";

/** How the words for true and false in a query are read; others mean what the parameter says. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** The value of a true-or-false parameter of a call that Go's nsqd has too, undefined when it is neither. */
export function booleanParameter(query: Query, name: string): boolean | undefined {
  return BOOLEANS.get(query.get(name) ?? "");
}

/** The key that a request names, null for none. @throws HttpError 400 that says what is wrong with it */
export function keyOf(context: RequestContext): string | null {
  const bytes = parameterBytes(requestTarget(context.req.url).query ?? "", "key");
  if (bytes === undefined) return null;
  try {
    return readKey(bytes);
  } catch (error) {
    throw new HttpError(400, `key: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The topic that a topic or publishing request names, created if need be.
 *
 * @throws HttpError 400 INVALID_REQUEST, MISSING_ARG_TOPIC or INVALID_TOPIC; 503 while the broker drains
 */
export function topicToCreate(host: NsqdHost, context: RequestContext): {
  query: Query;
  topic: HttpTopic;
} {
  const query = queryOf(context, host.logger);
  const name = topicName(query);
  if (!isValidName(name)) throw new HttpError(400, "INVALID_TOPIC");
  if (host.broker.draining) throw new HttpError(503, DRAINING);
  return { query, topic: host.broker.topic(name) };
}

/**
 * The name a topic request gives, valid or not.
 *
 * @throws HttpError 400 MISSING_ARG_TOPIC
 */
export function topicName(query: Query): string {
  const name = query.get("topic");
  if (name === undefined) throw new HttpError(400, "MISSING_ARG_TOPIC");
  return name;
}

/**
 * The topic of that name.
 *
 * @throws HttpError 404 TOPIC_NOT_FOUND
 */
export function existingTopic(broker: HttpBroker, name: string): HttpTopic {
  const topic = broker.existingTopic(name);
  if (topic === undefined) throw new HttpError(404, "TOPIC_NOT_FOUND");
  return topic;
}

/**
 * The topic and the name of the channel that a channel request names.
 *
 * @throws HttpError 400 INVALID_REQUEST, MISSING_ARG_TOPIC, INVALID_ARG_TOPIC,
 *   MISSING_ARG_CHANNEL or INVALID_ARG_CHANNEL; 404 TOPIC_NOT_FOUND
 */
export function topicAndChannelName(host: NsqdHost, context: RequestContext): {
  topic: HttpTopic;
  topicName: string;
  channelName: string;
} {
  const query = queryOf(context, host.logger);
  const name = topicName(query);
  if (!isValidName(name)) throw new HttpError(400, "INVALID_ARG_TOPIC");
  const channelName = query.get("channel");
  if (channelName === undefined) throw new HttpError(400, "MISSING_ARG_CHANNEL");
  if (!isValidName(channelName)) throw new HttpError(400, "INVALID_ARG_CHANNEL");
  return { topic: existingTopic(host.broker, name), topicName: name, channelName };
}

/** The host of a "host:port", which is "" for a Unix socket. */
function hostOf(address: string): string {
  return /^\[?(.*?)\]?:\d+$/.exec(address)?.[1] ?? "";
}

/** Who sends a request, for permissions. */
export function callerOf(context: RequestContext): HttpCaller {
  const { remoteAddress, tls = false } = context.env;
  return {
    name: remoteAddress,
    peer: { remoteIp: hostOf(remoteAddress), tls, commonName: "" },
    authorization: context.req.header("Authorization") ?? null,
  };
}

/**
 * The topic and channel that a request of a consumer names, once it is known that it may consume from there.
 * @param command what is done, as it stands in a refusal
 * @throws HttpError 400 as topicAndChannelName, 401, 403
 */
export async function consumerNames(
  host: NsqdHost,
  context: RequestContext,
  command: string,
): Promise<{ query: Query; topic: string; channel: string; auth: ClientAuth | null }> {
  const query = queryOf(context, host.logger);
  const topic = topicName(query), channel = query.get("channel");
  if (!isValidName(topic)) throw new HttpError(400, "INVALID_ARG_TOPIC");
  if (channel === undefined) throw new HttpError(400, "MISSING_ARG_CHANNEL");
  if (!isValidName(channel)) throw new HttpError(400, "INVALID_ARG_CHANNEL");
  const auth = await host.access.maySubscribe(callerOf(context), command, topic, channel);
  return { query, topic, channel, auth };
}
