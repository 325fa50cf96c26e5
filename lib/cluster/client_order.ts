import { compareTexts } from "./fields.ts";
import type { ClientStats } from "./stats.ts";

/** Orders clients by node; those of a node with the nearest first: same zone, same region, others. */
export function compareByNodeTopology(a: ClientStats, b: ClientStats): number {
  if (a.node !== b.node) return compareTexts(a.node, b.node);
  return distance(a) - distance(b) ||
    compareTexts(a.topology_region ?? "", b.topology_region ?? "") ||
    compareTexts(a.topology_zone ?? "", b.topology_zone ?? "");
}

function distance(client: ClientStats): number {
  if (client.topology_region !== client.node_topology_region) return 2;
  return client.topology_zone === client.node_topology_zone ? 0 : 1;
}
