/** `nsq node ls` and `nsq node info`. */

import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import { type Node, nodeName } from "../../cluster/node.ts";
import { objectOf, textOf } from "../../cluster/fields.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { action } from "../session/action.ts";
import { look, unfinished } from "../session/found.ts";
import { clusterWith, findNode } from "./find.ts";
import type { Column, Item, Value } from "../session/item.ts";
import { factLines, tableLines } from "../session/table.ts";

/** `nsq node ls`. */
export const LIST = action({
  name: "ls",
  words: "",
  summary: "Lists brokers, those that do not answer too.",
  examples: [
    { title: "who is there", lines: ["nsq node ls"] },
    {
      title: "names alone, as a lookupd knows them",
      lines: ["nsq node ls --quiet --lookupd-http-address=127.0.0.1:4161"],
    },
  ],
  table: {},
  async run({ cluster, signal }) {
    // Where brokers are named by whoever asks, they are listed even if none of them answers.
    const snapshot = cluster.hasLookupd ? await look(cluster) : await cluster.snapshot({});
    signal.throwIfAborted();
    const items = [
      ...snapshot.nodes.map((node) => nodeItem(node, snapshot)),
      ...cluster.hasLookupd ? [] : unnamed(cluster.nsqd, snapshot),
    ];
    return {
      items,
      columns: [],
      name: ({ node }) => String(node),
      lines: items.length === 0 ? ["no brokers"] : tableLines(items.map(row), COLUMNS),
      errors: snapshot.errors,
    };
  },
});

const COLUMNS: readonly Column[] = [
  "node",
  ["hostname", "host"],
  "version",
  ["topic_count", "topics"],
  ["channel_count", "channels"],
  "depth",
  ["in_flight_count", "in flight"],
  ["client_count", "clients"],
  "health",
  "state",
];

/** As the table shows it: what nobody has said is no zero. */
function row(item: Item): Item {
  const cells = Object.entries(item).map(([field, value]) => [field, value ?? "-"]);
  return { ...Object.fromEntries(cells), health: item.health ?? "no answer" };
}

/** What was asked and did not say what it is called, at the address that it was asked at. */
function unnamed(asked: readonly string[], { addresses }: ClusterSnapshot): Item[] {
  const named = new Set(addresses.values());
  return asked.filter((address) => !named.has(address))
    .map((address) => ({ node: address, hostname: null, version: null, ...SILENT }));
}

/** Figures of a broker that does not answer. */
const SILENT = {
  topic_count: null,
  channel_count: null,
  depth: null,
  unfinished_count: null,
  in_flight_count: null,
  client_count: null,
  health: null,
  state: null,
  start_time: null,
};

/** Figures of a broker; they are null of one that does not answer. */
function nodeItem(node: Node, { stats, health }: ClusterSnapshot): Item {
  const name = nodeName(node);
  const topics = stats.filter((topic) => topic.node === name);
  const channels = topics.flatMap(({ channels }) => channels ?? []);
  const said = health.find((each) => each.node === name);
  const sum = <T>(list: readonly T[], pick: (each: T) => number) =>
    list.reduce((total, each) => total + pick(each), 0);
  const named = {
    node: name,
    hostname: node.hostname,
    broadcast_address: node.broadcast_address,
    tcp_port: node.tcp_port,
    http_port: node.http_port,
    version: node.version,
  };
  if (said === undefined) return { ...named, ...SILENT };
  return {
    ...named,
    topic_count: topics.length,
    channel_count: channels.length,
    depth: sum(topics, ({ depth }) => depth) + sum(channels, ({ depth }) => depth),
    unfinished_count: sum(topics, ({ depth }) => depth) + sum(channels, unfinished),
    in_flight_count: sum(channels, ({ in_flight_count }) => in_flight_count),
    client_count: sum(channels, ({ client_count }) => client_count),
    health: said.health,
    state: said.isDraining === true ? "draining" : "running",
    start_time: said.start_time,
  };
}

/** `nsq node info`. */
export const INFO = action({
  name: "info",
  words: "[NODE]",
  summary: "Shows a broker and its topics. NODE may be left out where there is one alone.",
  examples: [
    { title: "the only one", lines: ["nsq node info --nsqd-http-address=127.0.0.1:4151"] },
    {
      title: "one of a cluster, as JSON",
      lines: ["nsq node info 127.0.0.1:4151 --lookupd-http-address=127.0.0.1:4161 --json"],
    },
  ],
  table: {},
  async run(session, _options, [name]) {
    const cluster = await clusterWith(session.cluster, name);
    const snapshot = await look(cluster);
    const node = findNode(snapshot, name);
    const info = await stateOf(cluster, snapshot, node);
    const item = { ...nodeItem(node, snapshot), ...info };
    const topics = snapshot.stats.filter((topic) => topic.node === nodeName(node)).map((topic) => ({
      topic: topic.topic_name,
      depth: topic.depth,
      message_count: topic.message_count,
      channel_count: topic.channels?.length ?? 0,
      paused: topic.paused,
    }));
    return {
      items: [{ ...item, topics }],
      columns: [],
      name: () => nodeName(node),
      lines: infoLines(item, topics),
      errors: snapshot.errors.filter(({ address }) =>
        address === snapshot.addresses.get(nodeName(node))
      ),
    };
  },
});

/** What `/info` says besides; nothing where the broker does not answer, which is told elsewhere. */
async function stateOf(
  cluster: Cluster,
  { addresses, health }: ClusterSnapshot,
  node: Node,
): Promise<Item> {
  if (!health.some((each) => each.node === nodeName(node))) return { state: null };
  const { state, drain } = objectOf(
    await cluster.daemons.ask(addresses.get(nodeName(node))!, "/info"),
  );
  return { state: textOf(state) || "running", ...drain !== undefined && { drain: drain as Value } };
}

function infoLines(node: Item, topics: Item[]): string[] {
  const started = typeof node.start_time === "number"
    ? new Date(node.start_time * 1000).toISOString()
    : undefined;
  return [
    ...factLines([
      ["node", node.node],
      ["host", node.hostname],
      ["version", node.version],
      ["health", node.health ?? "no answer"],
      ["state", node.state],
      ["since", started],
      ["clients", node.client_count],
      ["unfinished messages", node.unfinished_count],
    ]),
    "",
    ...topics.length === 0 ? ["no topics"] : tableLines(topics, [
      "topic",
      "depth",
      ["message_count", "messages"],
      ["channel_count", "channels"],
      "paused",
    ]),
  ];
}
