import { type DaemonError, gather } from "./answer.ts";
import type { Daemons, LocatedNode, StatsSelection } from "./daemons.ts";
import { sortedUnion } from "./fields.ts";
import { byHostname, mergeNodes } from "./merge_nodes.ts";
import { markOutOfDate, type Node, nodeName } from "./node.ts";
import type { NodeHealth, TopicStats } from "./stats.ts";

/** What one lookupd says. */
export interface LookupdView {
  /** "host:port" */
  readonly address: string;
  /** Names of the nodes that it knows; null when it did not answer. */
  readonly nodes: readonly string[] | null;
  readonly topics: readonly string[] | null;
}

/** A cluster at one moment. */
export interface ClusterSnapshot {
  readonly lookupds: readonly LookupdView[];
  /**
   * Sorted by host name. A node that does not answer is here too if a lookupd knows it, or if it was
   * asked for by who took the snapshot.
   */
  readonly nodes: readonly Node[];
  /** Where each of `nodes` is asked, "host:port", by its name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Of each node that answered. */
  readonly health: readonly NodeHealth[];
  /** All names that a lookupd or an nsqd knows, sorted. */
  readonly topics: readonly string[];
  /** Figures of each topic on each node. */
  readonly stats: readonly TopicStats[];
  readonly errors: readonly DaemonError[];
}

/**
 * Asks each lookupd for nodes and topics, and each nsqd for its figures once.
 *
 * @param remembered nodes that are asked even if nobody lists them: lookupd forgets a node when its
 * connection breaks, and a lookupd that does not answer lists nothing at all
 */
export async function takeSnapshot(
  daemons: Daemons,
  addresses: { readonly lookupd: readonly string[]; readonly nsqd: readonly string[] },
  selection: StatsSelection,
  remembered: readonly LocatedNode[] = [],
): Promise<ClusterSnapshot> {
  const found = addresses.lookupd.length > 0
    ? await askLookupds(daemons, addresses.lookupd)
    : await askNsqds(daemons, addresses.nsqd);
  const listed = new Set(found.nodes.flatMap(({ address, node }) => [address, nodeName(node)]));
  const unlisted = remembered.filter(({ address, node }) =>
    !listed.has(address) && !listed.has(nodeName(node))
  );
  found.nodes = byNodeHostname([...found.nodes, ...unlisted]);
  const isSilent = new Set(found.errors.map(({ address }) => address));
  const answers = await gather(
    found.nodes.filter(({ address }) => !isSilent.has(address)),
    ({ address }) => address,
    (node) => daemons.stats(node, selection),
  );
  const stats = answers.value.flatMap(({ value }) => value.topics);
  const names = stats.map((topic) => topic.topic_name);
  const listedTopics = found.lookupds.map(({ topics }) => topics ?? []);
  return {
    lookupds: found.lookupds,
    nodes: found.nodes.map(({ node }) => node),
    addresses: new Map(found.nodes.map(({ address, node }) => [nodeName(node), address])),
    health: answers.value.map(({ value }) => value.health),
    topics: sortedUnion([names, ...listedTopics]),
    stats: byHostname(stats),
    errors: [...found.errors, ...answers.errors],
  };
}

function byNodeHostname(nodes: readonly LocatedNode[]): LocatedNode[] {
  return byHostname(nodes.map((each) => ({ ...each, hostname: each.node.hostname })));
}

interface Found {
  lookupds: LookupdView[];
  nodes: LocatedNode[];
  errors: readonly DaemonError[];
}

async function askLookupds(daemons: Daemons, addresses: readonly string[]): Promise<Found> {
  const { value, errors } = await gather(addresses, (address) => address, async (address) => {
    const [nodes, topics] = await Promise.all([
      daemons.lookupdNodes(address),
      daemons.lookupdTopics(address),
    ]);
    return { nodes, topics };
  });
  const lookupds = addresses.map((address): LookupdView => {
    const said = value.find((each) => each.address === address)?.value;
    if (said === undefined) return { address, nodes: null, topics: null };
    return { address, nodes: said.nodes.map(nodeName), topics: said.topics };
  });
  const nodes = mergeNodes(value.map(({ address, value }) => ({ address, value: value.nodes })));
  return { lookupds, nodes: nodes.map((node) => ({ address: nodeName(node), node })), errors };
}

async function askNsqds(daemons: Daemons, addresses: readonly string[]): Promise<Found> {
  const { value, errors } = await gather(
    addresses,
    (address) => address,
    (address) => daemons.nsqd(address),
  );
  markOutOfDate(value.map((said) => said.value));
  const nodes = value.map(({ address, value }) => ({ address, node: value }));
  return { lookupds: [], nodes, errors };
}
