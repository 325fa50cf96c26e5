/** What the pages of one topic, channel or node show. */
import type { TopicStats } from "../../lib/cluster/stats.ts";
import { clientsOf } from "./clients.ts";
import type { Look } from "./collector.ts";
import type {
  ChannelFigures,
  ChannelView,
  CounterView,
  Envelope,
  HistoryView,
  NodeRow,
  NodeShare,
  NodesView,
  NodeView,
  OldestAge,
  TopicView,
} from "./contract.ts";
import type { Subject } from "./history.ts";
import { channelFigures, durableFigures, queueFigures, roundRate } from "./figures.ts";
import { channelLacking, counterLacking, lostOf, presenceOf, queueLacking } from "./lost.ts";
import type { ChannelPart, ClusterModel, LostPart, NodeModel } from "./model.ts";
import { isTailChannel } from "./tail_channel.ts";

/** An answer about something that has a chart. */
type Charted = Envelope & { history: HistoryView };

export function topicView(look: Look, name: string, envelope: Charted): TopicView {
  const { model, history } = look;
  const topic = model.topics.get(name);
  const channels = [...topic?.channels.values() ?? []];
  return {
    ...envelope,
    name,
    presence: presenceOf(model, name),
    total: topic?.figures ?? queueFigures([], 0),
    durable: durableFigures((topic?.parts ?? []).map(({ stats }) => stats)),
    lacking: topic === undefined ? null : queueLacking(topic),
    nodes: [
      ...(topic?.parts ?? []).map(({ stats, rate }) => ({
        ...presentShare(model, stats),
        channels: stats.channels?.length ?? 0,
        ...queueFigures([stats], rate),
      })),
      ...(topic?.lost ?? []).map((part) => ({
        ...shareOf(part),
        channels: part.stats?.channels?.length ?? 0,
        ...queueFigures(part.stats === null ? [] : [part.stats], 0),
      })),
    ],
    channels: channels.map(({ name: channelName, figures, parts }) => ({
      ...figures,
      name: channelName,
      isTail: isTailChannel(channelName),
      oldest: oldestOf(look, { topic: name, channel: channelName }, figures),
      nodes: parts.length,
      lacking: channelLacking(topic!, channelName),
      trend: history.trend({ topic: name, channel: channelName }),
    })),
    tombstones: [...model.nodes.values()]
      .filter(({ node }) => node.topics?.some((each) => each.topic === name && each.tombstoned))
      .map((node) => node.name),
  };
}

/** Clients of topics, and what is wrong with some of them, by `connectionOf`. */
export interface Detail {
  topics: readonly TopicStats[];
  faults: ReadonlyMap<string, string>;
}

/** @param detail figures of the channel with its clients, from each node that has it */
export function channelView(
  look: Look,
  names: { topic: string; channel: string },
  { topics, faults }: Detail,
  envelope: Charted,
): ChannelView {
  const { model } = look;
  const topic = model.topics.get(names.topic);
  const channel = topic?.channels.get(names.channel);
  const lost = channel === undefined ? [] : lostOf(topic!, names.channel);
  const parts: ChannelPart[] = channel?.parts ?? [];
  return {
    ...envelope,
    topic: names.topic,
    name: names.channel,
    presence: presenceOf(model, names.topic, names.channel),
    total: channel?.figures ?? channelFigures([], 0),
    oldest: channel === undefined ? null : oldestOf(look, names, channel.figures),
    lacking: channel === undefined ? null : channelLacking(topic!, names.channel),
    nodes: [
      ...parts.map(({ stats, rates }) => ({
        ...presentShare(model, stats),
        ...channelFigures([stats], rates.messages),
      })),
      ...lost.map((part) => ({
        ...shareOf(part),
        ...channelFigures(part.stats === null ? [] : [part.stats], 0),
      })),
    ],
    clients: clientsOf(
      topics.flatMap(({ channels }) => channels ?? [])
        .filter((each) => each.channel_name === names.channel),
      faults,
    ),
  };
}

