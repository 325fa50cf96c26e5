import type { Said } from "./answer.ts";
import { compareTexts } from "./fields.ts";
import { joinHostPort } from "../net/host_port.ts";
import { markOutOfDate, type Node, nodeName } from "./node.ts";

/** Orders by host name; those of one host stay in their order. */
export function byHostname<T extends { hostname: string }>(nodes: readonly T[]): T[] {
  return [...nodes].sort((a, b) => compareTexts(a.hostname, b.hostname));
}

/** One node each of what several lookupds say: of a node that all of them know, the first word counts. */
export function mergeNodes(answers: readonly Said<Node[]>[]): Node[] {
  const byTcpAddress = new Map<string, Node>();
  for (const { address: lookupd, value: nodes } of answers) {
    for (const node of nodes) {
      const key = joinHostPort(node.broadcast_address, node.tcp_port);
      const seenAs = `${lookupd}/${node.remote_address || "N/A"}`;
      const known = byTcpAddress.get(key);
      if (known !== undefined) known.remote_addresses?.push(seenAs);
      else byTcpAddress.set(key, { ...node, remote_addresses: [seenAs], topics: sorted(node) });
    }
  }
  const nodes = [...byTcpAddress.values()]
    .sort((a, b) => compareTexts(nodeName(a), nodeName(b)));
  markOutOfDate(nodes);
  return byHostname(nodes);
}

function sorted({ topics }: Node): Node["topics"] {
  return topics === null ? null : [...topics].sort((a, b) => compareTexts(a.topic, b.topic));
}
