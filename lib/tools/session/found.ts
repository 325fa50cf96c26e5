/** What a look at the cluster found, as items: topics, channels, nodes. Counts are sums over all nodes. */

import { aggregateChannel, aggregateTopic } from "../../cluster/aggregate.ts";
import { type DaemonError, saysTopicUnknown, UpstreamError } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import type { ChannelStats, TopicStats } from "../../cluster/stats.ts";
import type { Item } from "./item.ts";

/** Everything at once. @throws UpstreamError when nobody answers */
export async function look(cluster: Cluster, includeClients = false): Promise<ClusterSnapshot> {
  const snapshot = await cluster.snapshot({ includeClients });
  const { health, lookupds, errors } = snapshot;
  if (health.length === 0 && lookupds.every(({ nodes }) => nodes === null)) {
    throw new UpstreamError(cluster.hasLookupd ? "nsqlookupd" : "nsqd", errors);
  }
  return snapshot;
}

/** All topics, put together; those that only a lookupd knows have no node. */
export function topicsOf({ topics, stats }: ClusterSnapshot): TopicStats[] {
  const parts = Map.groupBy(stats, ({ topic_name }) => topic_name);
  return topics.map((topic) => aggregateTopic(topic, parts.get(topic) ?? []));
}

/** All channels of a topic, each put together and with its figures on each node. */
export function channelsOf({ nodes }: TopicStats): ChannelStats[] {
  const parts = (nodes ?? []).flatMap(({ channels }) => channels ?? []);
  return [...Map.groupBy(parts, ({ channel_name }) => channel_name).values()]
    .map(aggregateChannel)
    .sort((a, b) => a.channel_name < b.channel_name ? -1 : 1);
}

/** A topic on all its nodes. @throws Error when nobody has it */
export async function findTopic(
  cluster: Cluster,
  name: string,
): Promise<{ topic: TopicStats; errors: readonly DaemonError[] }> {
  const { value, errors } = await topicParts(cluster, name);
  return { topic: aggregateTopic(name, value), errors };
}

/** A channel on all its nodes. @throws Error when nobody has it */
export async function findChannel(
  cluster: Cluster,
  topic: string,
  channel: string,
): Promise<{ channel: ChannelStats; errors: readonly DaemonError[] }> {
  const { value, errors } = await topicParts(cluster, topic, channel);
  const parts = value.flatMap(({ channels }) => channels ?? [])
    .filter(({ channel_name }) => channel_name === channel);
  if (parts.length === 0) throw new Error(`topic ${topic} has no channel ${channel}`);
  return { channel: aggregateChannel(parts), errors };
}

async function topicParts(cluster: Cluster, topic: string, channel?: string) {
  try {
    return await cluster.topicStats(topic, {
      includeClients: true,
      ...channel !== undefined && { channel },
    });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (error.errors.every(saysTopicUnknown)) throw new Error(`there is no topic ${topic}`);
    throw error;
  }
}

const sum = <T>(list: readonly T[], pick: (each: T) => number): number =>
  list.reduce((total, each) => total + pick(each), 0);

/** Figures of a topic. */
export function topicItem(topic: TopicStats): Item {
  const channels = topic.channels ?? [];
  return {
    topic: topic.topic_name,
    depth: topic.depth,
    backend_depth: topic.backend_depth,
    channel_depth: sum(channels, ({ depth }) => depth),
    in_flight_count: sum(channels, ({ in_flight_count }) => in_flight_count),
    deferred_count: sum(channels, ({ deferred_count }) => deferred_count),
    message_count: topic.message_count,
    channel_count: channels.length,
    client_count: sum(channels, ({ client_count }) => client_count),
    node_count: topic.nodes?.length ?? 0,
    paused: topic.paused,
  };
}

/** Figures of a channel. */
export function channelItem(channel: ChannelStats): Item {
  return {
    topic: channel.topic_name,
    channel: channel.channel_name,
    depth: channel.depth,
    backend_depth: channel.backend_depth,
    in_flight_count: channel.in_flight_count,
    deferred_count: channel.deferred_count,
    requeue_count: channel.requeue_count,
    timeout_count: channel.timeout_count,
    ...toldFigures(channel),
    message_count: channel.message_count,
    client_count: channel.client_count,
    node_count: channel.nodes?.length ?? 1,
    paused: channel.paused,
  };
}

/** What brokers of this project tell besides; nothing where none of the nodes does. */
function toldFigures(channel: ChannelStats): Item {
  const parts = channel.nodes ?? [channel];
  const dead = deadOf(channel);
  const ages = parts.flatMap(({ oldest_age_ms }) => oldest_age_ms ?? []);
  return {
    ...dead !== undefined && { dead_count: dead },
    ...ages.length > 0 && { oldest_age_ms: Math.max(...ages) },
  };
}

/** How many dead messages a channel has; undefined where its nodes do not know of any such thing. */
export function deadOf(channel: ChannelStats): number | undefined {
  const counts = (channel.nodes ?? [channel]).flatMap(({ dead_count }) => dead_count ?? []);
  return counts.length === 0 ? undefined : sum(counts, (count) => count);
}

/** How many messages somebody still waits for: queued, in flight and deferred. */
export function unfinished(channel: ChannelStats): number {
  return channel.depth + channel.in_flight_count + channel.deferred_count;
}

/** `1 message`, `1,234 messages`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}
