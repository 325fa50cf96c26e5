/** Puts together what all daemons said, and what those said last that do not answer now. */
import { parseHostPort } from "../../lib/net/host_port.ts";
import { nodeName } from "../../lib/cluster/node.ts";
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";
import type { Listing, Totals } from "./contract.ts";
import { type Counters, sumKnown, sumRates } from "./counters.ts";
import { channelFigures, queueFigures, roundRate } from "./figures.ts";
import type { KnownNode } from "./known_nodes.ts";
import { addLostParts } from "./lost.ts";
import {
  channelOf,
  type ChannelPart,
  type ClusterModel,
  newNode,
  newTopic,
  type NodeModel,
  type TopicModel,
  topicOf,
  type TopicPart,
  totalDepth,
} from "./model.ts";

/** What is known from before. */
export interface Memory {
  known: ReadonlyMap<string, KnownNode>;
  listing: Listing;
  /** Topics of an old listing. */
  topics: readonly string[];
}

const NO_MEMORY: Memory = {
  known: new Map(),
  listing: { state: "fresh", atMs: 0, silent: [] },
  topics: [],
};

/**
 * Puts a snapshot together. `counters` turns counts into rates, and remembers them; `memory` tells of
 * what does not answer.
 */
export function buildModel(
  snapshot: ClusterSnapshot,
  counters: Counters,
  atMs: number,
  { known, listing, topics: remembered }: Memory = NO_MEMORY,
): ClusterModel {
  const nodes = new Map<string, NodeModel>();
  for (const node of snapshot.nodes) {
    const name = nodeName(node);
    nodes.set(name, newNode(node, name, snapshot.addresses.get(name) ?? name));
  }
  addUnseenNodes(nodes, snapshot);
  const answered = new Map(snapshot.health.map((each) => [each.node, each]));
  for (const [name, node] of nodes) {
    const health = answered.get(name);
    node.health = health?.health ?? "";
    node.startedAtMs = (health?.start_time ?? 0) * 1000;
    node.memoryBytes = health?.memoryBytes ?? 0;
    node.disk = health?.disk ?? null;
    node.isDraining = health?.isDraining ?? false;
    if (health === undefined) node.error ||= errorAt(snapshot, node.address) ?? "no answer";
    node.answeredAtMs = health === undefined ? known.get(name)?.answeredAtMs ?? 0 : atMs;
  }

  const topics = new Map<string, TopicModel>();
  for (const name of [...snapshot.topics, ...remembered]) topics.set(name, newTopic(name));
  counters.begin(atMs);
  for (const { node } of snapshot.health) counters.node(node);
  for (const stats of snapshot.stats) addTopic(topics, nodes, stats, counters);
  counters.end(new Set(nodes.keys()));
  addLostParts(topics, nodes, known);
  for (const topic of topics.values()) finishTopic(topic);
  addRates(topics, nodes);
  const rates = sumRates(answering(nodes).map((node) => node.rates));
  return { atMs, snapshot, topics, nodes, totals: sumUp(topics, nodes), rates, listing };
}

function addTopic(
  topics: Map<string, TopicModel>,
  nodes: Map<string, NodeModel>,
  stats: TopicStats,
  counters: Counters,
): void {
  const topic = topicOf(topics, stats.topic_name);
  const rate = counters.topic(stats);
  topic.parts.push({ stats, rate });
  const node = nodes.get(stats.node);
  if (node !== undefined) {
    node.topics++;
    node.depth += stats.depth;
    node.messages += stats.message_count;
  }
  for (const each of stats.channels ?? []) {
    const channel = channelOf(topic, each.channel_name);
    const rates = counters.channel(each);
    channel.parts.push({ stats: each, rates });
    if (node === undefined) continue;
    node.depth += each.depth;
    node.clients += each.client_count;
    node.handedOut += each.message_count;
  }
}

function finishTopic(topic: TopicModel): void {
  topic.figures = queueFigures(
    topic.parts.map((part) => part.stats),
    sumKnown(topic.parts.map(({ rate }) => rate)),
  );
  for (const channel of topic.channels.values()) {
    const { parts } = channel;
    channel.rates = sumRates(parts.map((part) => part.rates));
    channel.figures = channelFigures(parts.map((part) => part.stats), channel.rates.messages);
    topic.inFlight += channel.figures.inFlight;
    topic.deferred += channel.figures.deferred;
    topic.clients += channel.figures.clients;
  }
}

/** An nsqd whose address was given and that never was there: nothing else knows of it. */
function addUnseenNodes(
  nodes: Map<string, NodeModel>,
  { errors, lookupds }: ClusterSnapshot,
): void {
  const known = new Set([...nodes.values()].map(({ address }) => address));
  for (const { address } of errors) {
    if (known.has(address) || lookupds.some((lookupd) => lookupd.address === address)) continue;
    const at = parseHostPort(address);
    nodes.set(
      address,
      newNode(
        {
          remote_addresses: null,
          remote_address: "",
          hostname: at?.hostname ?? address,
          broadcast_address: at?.hostname ?? address,
          tcp_port: 0,
          http_port: at?.port ?? 0,
          version: "",
          topics: null,
          out_of_date: false,
        },
        address,
        address,
      ),
    );
  }
}

function errorAt({ errors }: ClusterSnapshot, askedAt: string): string | undefined {
  return errors.find(({ address }) => address === askedAt)?.message;
}

function sumUp(topics: Map<string, TopicModel>, nodes: Map<string, NodeModel>): Totals {
  const totals: Totals = {
    topics: topics.size,
    channels: 0,
    clients: 0,
    nodes: nodes.size,
    nodesLost: 0,
    depth: 0,
    inFlight: 0,
    deferred: 0,
    messages: 0,
    rate: 0,
  };
  for (const node of nodes.values()) if (node.error !== "") totals.nodesLost++;
  for (const topic of topics.values()) {
    totals.channels += topic.channels.size;
    totals.clients += topic.clients;
    totals.inFlight += topic.inFlight;
    totals.deferred += topic.deferred;
    totals.messages += topic.figures.messages;
    totals.depth += totalDepth(topic);
  }
  totals.rate = roundRate(sumKnown(answering(nodes).map(({ rate }) => rate)));
  return totals;
}

function answering(nodes: Map<string, NodeModel>): NodeModel[] {
  return [...nodes.values()].filter(({ error }) => error === "");
}

/** Adds what flows through each node that answers. */
function addRates(topics: Map<string, TopicModel>, nodes: Map<string, NodeModel>): void {
  const topicParts = new Map<string, TopicPart[]>(),
    channelParts = new Map<string, ChannelPart[]>();
  for (const { parts, channels } of topics.values()) {
    for (const part of parts) append(topicParts, part.stats.node, part);
    for (const channel of channels.values()) {
      for (const part of channel.parts) append(channelParts, part.stats.node, part);
    }
  }
  for (const node of answering(nodes)) {
    node.rate = sumKnown((topicParts.get(node.name) ?? []).map(({ rate }) => rate));
    node.rates = sumRates((channelParts.get(node.name) ?? []).map(({ rates }) => rates));
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
