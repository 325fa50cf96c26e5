import type { Cluster } from "../../cluster/cluster.ts";
import { gather } from "../../cluster/answer.ts";
import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import { type Node, nodeName } from "../../cluster/node.ts";
import { nearestWord } from "../../cli/nearest.ts";
import { ValueError } from "../../value_error.ts";
import { checkAddress } from "../session/connection_options.ts";

/**
 * The broker of that name, or at that address; the only one where no name is given.
 * @throws Error when there is none, or more than one
 */
export function findNode(
  { nodes, addresses }: Pick<ClusterSnapshot, "nodes" | "addresses">,
  name: string | undefined,
): Node {
  const names = nodes.map(nodeName);
  if (name === undefined) {
    if (nodes.length === 1) return nodes[0]!;
    throw new Error(
      nodes.length === 0 ? "there are no brokers" : `which one? Say one of ${names.join(", ")}`,
    );
  }
  const found = nodes.find((node) =>
    nodeName(node) === name || addresses.get(nodeName(node)) === name || node.hostname === name
  );
  if (found !== undefined) return found;
  const meant = nearestWord(name, names);
  throw new Error(
    `there is no broker ${name}, ${
      meant === undefined ? "nsq node ls tells which there are" : `did you mean ${meant}?`
    }`,
  );
}

/** Where a broker of that name is looked for: one that no lookupd could know, and nobody listed, is asked at its address itself. */
export async function clusterWith(cluster: Cluster, name: string | undefined): Promise<Cluster> {
  if (name === undefined || cluster.hasLookupd || !isAddress(name)) return cluster;
  const { value } = await gather(
    cluster.nsqd,
    (address) => address,
    (address) => cluster.daemons.nsqd(address),
  );
  const isListed = value.some(({ address, value }) => address === name || nodeName(value) === name);
  return isListed ? cluster : cluster.at([name]);
}

function isAddress(name: string): boolean {
  try {
    checkAddress(name);
    return true;
  } catch (error) {
    if (error instanceof ValueError) return false;
    throw error;
  }
}
