/** The cluster at one moment: what all daemons said, put together by topic and channel. */
import { parseHostPort } from "../../lib/cli/host_port.ts";
import { type Node, nodeName } from "../../lib/cluster/node.ts";
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";
import type { ChannelStats, TopicStats } from "../../lib/cluster/stats.ts";
import type { ChannelFigures, QueueFigures, Totals } from "./contract.ts";
import type { ChannelRates, Counters } from "./counters.ts";
import { channelFigures, queueFigures, round, sum } from "./figures.ts";
import type { GoneNode } from "./known_nodes.ts";

/** A node's own figures, and what they grew by per second. */
export interface TopicPart {
  stats: TopicStats;
  rate: number;
}

export interface ChannelPart {
  stats: ChannelStats;
  rates: ChannelRates;
}

export interface ChannelModel {
  name: string;
  figures: ChannelFigures;
  rates: ChannelRates;
  parts: ChannelPart[];
}

export interface TopicModel {
  name: string;
  figures: QueueFigures;
  inFlight: number;
  deferred: number;
  clients: number;
  parts: TopicPart[];
  channels: Map<string, ChannelModel>;
}

export interface NodeModel {
  name: string;
  node: Node;
  /** Where it is asked, "host:port". */
  address: string;
  /** Why there are no figures of it; empty when there are. */
  error: string;
  health: string;
  startedAtMs: number;
  depth: number;
  messages: number;
  rate: number;
  clients: number;
  topics: number;
  /** What its channels were handed, which is what nsqadmin's counter counts. */
  handedOut: number;
  handedOutRate: number;
}

export interface ClusterModel {
  atMs: number;
  snapshot: ClusterSnapshot;
  topics: Map<string, TopicModel>;
  nodes: Map<string, NodeModel>;
  totals: Totals;
}

/**
 * Puts a snapshot together. `counters` turns counts into rates, and remembers them; `gone` are nodes
 * that were there lately.
 */
export function buildModel(
  snapshot: ClusterSnapshot,
  counters: Counters,
  atMs: number,
  gone: readonly GoneNode[] = [],
): ClusterModel {
  const nodes = new Map<string, NodeModel>();
  for (const node of snapshot.nodes) {
    const name = nodeName(node);
    nodes.set(name, newNode(node, name, snapshot.addresses.get(name) ?? name));
  }
  addGoneNodes(nodes, snapshot, { gone, atMs });
  addLostNodes(nodes, snapshot);
  const answered = new Map(snapshot.health.map((each) => [each.node, each]));
  for (const [name, node] of nodes) {
    const health = answered.get(name);
    node.health = health?.health ?? "";
    node.startedAtMs = (health?.start_time ?? 0) * 1000;
    if (health === undefined) node.error ||= errorAt(snapshot, node.address) ?? "no answer";
  }

  const topics = new Map<string, TopicModel>();
  for (const name of snapshot.topics) topics.set(name, newTopic(name));
  counters.begin(atMs);
  for (const stats of snapshot.stats) addTopic(topics, nodes, stats, counters);
  counters.end(new Set(nodes.keys()));
  for (const topic of topics.values()) finishTopic(topic);
  return { atMs, snapshot, topics, nodes, totals: sumUp(topics, nodes) };
}

function addTopic(
  topics: Map<string, TopicModel>,
  nodes: Map<string, NodeModel>,
  stats: TopicStats,
  counters: Counters,
): void {
  let topic = topics.get(stats.topic_name);
  if (topic === undefined) topics.set(stats.topic_name, topic = newTopic(stats.topic_name));
  const rate = counters.topic(stats);
  topic.parts.push({ stats, rate });
  const node = nodes.get(stats.node);
  if (node !== undefined) {
    node.topics++;
    node.depth += stats.depth;
    node.messages += stats.message_count;
    node.rate += rate;
  }
  for (const each of stats.channels ?? []) {
    let channel = topic.channels.get(each.channel_name);
    if (channel === undefined) {
      topic.channels.set(each.channel_name, channel = newChannel(each.channel_name));
    }
    const rates = counters.channel(each);
    channel.parts.push({ stats: each, rates });
    if (node === undefined) continue;
    node.depth += each.depth;
    node.clients += each.client_count;
    node.handedOut += each.message_count;
    node.handedOutRate += rates.messages;
  }
}

function finishTopic(topic: TopicModel): void {
  topic.figures = queueFigures(topic.parts.map((part) => part.stats), sum(topic.parts, rateOf));
  for (const channel of topic.channels.values()) {
    const { parts } = channel;
    channel.rates = {
      messages: sum(parts, (part) => part.rates.messages),
      requeues: sum(parts, (part) => part.rates.requeues),
      timeouts: sum(parts, (part) => part.rates.timeouts),
    };
    channel.figures = channelFigures(parts.map((part) => part.stats), channel.rates.messages);
    topic.inFlight += channel.figures.inFlight;
    topic.deferred += channel.figures.deferred;
    topic.clients += channel.figures.clients;
  }
}

function newNode(node: Node, name: string, address: string): NodeModel {
  return {
    name,
    node,
    address,
    error: "",
    health: "",
    startedAtMs: 0,
    depth: 0,
    messages: 0,
    rate: 0,
    clients: 0,
    topics: 0,
    handedOut: 0,
    handedOutRate: 0,
  };
}

/** Nodes that were there lately. Where it is known why they do not answer, that is said. */
function addGoneNodes(
  nodes: Map<string, NodeModel>,
  snapshot: ClusterSnapshot,
  { gone, atMs }: { gone: readonly GoneNode[]; atMs: number },
): void {
  for (const { name, node, address, seenAtMs } of gone) {
    if (nodes.has(name)) continue;
    const seconds = Math.round((atMs - seenAtMs) / 1000);
    const error = errorAt(snapshot, address) ?? `gone for ${seconds} s`;
    nodes.set(name, { ...newNode(node, name, address), error });
  }
}

/** An nsqd whose address was given and that never was there: nothing else knows of it. */
function addLostNodes(nodes: Map<string, NodeModel>, { errors, lookupds }: ClusterSnapshot): void {
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

function newTopic(name: string): TopicModel {
  const figures = queueFigures([], 0);
  return { name, figures, inFlight: 0, deferred: 0, clients: 0, parts: [], channels: new Map() };
}

function newChannel(name: string): ChannelModel {
  const rates = { messages: 0, requeues: 0, timeouts: 0 };
  return { name, figures: channelFigures([], 0), rates, parts: [] };
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
    totals.rate += topic.figures.rate;
    totals.depth += totalDepth(topic);
  }
  totals.rate = round(totals.rate);
  return totals;
}

/** What waits in a topic: in itself and in its channels. */
export function totalDepth(topic: TopicModel): number {
  let depth = topic.figures.depth;
  for (const channel of topic.channels.values()) depth += channel.figures.depth;
  return depth;
}

function rateOf(part: TopicPart): number {
  return part.rate;
}
