import { joinHostPort } from "../net/host_port.ts";
import { type Json, listOf, namesOf, numberOf, objectOf, textOf } from "./fields.ts";
import { compareVersions } from "./version.ts";

/** A topic of a node, as lookupd knows it. */
export interface NodeTopic {
  readonly topic: string;
  readonly tombstoned: boolean;
}

/** An nsqd. Fields and their order are those of nsqadmin's `/api/nodes`. */
export interface Node {
  /** For each lookupd that knows it: "lookupd's address/address that it saw"; null without lookupd. */
  remote_addresses: string[] | null;
  readonly remote_address: string;
  readonly hostname: string;
  readonly broadcast_address: string;
  readonly tcp_port: number;
  readonly http_port: number;
  readonly version: string;
  readonly topology_zone?: string;
  readonly topology_region?: string;
  /** Null when there is none. */
  topics: NodeTopic[] | null;
  /** Older than the newest node of the cluster. */
  out_of_date: boolean;
}

/** What a node is called: broadcast address and HTTP port. */
export function nodeName(node: Node): string {
  return joinHostPort(node.broadcast_address, node.http_port);
}

/** Reads a producer of lookupd's `/nodes` or `/lookup`. */
export function nodeFromLookupd(value: unknown): Node {
  const producer = objectOf(value);
  const tombstones = listOf(producer.tombstones);
  const topics = namesOf(producer.topics)
    .map((topic, at) => ({ topic, tombstoned: tombstones[at] === true }));
  return newNode(producer, topics);
}

/**
 * Reads an nsqd's `/info`.
 *
 * @param address that was asked, for one that does not say what it is called
 */
export function nodeFromInfo(
  value: unknown,
  address: { hostname: string; port: number },
  topics: readonly string[],
): Node {
  const info = objectOf(value);
  const named = textOf(info.broadcast_address) !== ""
    ? info
    : { ...info, broadcast_address: address.hostname, http_port: address.port };
  return newNode(
    { ...named, hostname: textOf(info.hostname) || address.hostname },
    topics.map((topic) => ({ topic, tombstoned: false })),
  );
}

function newNode(fields: Json, topics: NodeTopic[]): Node {
  const zone = textOf(fields.topology_zone), region = textOf(fields.topology_region);
  return {
    remote_addresses: null,
    remote_address: textOf(fields.remote_address),
    hostname: textOf(fields.hostname),
    broadcast_address: textOf(fields.broadcast_address),
    tcp_port: numberOf(fields.tcp_port),
    http_port: numberOf(fields.http_port),
    version: textOf(fields.version),
    ...zone !== "" && { topology_zone: zone },
    ...region !== "" && { topology_region: region },
    topics: topics.length === 0 ? null : topics,
    out_of_date: false,
  };
}

/** Marks the nodes that are older than the newest one. */
export function markOutOfDate(nodes: readonly Node[]): void {
  const newest = nodes.reduce(
    (max, { version }) => compareVersions(version, max) > 0 ? version : max,
    "0.0.0",
  );
  for (const node of nodes) node.out_of_date = compareVersions(node.version, newest) < 0;
}
