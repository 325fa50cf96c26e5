/** `nsq channel ls` and `nsq channel info`. */

import type { ChannelStats, ClientStats } from "../../cluster/stats.ts";
import { action } from "../session/action.ts";
import {
  channelItem,
  channelsOf,
  findChannel,
  findTopic,
  look,
  topicsOf,
} from "../session/found.ts";
import type { Column, Item } from "../session/item.ts";
import { factLines, tableLines } from "../session/table.ts";

const FIGURES: readonly Column[] = [
  "depth",
  ["backend_depth", "on disk"],
  ["in_flight_count", "in flight"],
  ["deferred_count", "deferred"],
  ["requeue_count", "requeued"],
  ["timeout_count", "timed out"],
  ["dead_count", "dead"],
  ["expired_count", "expired"],
  ["rejected_count", "rejected"],
  ["dropped_count", "dropped"],
  ["skipped_count", "skipped"],
  ["message_count", "messages"],
  ["client_count", "clients"],
];

/** What figures count that a broker shows only where there is something of it. */
const NOTES = {
  dropped_count:
    "dropped: gone unfinished, as the channel was emptied, one was deleted, or a policy said so",
  skipped_count: "skipped: passed over unfinished, as a seek moved the channel",
} as const;

/** `nsq channel ls`. */
export const LIST = action({
  name: "ls",
  words: "[TOPIC]",
  summary: "Lists channels with their figures, summed over all brokers: of a topic, or of all.",
  examples: [
    { title: "channels of a topic", lines: ["nsq channel ls orders"] },
    { title: "all of them, as JSON", lines: ["nsq channel ls --json"] },
  ],
  table: {},
  async run({ cluster }, _options, [topic]) {
    const { topics, errors } = topic === undefined
      ? await everyTopic(cluster)
      : await findTopic(cluster, topic).then((found) => ({ ...found, topics: [found.topic] }));
    const items = topics.flatMap(channelsOf).map(channelItem);
    return {
      items,
      columns: ["topic", "channel", ...FIGURES, ["node_count", "nodes"], "paused"],
      name: (item) => topic === undefined ? `${item.topic}/${item.channel}` : String(item.channel),
      ...items.length === 0 && { lines: ["no channels"] },
      errors,
    };
  },
});

async function everyTopic(cluster: Parameters<typeof look>[0]) {
  const snapshot = await look(cluster);
  return { topics: topicsOf(snapshot), errors: snapshot.errors };
}

/** `nsq channel info`. */
export const INFO = action({
  name: "info",
  words: "TOPIC CHANNEL",
  summary: "Shows a channel: its figures, its share on each broker, and its consumers.",
  examples: [
    { title: "one channel", lines: ["nsq channel info orders archive"] },
    { title: "for a script", lines: ["nsq channel info orders archive --json"] },
  ],
  table: {},
  async run({ cluster }, _options, [topic = "", name = ""]) {
    const { channel, errors } = await findChannel(cluster, topic, name);
    const nodes = (channel.nodes ?? []).map(shareItem);
    const clients = (channel.clients ?? []).map(clientItem);
    const item = channelItem(channel);
    return {
      items: [{ ...item, nodes, clients }],
      columns: [],
      name: () => name,
      lines: infoLines(item, nodes, clients),
      errors,
    };
  },
});

function shareItem(channel: ChannelStats): Item {
  const lost = ["expired_count", "rejected_count", "dropped_count", "skipped_count"] as const;
  const counts = lost.filter((field) => (channel[field] ?? 0) > 0);
  return {
    node: channel.node,
    ...channelItem(channel),
    ...Object.fromEntries(counts.map((field) => [field, channel[field]])),
  };
}

function clientItem(client: ClientStats): Item {
  return {
    client_id: client.client_id,
    hostname: client.hostname,
    remote_address: client.remote_address,
    node: client.node,
    user_agent: client.user_agent,
    ready_count: client.ready_count,
    in_flight_count: client.in_flight_count,
    message_count: client.message_count,
    finish_count: client.finish_count,
    requeue_count: client.requeue_count,
    connect_ts: client.connect_ts,
  };
}

function infoLines(channel: Item, nodes: Item[], clients: Item[]): string[] {
  return [
    ...factLines([
      ["topic", channel.topic],
      ["channel", channel.channel],
      ["state", channel.paused === true ? "paused" : "flowing"],
    ]),
    "",
    ...tableLines(nodes, ["node", ...FIGURES, "paused"]),
    ...Object.entries(NOTES).flatMap(([figure, note]) =>
      nodes.some((node) => node[figure] !== undefined) ? [note] : []
    ),
    "",
    ...clients.length === 0 ? ["no consumers"] : tableLines(clients, [
      ["client_id", "client"],
      ["remote_address", "address"],
      "node",
      ["ready_count", "ready"],
      ["in_flight_count", "in flight"],
      ["message_count", "messages"],
      ["finish_count", "finished"],
      ["requeue_count", "requeued"],
      ["user_agent", "agent"],
    ]),
  ];
}
