/** Nodes that do not answer: what they had when they did, and what sums lack without them. */
import type { ChannelStats, TopicStats } from "../../lib/cluster/stats.ts";
import type { Lacking, LastFigures, Presence } from "./contract.ts";
import { sum } from "./figures.ts";
import type { KnownNode } from "./known_nodes.ts";
import {
  channelOf,
  type ClusterModel,
  type LostPart,
  type NodeModel,
  type TopicModel,
  topicOf,
  totalDepth,
} from "./model.ts";

/** Adds the shares of lost nodes to their topics and channels, and to the nodes themselves. */
export function addLostParts(
  topics: Map<string, TopicModel>,
  nodes: ReadonlyMap<string, NodeModel>,
  known: ReadonlyMap<string, KnownNode>,
): void {
  for (const node of nodes.values()) {
    if (node.error === "") continue;
    const stats = known.get(node.name)?.stats ?? [];
    for (const each of stats) addLostTopic(topics, node, each);
    const had = new Set(stats.map((each) => each.topic_name));
    for (const { topic, tombstoned } of node.node.topics ?? []) {
      if (tombstoned || had.has(topic)) continue;
      topicOf(topics, topic).lost.push({ node, stats: null });
      node.topics++;
    }
  }
}

function addLostTopic(topics: Map<string, TopicModel>, node: NodeModel, stats: TopicStats): void {
  const topic = topicOf(topics, stats.topic_name);
  topic.lost.push({ node, stats });
  node.topics++;
  node.depth += stats.depth;
  node.messages += stats.message_count;
  for (const each of stats.channels ?? []) {
    channelOf(topic, each.channel_name).lost.push({ node, stats: each });
    node.depth += each.depth;
    node.clients += each.client_count;
    node.handedOut += each.message_count;
  }
}

/** What the topic's own queue lacks. */
export function queueLacking({ lost }: TopicModel): Lacking | null {
  return lackingOf(lost, figuresOf);
}

/** What the sums over a topic and its channels lack. */
export function topicLacking({ lost }: TopicModel): Lacking | null {
  return lackingOf(lost, wholeOf);
}

/** What a channel lacks: also the shares of nodes of which only lookupd says that they have the topic. */
export function channelLacking(topic: TopicModel, channel: string): Lacking | null {
  return lackingOf(lostOf(topic, channel), figuresOf);
}

/** Nodes that do not answer and have the channel, or may have it. */
export function lostOf(topic: TopicModel, channel: string): LostPart<ChannelStats>[] {
  const unknown = topic.lost.filter(({ stats }) => stats === null)
    .map(({ node }) => ({ node, stats: null }));
  return [...topic.channels.get(channel)?.lost ?? [], ...unknown];
}

/** What the sums over the cluster lack. */
export function clusterLacking({ nodes, topics }: ClusterModel): Lacking | null {
  const lost = [...nodes.values()].filter(({ error }) => error !== "");
  if (lost.length === 0) return null;
  const parts = [...topics.values()].flatMap((topic) => topic.lost);
  return {
    ...whoOf(lost),
    last: addUp(parts.map(({ stats }) => stats && wholeOf(stats))),
  };
}

/** What the counter lacks: messages that channels of lost nodes were handed. */
export function counterLacking(model: ClusterModel): Lacking | null {
  const lacking = clusterLacking(model);
  if (lacking === null) return null;
  const messages = sum([...model.nodes.values()], (node) => node.error === "" ? 0 : node.handedOut);
  return { ...lacking, last: { ...lacking.last, messages } };
}

/** What waited in a topic and its channels on lost nodes when they answered last. */
export function lastDepth({ lost }: TopicModel): number {
  return sum(lost, ({ stats }) => stats === null ? 0 : wholeOf(stats).depth);
}

/** As {@link totalDepth}, with what waited on lost nodes when they answered last: a line of it does not fall with them. */
export function heldDepth(topic: TopicModel): number {
  return totalDepth(topic) + lastDepth(topic);
}

/** Where a topic is, or a channel of it. */
export function presenceOf(model: ClusterModel, topicName: string, channel?: string): Presence {
  const topic = model.topics.get(topicName);
  const parts = channel === undefined ? topic?.parts : topic?.channels.get(channel)?.parts;
  if (parts !== undefined && parts.length > 0) return "here";
  const lost = channel === undefined ? topic?.lost : topic?.channels.get(channel)?.lost;
  if (lost !== undefined && lost.length > 0) return "lost";
  if (channel === undefined && topic !== undefined) return "listed";
  const { listing, totals } = model;
  return listing.silent.length > 0 || totals.nodesLost > 0 ? "unsure" : "unknown";
}

function lackingOf<Stats>(
  lost: readonly LostPart<Stats>[],
  pick: (stats: Stats) => LastFigures,
): Lacking | null {
  if (lost.length === 0) return null;
  return {
    ...whoOf(lost.map(({ node }) => node)),
    last: addUp(lost.map(({ stats }) => stats && pick(stats))),
  };
}

function whoOf(nodes: readonly NodeModel[]): Omit<Lacking, "last"> {
  return {
    nodes: nodes.map(({ name }) => name).sort(),
    sinceMs: Math.min(...nodes.map(({ answeredAtMs }) => answeredAtMs)),
    isPartlyUnknown: nodes.some(({ answeredAtMs }) => answeredAtMs === 0),
  };
}

function figuresOf(stats: TopicStats | ChannelStats): LastFigures {
  const isChannel = "channel_name" in stats;
  return {
    depth: stats.depth,
    messages: stats.message_count,
    inFlight: isChannel ? stats.in_flight_count : 0,
    deferred: isChannel ? stats.deferred_count : 0,
    requeues: isChannel ? stats.requeue_count : 0,
    timeouts: isChannel ? stats.timeout_count : 0,
    clients: isChannel ? stats.client_count : 0,
  };
}

/** Of a topic with its channels. Its messages are those that were published. */
function wholeOf(stats: TopicStats): LastFigures {
  const own = figuresOf(stats);
  return { ...addUp([own, ...(stats.channels ?? []).map(figuresOf)]), messages: own.messages };
}

function addUp(list: readonly (LastFigures | null)[]): LastFigures {
  const known = list.filter((each) => each !== null);
  return {
    depth: sum(known, (each) => each.depth),
    messages: sum(known, (each) => each.messages),
    inFlight: sum(known, (each) => each.inFlight),
    deferred: sum(known, (each) => each.deferred),
    requeues: sum(known, (each) => each.requeues),
    timeouts: sum(known, (each) => each.timeouts),
    clients: sum(known, (each) => each.clients),
  };
}
