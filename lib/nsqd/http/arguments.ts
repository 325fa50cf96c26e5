import type { RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { queryOf } from "../../http/parameters.ts";
import type { Query } from "../../http/query.ts";
import { isValidName } from "../../wire/names.ts";
import type { HttpBroker, HttpTopic, NsqdHost } from "./host.ts";

export { queryOf };

/** How the words for true and false in a query are read; others mean what the parameter says. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** The value of a true-or-false parameter, undefined when it is neither. */
export function booleanParameter(query: Query, name: string): boolean | undefined {
  return BOOLEANS.get(query.get(name) ?? "");
}

/**
 * The topic that a topic or publishing request names, created if need be.
 *
 * @throws HttpError 400 INVALID_REQUEST, MISSING_ARG_TOPIC or INVALID_TOPIC
 */
export function topicToCreate(host: NsqdHost, context: RequestContext): {
  query: Query;
  topic: HttpTopic;
} {
  const query = queryOf(context, host.logger);
  const name = topicName(query);
  if (!isValidName(name)) throw new HttpError(400, "INVALID_TOPIC");
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
  channelName: string;
} {
  const query = queryOf(context, host.logger);
  const name = topicName(query);
  if (!isValidName(name)) throw new HttpError(400, "INVALID_ARG_TOPIC");
  const channelName = query.get("channel");
  if (channelName === undefined) throw new HttpError(400, "MISSING_ARG_CHANNEL");
  if (!isValidName(channelName)) throw new HttpError(400, "INVALID_ARG_CHANNEL");
  return { topic: existingTopic(host.broker, name), channelName };
}
