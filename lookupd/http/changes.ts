import type { HttpApi } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { Query } from "../../lib/http/query.ts";
import { addRoute, type LookupdHost, required, requiredName } from "./host.ts";

/** The requests that make topics and channels known, forget them, and hide producers. */
export function addChangeRoutes(api: HttpApi, host: LookupdHost): void {
  const add = (path: string, handler: (host: LookupdHost, query: Query) => null) =>
    addRoute(api, host, "POST", path, (query) => handler(host, query));
  add("/topic/create", createTopic);
  add("/topic/delete", deleteTopic);
  add("/topic/tombstone", tombstoneProducer);
  add("/channel/create", createChannel);
  add("/channel/delete", deleteChannel);
}

function createTopic({ registry, logger }: LookupdHost, query: Query): null {
  const name = requiredName(query, "topic");
  logger.info(`DB: adding topic(${name})`);
  registry.createTopic(name);
  return null;
}

/** Not knowing the topic is fine too. */
function deleteTopic({ registry, logger }: LookupdHost, query: Query): null {
  for (const topic of registry.find(required(query, "topic"))) {
    for (const channel of topic.channels.keys()) {
      logger.info(`DB: removing channel(${channel}) from topic(${topic.name})`);
    }
    logger.info(`DB: removing topic(${topic.name})`);
    registry.deleteTopic(topic);
  }
  return null;
}

/** Hides the producer that listens at `node` from consumers of the topic, until it is taken off it. */
function tombstoneProducer({ registry, logger, clock }: LookupdHost, query: Query): null {
  const name = required(query, "topic");
  const node = required(query, "node");
  logger.info(`DB: setting tombstone for producer@${node} of topic(${name})`);
  const nowMs = clock.monotonicMs();
  for (const topic of registry.find(name)) {
    for (const producer of topic.producers.values()) {
      if (producer.peer.node === node) producer.tombstonedAtMs = nowMs;
    }
  }
  return null;
}

function createChannel({ registry, logger }: LookupdHost, query: Query): null {
  const topic = requiredName(query, "topic");
  const name = requiredName(query, "channel");
  logger.info(`DB: adding channel(${name}) in topic(${topic})`);
  logger.info(`DB: adding topic(${topic})`);
  registry.createChannel(topic, name);
  return null;
}

function deleteChannel({ registry, logger }: LookupdHost, query: Query): null {
  const topic = requiredName(query, "topic");
  const name = requiredName(query, "channel");
  if (!registry.deleteChannel(topic, name)) throw new HttpError(404, "CHANNEL_NOT_FOUND");
  logger.info(`DB: removing channel(${name}) from topic(${topic})`);
  return null;
}
