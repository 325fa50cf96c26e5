/** Snapshots of made-up clusters, for tests. */
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";
import { topicStatsFrom } from "../../lib/cluster/stats.ts";
import type { Node } from "../../lib/cluster/node.ts";

/** Figures of a channel on one node, by their names in nsqd's `/stats`; left out: 0. */
export type ChannelFigures = Record<string, number | boolean>;

/** Node → topic → its figures, and its channels with theirs. */
export type Figures = Record<
  string,
  Record<
    string,
    ChannelFigures & { channels?: never } | [ChannelFigures, Record<string, ChannelFigures>]
  >
>;

/** What a cluster of one lookupd would have said. */
export function snapshotOf(
  figures: Figures,
  changes: Partial<ClusterSnapshot> = {},
): ClusterSnapshot {
  const names = Object.keys(figures);
  const stats = names.flatMap((node) => {
    const topics = Object.entries(figures[node]!).map(([topic_name, given]) => {
      const [own, channels] = Array.isArray(given) ? given : [given, {}];
      const list = Object.entries(channels)
        .map(([channel_name, channel]) => ({ channel_name, ...channel }));
      return { topic_name, ...own, channels: list };
    });
    const origin = { node, hostname: node, topologyZone: "", topologyRegion: "", nowMs: 0 };
    return topicStatsFrom({ topics }, origin);
  });
  return {
    lookupds: [{ address: "lookup:4161", nodes: names, topics: [] }],
    nodes: names.map(nodeOf),
    addresses: new Map(names.map((name) => [name, name])),
    health: names.map((node) => ({ node, version: "1.3.0", health: "OK", start_time: 1 })),
    topics: [...new Set(stats.map((each) => each.topic_name))].sort(),
    stats,
    errors: [],
    ...changes,
  };
}

/** A node by its name, "host:port". */
function nodeOf(name: string): Node {
  const [host, port] = name.split(":");
  return {
    remote_addresses: null,
    remote_address: "",
    hostname: host!,
    broadcast_address: host!,
    tcp_port: Number(port) - 1,
    http_port: Number(port),
    version: "1.3.0",
    topics: null,
    out_of_date: false,
  };
}
