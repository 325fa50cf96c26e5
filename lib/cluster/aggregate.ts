/** From figures of a topic or channel on each node to those of all nodes together. */

import { compareTexts } from "./fields.ts";
import { aggregateLatency } from "./latency.ts";
import type { ChannelStats, LocalityCounts, TopicStats } from "./stats.ts";

const ALL_NODES = "*";

/** A topic on all its nodes; `nodes` has each one's own figures. */
export function aggregateTopic(name: string, nodes: readonly TopicStats[]): TopicStats {
  const sum = (pick: (node: TopicStats) => number) => total(nodes, pick);
  return {
    node: nodes.length === 0 ? "" : ALL_NODES,
    hostname: "",
    topic_name: name,
    depth: sum((node) => node.depth),
    memory_depth: sum((node) => node.memory_depth),
    backend_depth: sum((node) => node.backend_depth),
    message_count: sum((node) => node.message_count),
    delivery_msg_count: sum((node) => node.delivery_msg_count),
    ...localityTotals(nodes),
    nodes: byHostname(nodes),
    channels: channelsOfTopic(nodes),
    paused: nodes.some((node) => node.paused),
    e2e_processing_latency: aggregateLatency(
      nodes.map((node) => node.e2e_processing_latency),
      { topic: name, channel: "" },
    ),
  };
}

/** A channel that is on one node only stays as that node tells it, as in the reference. */
function channelsOfTopic(nodes: readonly TopicStats[]): ChannelStats[] | null {
  const channels: ChannelStats[] = [];
  for (const parts of groupChannels(nodes, (channel) => channel.channel_name).values()) {
    channels.push(parts.length === 1 ? parts[0]! : aggregateChannel(parts));
  }
  return channels.length === 0 ? null : channels;
}

/** A channel on all its nodes, at least one; `nodes` has each one's own figures. */
export function aggregateChannel(nodes: readonly ChannelStats[]): ChannelStats {
  const sum = (pick: (node: ChannelStats) => number) => total(nodes, pick);
  const [{ topic_name, channel_name }] = nodes as [ChannelStats];
  const deliveries = sum((node) => node.delivery_msg_count ?? 0);
  const clients = nodes.flatMap((node) => node.clients ?? [])
    .sort((a, b) => compareTexts(a.hostname, b.hostname));
  return {
    node: ALL_NODES,
    hostname: "",
    topic_name,
    channel_name,
    depth: sum((node) => node.depth),
    memory_depth: sum((node) => node.memory_depth),
    backend_depth: sum((node) => node.backend_depth),
    in_flight_count: sum((node) => node.in_flight_count),
    deferred_count: sum((node) => node.deferred_count),
    requeue_count: sum((node) => node.requeue_count),
    timeout_count: sum((node) => node.timeout_count),
    message_count: sum((node) => node.message_count),
    ...deliveries !== 0 && { delivery_msg_count: deliveries },
    ...localityTotals(nodes),
    client_count: sum((node) => node.client_count),
    nodes: byHostname(nodes),
    clients: clients.length === 0 ? null : clients,
    paused: nodes.some((node) => node.paused),
    e2e_processing_latency: aggregateLatency(
      nodes.map((node) => node.e2e_processing_latency),
      { topic: topic_name, channel: channel_name },
    ),
  };
}

function groupChannels(
  topics: readonly TopicStats[],
  keyOf: (channel: ChannelStats) => string,
): Map<string, ChannelStats[]> {
  const groups = new Map<string, ChannelStats[]>();
  for (const channel of topics.flatMap((topic) => topic.channels ?? [])) {
    const key = keyOf(channel);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [channel]);
    else group.push(channel);
  }
  return groups;
}

function localityTotals(nodes: readonly LocalityCounts[]): LocalityCounts {
  const counts: LocalityCounts = {};
  const fields = ["zone_local_msg_count", "region_local_msg_count", "global_msg_count"] as const;
  for (const field of fields) {
    const count = total(nodes, (node) => node[field] ?? 0);
    if (count !== 0) counts[field] = count;
  }
  return counts;
}

function total<T>(nodes: readonly T[], pick: (node: T) => number): number {
  return nodes.reduce((sum, node) => sum + pick(node), 0);
}

function byHostname<T extends { hostname: string }>(nodes: readonly T[]): T[] | null {
  if (nodes.length === 0) return null;
  return [...nodes].sort((a, b) => compareTexts(a.hostname, b.hostname));
}