export function nodesView(look: Look, envelope: Envelope): NodesView {
  return {
    ...envelope,
    lookupds: look.model.snapshot.lookupds.map(({ address }) => address),
    nodes: [...look.model.nodes.values()].map((node) => nodeRow(look, node)),
  };
}

/** @param detail figures of the node's topics with their clients */
export function nodeView(
  look: Look,
  node: NodeModel,
  { topics, faults }: Detail,
  envelope: Charted,
): NodeView {
  const { model } = look;
  const hidden = tombstonesOf(node);
  return {
    ...envelope,
    node: nodeRow(look, node),
    topics: topics.map((stats) => {
      const topic = model.topics.get(stats.topic_name);
      const rate = topic?.parts.find((part) => part.stats.node === node.name)?.rate ?? NaN;
      return {
        name: stats.topic_name,
        tombstoned: hidden.includes(stats.topic_name),
        ...queueFigures([stats], rate),
        channels: (stats.channels ?? []).map((each) => {
          const part = topic?.channels.get(each.channel_name)?.parts
            .find((part) => part.stats.node === node.name);
          return {
            name: each.channel_name,
            ...channelFigures([each], part?.rates.messages ?? NaN),
            clientList: clientsOf([each], faults),
          };
        }),
      };
    }),
  };
}

function oldestOf(
  { history }: Look,
  channel: Subject,
  { oldestAgeMs, depth }: ChannelFigures,
): OldestAge | null {
  if (depth === 0) return null;
  return oldestAgeMs === null ? history.ageOf(channel, depth) : { ms: oldestAgeMs, how: "said" };
}

/** What channels were handed, on each node, as nsqadmin counts messages. */
export function counterView(
  look: Look,
  envelope: Charted & { handedOut: CounterView["handedOut"] },
): CounterView {
  const { model } = look;
  const nodes = [...model.nodes.values()];
  const answering = nodes.filter((node) => node.error === "");
  return {
    ...envelope,
    messages: answering.reduce((sum, node) => sum + node.handedOut, 0),
    rate: roundRate(model.rates.messages),
    lacking: counterLacking(model),
    nodes: nodes.map(({ name, handedOut, rates, error, answeredAtMs, isDraining }) => ({
      node: name,
      isDraining,
      messages: handedOut,
      rate: roundRate(rates.messages),
      lost: error === "" ? null : { sinceMs: answeredAtMs },
    })),
  };
}

/** A node that answers, as one of those that have something. */
function presentShare(
  { nodes }: ClusterModel,
  { node, hostname }: { node: string; hostname: string },
): NodeShare {
  return { node, hostname, isDraining: nodes.get(node)?.isDraining ?? false, lost: null };
}

/** A node that does not answer, as one of those that have something. */
function shareOf({ node }: LostPart<unknown>) {
  return {
    node: node.name,
    hostname: node.node.hostname,
    isDraining: false,
    lost: { sinceMs: node.answeredAtMs },
  };
}

function nodeRow(look: Look, figures: NodeModel): NodeRow {
  const { model, history } = look;
  const { name, node } = figures;
  return {
    node: name,
    hostname: node.hostname,
    broadcastAddress: node.broadcast_address,
    tcpPort: node.tcp_port,
    httpPort: node.http_port,
    version: node.version,
    region: node.topology_region ?? "",
    zone: node.topology_zone ?? "",
    lookupds: model.snapshot.lookupds
      .filter((lookupd) => lookupd.nodes?.includes(name))
      .map(({ address }) => address),
    error: figures.error,
    answeredAtMs: figures.answeredAtMs,
    health: figures.health,
    isDraining: figures.isDraining,
    startedAtMs: figures.startedAtMs,
    memoryBytes: figures.memoryBytes || null,
    disk: figures.disk ?? null,
    topics: figures.topics,
    tombstones: tombstonesOf(figures),
    clients: figures.clients,
    depth: figures.depth,
    messages: figures.messages,
    rate: roundRate(figures.rate),
    trend: history.trend({ node: name }),
  };
}

function tombstonesOf({ node }: NodeModel): string[] {
  return (node.topics ?? []).filter((each) => each.tombstoned).map((each) => each.topic);
}
