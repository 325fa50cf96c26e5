/** The cluster at one moment: what all daemons said, put together by topic and channel. */
import type { Node } from "../../lib/cluster/node.ts";
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";
import type { ChannelStats, NodeHealth, TopicStats } from "../../lib/cluster/stats.ts";
import type { ChannelFigures, Listing, QueueFigures, Totals } from "./contract.ts";
import { NO_RATES, type Rates } from "./counters.ts";
import { channelFigures, queueFigures } from "./figures.ts";

/** A node's own figures, and what they grew by per second. */
export interface TopicPart {
  stats: TopicStats;
  /** Published per second; NaN when not known. */
  rate: number;
}

export interface ChannelPart {
  stats: ChannelStats;
  rates: Rates;
}

/** The share of a node that does not answer; its figures are those of then, if it ever gave any. */
export interface LostPart<Stats> {
  node: NodeModel;
  stats: Stats | null;
}

export interface ChannelModel {
  name: string;
  figures: ChannelFigures;
  rates: Rates;
  parts: ChannelPart[];
  lost: LostPart<ChannelStats>[];
}

export interface TopicModel {
  name: string;
  figures: QueueFigures;
  inFlight: number;
  deferred: number;
  clients: number;
  parts: TopicPart[];
  lost: LostPart<TopicStats>[];
  channels: Map<string, ChannelModel>;
}

export interface NodeModel {
  name: string;
  node: Node;
  /** Where it is asked, "host:port". */
  address: string;
  /** Why there are no figures of it; empty when there are. If not, they are those of its last answer. */
  error: string;
  /** When it gave figures last; 0 for not since the console started. */
  answeredAtMs: number;
  health: string;
  /** Whether it refuses publishers until all it has is consumed. */
  isDraining: boolean;
  startedAtMs: number;
  /** Heap and buffers in use, in bytes; 0 when not known. */
  memoryBytes: number;
  disk: NodeHealth["disk"] | null;
  depth: number;
  messages: number;
  /** Published per second; NaN when not known. */
  rate: number;
  clients: number;
  topics: number;
  /** What its channels were handed, which is what nsqadmin's counter counts. */
  handedOut: number;
  /** Of all its channels. */
  rates: Rates;
}

export interface ClusterModel {
  atMs: number;
  snapshot: ClusterSnapshot;
  topics: Map<string, TopicModel>;
  nodes: Map<string, NodeModel>;
  totals: Totals;
  /** Of all channels. */
  rates: Rates;
  listing: Listing;
}

/** The topic of that name, made if it is not there. */
export function topicOf(topics: Map<string, TopicModel>, name: string): TopicModel {
  let topic = topics.get(name);
  if (topic === undefined) topics.set(name, topic = newTopic(name));
  return topic;
}

/** The channel of that name, made if it is not there. */
export function channelOf({ channels }: TopicModel, name: string): ChannelModel {
  let channel = channels.get(name);
  if (channel === undefined) channels.set(name, channel = newChannel(name));
  return channel;
}

/** A node of which nothing more is known yet. */
export function newNode(node: Node, name: string, address: string): NodeModel {
  return {
    name,
    node,
    address,
    error: "",
    answeredAtMs: 0,
    health: "",
    isDraining: false,
    startedAtMs: 0,
    memoryBytes: 0,
    disk: null,
    depth: 0,
    messages: 0,
    rate: 0,
    clients: 0,
    topics: 0,
    handedOut: 0,
    rates: NO_RATES,
  };
}

/** A topic of which only the name is known. */
export function newTopic(name: string): TopicModel {
  const figures = queueFigures([], 0);
  return {
    name,
    figures,
    inFlight: 0,
    deferred: 0,
    clients: 0,
    parts: [],
    lost: [],
    channels: new Map(),
  };
}

function newChannel(name: string): ChannelModel {
  return { name, figures: channelFigures([], 0), rates: NO_RATES, parts: [], lost: [] };
}

/** What waits in a topic: in itself and in its channels. */
export function totalDepth(topic: TopicModel): number {
  let depth = topic.figures.depth;
  for (const channel of topic.channels.values()) depth += channel.figures.depth;
  return depth;
}
