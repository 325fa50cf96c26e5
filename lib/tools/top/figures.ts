/** From two looks at a cluster to what goes on in it. Rates are per second. */

import { aggregateChannel, aggregateTopic } from "../../cluster/aggregate.ts";
import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import type { ChannelStats, TopicStats } from "../../cluster/stats.ts";
import { nodeName } from "../../cluster/node.ts";

/** A look, and when. */
export interface Look {
  readonly snapshot: ClusterSnapshot;
  /** Milliseconds since whenever. */
  readonly atMs: number;
}

/** What a row tells, by the name of its column. */
export type Figures = Readonly<Record<string, string | number>>;

/** Rows of all views. */
export interface AllFigures {
  readonly channels: Figures[];
  readonly topics: Figures[];
  readonly nodes: Figures[];
  readonly clients: Figures[];
}

/** Growth of a count since the last look, per second; 0 for what is new, was away or began anew. */
type Rate = (key: string, count: number) => number;

/** Figures of the look `now`; without an earlier one, or for what was not there, rates are 0. */
export function figuresOf(now: Look, last: Look | undefined): AllFigures {
  const { snapshot } = now;
  const before = last === undefined ? new Map<string, number>() : countsOf(last.snapshot);
  const seconds = last === undefined ? 1 : (now.atMs - last.atMs) / 1000;
  const rate: Rate = (key, count) => {
    const earlier = before.get(key);
    return earlier === undefined || count < earlier ? 0 : (count - earlier) / seconds;
  };
  const topics = groupBy(snapshot.stats, (topic) => topic.topic_name);
  const all = [...topics].map(([name, parts]) => aggregateTopic(name, parts));
  return {
    channels: all.flatMap((topic) => channelRows(topic, rate)),
    topics: all.map((topic) => topicFigures(topic, rate)),
    nodes: nodeRows(snapshot, rate),
    clients: clientRows(snapshot, rate),
  };
}

function channelRows(topic: TopicStats, rate: Rate): Figures[] {
  const parts = (topic.nodes ?? []).flatMap(({ channels }) => channels ?? []);
  const channels = [...groupBy(parts, (channel) => channel.channel_name).values()]
    .map(aggregateChannel);
  if (channels.length > 0) return channels.map((channel) => channelFigures(channel, rate));
  // A topic that nobody reads is what one looks for: it has a row of its own.
  const { in: published, depth, memory, disk, state } = topicFigures(topic, rate);
  return [{
    topic: topic.topic_name,
    channel: "",
    in: published!,
    out: 0,
    depth: depth!,
    memory: memory!,
    disk: disk!,
    "in-flight": 0,
    deferred: 0,
    requeued: 0,
    "timed out": 0,
    dead: 0,
    clients: 0,
    state: state!,
  }];
}

function channelFigures(channel: ChannelStats, rate: Rate): Figures {
  const growth = (name: CountName) =>
    totalOf(
      channel.nodes ?? [],
      (node) => rate(`${channelKey(node)} ${name}`, CHANNEL_COUNTS[name](node)),
    );
  return {
    topic: channel.topic_name,
    channel: channel.channel_name,
    in: growth("in"),
    out: growth("out"),
    depth: channel.depth,
    memory: channel.memory_depth,
    disk: channel.backend_depth,
    "in-flight": channel.in_flight_count,
    deferred: channel.deferred_count,
    requeued: growth("requeued"),
    "timed out": growth("timed out"),
    dead: totalOf(channel.nodes ?? [], (node) => node.dead_count ?? 0),
    clients: channel.client_count,
    state: channel.paused ? "paused" : "",
  };
}

