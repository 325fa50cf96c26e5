/** What the pages of one topic, channel or node show. */
import type { TopicStats } from "../../lib/cluster/stats.ts";
import { clientsOf } from "./clients.ts";
import type { Look } from "./collector.ts";
import type {
  ChannelView,
  CounterView,
  Envelope,
  NodeRow,
  NodesView,
  NodeView,
  TopicView,
} from "./contract.ts";
import { channelFigures, queueFigures } from "./figures.ts";
import type { ChannelPart, NodeModel } from "./model.ts";

export function topicView(look: Look, name: string, envelope: Envelope): TopicView {
  const { model, history } = look;
  const topic = model.topics.get(name);
  const channels = [...topic?.channels.values() ?? []];
  return {
    ...envelope,
    name,
    exists: topic !== undefined && topic.parts.length > 0,
    total: topic?.figures ?? queueFigures([], 0),
    nodes: (topic?.parts ?? []).map(({ stats, rate }) => ({
      node: stats.node,
      hostname: stats.hostname,
      channels: stats.channels?.length ?? 0,
      ...queueFigures([stats], rate),
    })),
    channels: channels.map(({ name: channelName, figures }) => ({
      ...figures,
      name: channelName,
      trend: history.trend(history.channel(name, channelName)),
    })),
    tombstones: [...model.nodes.values()]
      .filter(({ node }) => node.topics?.some((each) => each.topic === name && each.tombstoned))
      .map((node) => node.name),
    history: history.view(history.topic(name)),
  };
}

/** @param detail figures of the channel with its clients, from each node that has it */
export function channelView(
  look: Look,
  names: { topic: string; channel: string },
  detail: readonly TopicStats[],
  envelope: Envelope,
): ChannelView {
  const { model, history } = look;
  const channel = model.topics.get(names.topic)?.channels.get(names.channel);
  const lines = history.channel(names.topic, names.channel);
  const parts: ChannelPart[] = channel?.parts ?? [];
  return {
    ...envelope,
    topic: names.topic,
    name: names.channel,
    exists: channel !== undefined,
    total: channel?.figures ?? channelFigures([], 0),
    nodes: parts.map(({ stats, rates }) => ({
      node: stats.node,
      hostname: stats.hostname,
      ...channelFigures([stats], rates.messages),
    })),
    clients: clientsOf(
      detail.flatMap(({ channels }) => channels ?? [])
        .filter((each) => each.channel_name === names.channel),
    ),
    history: history.view(lines),
    timeoutRate: history.points(lines?.timeouts),
    requeueRate: history.points(lines?.requeues),
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
  detail: readonly TopicStats[],
  envelope: Envelope,
): NodeView {
  const { model, history } = look;
  const hidden = tombstonesOf(node);
  return {
    ...envelope,
    node: nodeRow(look, node),
    topics: detail.map((stats) => {
      const topic = model.topics.get(stats.topic_name);
      const rate = topic?.parts.find((part) => part.stats.node === node.name)?.rate ?? 0;
      return {
        name: stats.topic_name,
        tombstoned: hidden.includes(stats.topic_name),
        ...queueFigures([stats], rate),
        channels: (stats.channels ?? []).map((each) => {
          const part = topic?.channels.get(each.channel_name)?.parts
            .find((part) => part.stats.node === node.name);
          return {
            name: each.channel_name,
            ...channelFigures([each], part?.rates.messages ?? 0),
            clientList: clientsOf([each]),
          };
        }),
      };
    }),
    history: history.view(history.node(node.name)),
  };
}

/** What channels were handed, on each node, as nsqadmin counts messages. */
export function counterView(look: Look, envelope: Envelope): CounterView {
  const { model, history } = look;
  const nodes = [...model.nodes.values()].filter((node) => node.error === "");
  return {
    ...envelope,
    messages: nodes.reduce((sum, node) => sum + node.handedOut, 0),
    rate: nodes.reduce((sum, node) => sum + node.handedOutRate, 0),
    nodes: nodes.map(({ name, handedOut, handedOutRate }) => ({
      node: name,
      messages: handedOut,
      rate: handedOutRate,
    })),
    history: { ...history.view(undefined), rate: history.points(history.handedOut) },
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
    health: figures.health,
    startedAtMs: figures.startedAtMs,
    topics: figures.error === "" ? figures.topics : node.topics?.length ?? 0,
    tombstones: tombstonesOf(figures),
    clients: figures.clients,
    depth: figures.depth,
    messages: figures.messages,
    rate: figures.rate,
    trend: history.trend(history.node(name)),
  };
}

function tombstonesOf({ node }: NodeModel): string[] {
  return (node.topics ?? []).filter((each) => each.tombstoned).map((each) => each.topic);
}
