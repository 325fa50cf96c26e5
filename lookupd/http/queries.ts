import type { HttpApi } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { toJson } from "../../lib/http/json.ts";
import type { Query } from "../../lib/http/query.ts";
import { respondJsonText } from "../../lib/http/respond.ts";
import type { Channel, Peer, Topic } from "../registry/model.ts";
import { addRoute, type LookupdHost, required } from "./host.ts";

/** `/lookup`, `/topics`, `/channels` and `/nodes`: what consumers and the console ask. */
export function addQueryRoutes(api: HttpApi, host: LookupdHost): void {
  const { registry } = host;
  addRoute(api, host, "GET", "/lookup", (query) => lookup(host, query));
  addRoute(api, host, "GET", "/topics", () => ({ topics: registry.topicNames() }));
  addRoute(api, host, "GET", "/channels", (query) => {
    const topics = registry.find(required(query, "topic"));
    return { channels: topics.flatMap((topic) => [...topic.channels.keys()]) };
  });
  addRoute(api, host, "GET", "/nodes", () => respondJsonText(nodes(host)));
}

/**
 * Producers of a topic as JSON, written piece by piece: what is asked most, by every consumer every
 * minute.
 *
 * @throws HttpError 404 TOPIC_NOT_FOUND
 */
function lookup(host: LookupdHost, query: Query): Response {
  const topics = host.registry.find(required(query, "topic"));
  if (topics.length === 0) throw new HttpError(404, "TOPIC_NOT_FOUND");
  let channels = "", producers = "";
  for (const topic of topics) {
    for (const channel of topic.channels.values()) channels += nameJson(channel) + ",";
  }
  for (const peer of visibleProducers(host, topics)) producers += peerJson(peer) + ",";
  return respondJsonText(
    `{"channels":[${channels.slice(0, -1)}],"producers":[${producers.slice(0, -1)}]}`,
  );
}

/** The peers to tell of: those that were heard of lately and are not hidden, each once. */
function visibleProducers(host: LookupdHost, topics: readonly Topic[]): Iterable<Peer> {
  const { inactiveProducerTimeoutMs, tombstoneLifetimeMs } = host.options;
  const nowMs = host.clock.monotonicMs();
  const visible = new Set<Peer>();
  for (const topic of topics) {
    for (const producer of topic.producers.values()) {
      const { peer } = producer;
      if (!peer.isActive(nowMs, inactiveProducerTimeoutMs)) continue;
      if (!producer.isTombstoned(nowMs, tombstoneLifetimeMs)) visible.add(peer);
    }
  }
  return visible;
}

/** Every active peer with its topics; a peer is not left out because of a tombstone. */
function nodes({ registry, options, clock }: LookupdHost): string {
  const nowMs = clock.monotonicMs();
  const nodes: string[] = [];
  for (const peer of registry.peers) {
    if (!peer.isActive(nowMs, options.inactiveProducerTimeoutMs)) continue;
    const tombstones: boolean[] = [], topics: string[] = [];
    for (const [topic, producer] of peer.topics) {
      tombstones.push(producer.isTombstoned(nowMs, options.tombstoneLifetimeMs));
      topics.push(nameJson(topic));
    }
    const lists = `"tombstones":[${tombstones}],"topics":[${topics}]`;
    nodes.push(`${peerJson(peer).slice(0, -1)},${lists}}`);
  }
  return `{"producers":[${nodes}]}`;
}

/** What a peer is in each answer; it never changes. */
const peerTexts = new WeakMap<Peer, string>();

function peerJson(peer: Peer): string {
  let text = peerTexts.get(peer);
  if (text === undefined) peerTexts.set(peer, text = toJson(peer.info));
  return text;
}

/** Nothing in a valid name needs escaping. */
function nameJson({ name }: Topic | Channel): string {
  return `"${name}"`;
}