function topicFigures(topic: TopicStats, rate: Rate): Figures {
  const channels = topic.channels ?? [];
  return {
    topic: topic.topic_name,
    in: totalOf(topic.nodes ?? [], (node) => rate(topicKey(node), node.message_count)),
    depth: topic.depth,
    memory: topic.memory_depth,
    disk: topic.backend_depth,
    backlog: channels.reduce((sum, { depth }) => sum + depth, 0),
    "in-flight": channels.reduce((sum, each) => sum + each.in_flight_count, 0),
    messages: topic.message_count,
    channels: channels.length,
    clients: channels.reduce((sum, each) => sum + each.client_count, 0),
    nodes: topic.nodes?.length ?? 0,
    state: topic.paused ? "paused" : "",
  };
}

function nodeRows({ nodes, stats, health }: ClusterSnapshot, rate: Rate): Figures[] {
  const byNode = groupBy(stats, (topic) => topic.node);
  return nodes.map((node) => {
    const name = nodeName(node);
    const topics = byNode.get(name) ?? [];
    const channels = topics.flatMap(({ channels }) => channels ?? []);
    const said = health.find((each) => each.node === name)?.health;
    const state = said ?? "no answer";
    return {
      node: name,
      lost: said === undefined ? 1 : 0,
      host: node.hostname,
      version: node.version,
      in: rate(`${name} in`, totalOf(topics, (topic) => topic.message_count)),
      depth: totalOf(topics, (topic) => topic.depth) + totalOf(channels, (each) => each.depth),
      "in-flight": totalOf(channels, (channel) => channel.in_flight_count),
      topics: topics.length,
      channels: channels.length,
      clients: totalOf(channels, (channel) => channel.client_count),
      state: state === "OK" ? "" : state,
    };
  });
}

function clientRows({ stats }: ClusterSnapshot, rate: Rate): Figures[] {
  const channels = stats.flatMap(({ channels }) => channels ?? []);
  return channels.flatMap((channel) =>
    (channel.clients ?? []).map((client) => {
      const key = clientKey(channel, client.remote_address);
      return {
        client: client.client_id || client.hostname,
        address: client.remote_address,
        topic: channel.topic_name,
        channel: channel.channel_name,
        node: channel.node,
        out: rate(`${key} out`, client.message_count),
        finished: rate(`${key} finished`, client.finish_count),
        requeued: rate(`${key} requeued`, client.requeue_count),
        ready: client.ready_count,
        "in-flight": client.in_flight_count,
        agent: client.user_agent,
      };
    })
  );
}

type CountName = "in" | "out" | "requeued" | "timed out";

/** What of a channel is counted, by the column that shows its rate. */
const CHANNEL_COUNTS: Readonly<Record<CountName, (channel: ChannelStats) => number>> = {
  in: (channel) => channel.message_count,
  out: (channel) => channel.message_count - channel.depth,
  requeued: (channel) => channel.requeue_count,
  "timed out": (channel) => channel.timeout_count,
};

/**
 * Every count that a rate is made of, by a key that is the same at the next look. Each node has its
 * own, so that one which comes or goes does not look like a burst.
 */
function countsOf({ health, stats }: ClusterSnapshot): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { node } of health) counts.set(`${node} in`, 0);
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  for (const topic of stats) {
    add(topicKey(topic), topic.message_count);
    add(`${topic.node} in`, topic.message_count);
    for (const channel of topic.channels ?? []) {
      for (const [name, count] of Object.entries(CHANNEL_COUNTS)) {
        add(`${channelKey(channel)} ${name}`, count(channel));
      }
      for (const client of channel.clients ?? []) {
        const key = clientKey(channel, client.remote_address);
        add(`${key} out`, client.message_count);
        add(`${key} finished`, client.finish_count);
        add(`${key} requeued`, client.requeue_count);
      }
    }
  }
  return counts;
}

// Keys of what one node counts. No name has a space in it.

function topicKey({ node, topic_name }: TopicStats): string {
  return `${node} topic ${topic_name}`;
}

function channelKey({ node, topic_name, channel_name }: ChannelStats): string {
  return `${node} channel ${topic_name} ${channel_name}`;
}

function clientKey(channel: ChannelStats, address: string): string {
  return `${channelKey(channel)} ${address}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, keyOf);
}

function totalOf<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((sum, item) => sum + pick(item), 0);
}
