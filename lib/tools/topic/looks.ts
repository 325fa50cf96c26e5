/** `nsq topic ls` and `nsq topic info`. */

import type { TopicStats } from "../../cluster/stats.ts";
import { Glob } from "../../policies/glob.ts";
import { action } from "../session/action.ts";
import { channelItem, channelsOf, findTopic, look, topicItem, topicsOf } from "../session/found.ts";
import type { Column, Item } from "../session/item.ts";
import { factLines, tableLines } from "../session/table.ts";

const COLUMNS: readonly Column[] = [
  "topic",
  "depth",
  ["channel_depth", "in channels"],
  ["in_flight_count", "in flight"],
  ["deferred_count", "deferred"],
  ["message_count", "messages"],
  ["channel_count", "channels"],
  ["client_count", "clients"],
  ["node_count", "nodes"],
  "paused",
];

/** `nsq topic ls`. */
export const LIST = action({
  name: "ls",
  words: "[GLOB]",
  summary: "Lists topics with their figures, summed over all brokers.",
  examples: [
    { title: "what is there", lines: ["nsq topic ls"] },
    {
      title: "names alone, of one broker, for a script",
      lines: ["nsq topic ls 'orders*' --quiet --nsqd-http-address=127.0.0.1:4151"],
    },
  ],
  table: {},
  async run({ cluster }, _options, [pattern = "*"]) {
    const glob = new Glob(pattern);
    const snapshot = await look(cluster);
    const topics = topicsOf(snapshot).filter(({ topic_name }) => glob.matches(topic_name));
    return {
      items: topics.map(topicItem),
      columns: COLUMNS,
      name: ({ topic }) => String(topic),
      ...topics.length === 0 && { lines: ["no topics"] },
      errors: snapshot.errors,
    };
  },
});

/** `nsq topic info`. */
export const INFO = action({
  name: "info",
  words: "TOPIC",
  summary: "Shows a topic: its figures, its channels, and its share on each broker.",
  examples: [
    { title: "one topic", lines: ["nsq topic info orders"] },
    {
      title: "its depth, for a script",
      lines: ["nsq topic info orders --json | grep -o '\"depth\": *[0-9]*' | head -1"],
    },
  ],
  table: {},
  async run({ cluster }, _options, [name = ""]) {
    const { topic, errors } = await findTopic(cluster, name);
    const channels = channelsOf(topic).map(channelItem);
    const nodes = (topic.nodes ?? []).map(shareItem);
    return {
      items: [{ ...topicItem(topic), durable: isDurable(topic), channels, nodes }],
      columns: [],
      name: () => name,
      lines: infoLines({ ...topicItem(topic), durable: isDurable(topic) }, channels, nodes),
      errors,
    };
  },
});

function shareItem(
  { node, depth, backend_depth, message_count, paused, durable = false }: TopicStats,
): Item {
  return { node, depth, backend_depth, message_count, paused, durable };
}

/** Whether no broker has it otherwise. */
function isDurable({ nodes }: TopicStats): boolean {
  return nodes !== null && nodes.length > 0 && nodes.every(({ durable }) => durable === true);
}

function durableWord({ durable }: Item, nodes: readonly Item[]): string {
  if (durable === true) return "yes";
  const where = nodes.filter((each) => each.durable === true).map(({ node }) => node);
  return where.length === 0 ? "no" : `on ${where.join(", ")} alone`;
}

function infoLines(topic: Item, channels: Item[], nodes: Item[]): string[] {
  return [
    ...factLines([
      ["topic", topic.topic],
      ["in no channel yet", topic.depth],
      ["messages since the start", topic.message_count],
      ["state", topic.paused === true ? "paused" : "flowing"],
      ["durable", durableWord(topic, nodes)],
    ]),
    "",
    ...channels.length === 0
      ? ["no channels: what is published waits for the first"]
      : tableLines(channels, [
        "channel",
        "depth",
        ["backend_depth", "on disk"],
        ["in_flight_count", "in flight"],
        ["deferred_count", "deferred"],
        ["requeue_count", "requeued"],
        ["timeout_count", "timed out"],
        ["dead_count", "dead"],
        ["client_count", "clients"],
        "paused",
      ]),
    "",
    ...tableLines(nodes, [
      "node",
      "depth",
      ["backend_depth", "on disk"],
      ["message_count", "messages"],
      "paused",
    ]),
  ];
}
