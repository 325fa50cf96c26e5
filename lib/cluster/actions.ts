/**
 * What can be done to a cluster. Each gives back the daemons that failed while others did not, and
 * throws an `UpstreamError` when it is not even known which nodes are concerned.
 */

import type { DaemonError } from "./answer.ts";
import type { Cluster } from "./cluster.ts";
import type { LocatedNode, Parameters } from "./daemons.ts";

/** What can be done to a topic or channel on its nodes, without lookupd. */
export type NodeAction = "pause" | "unpause" | "empty";

type Failures = Promise<readonly DaemonError[]>;

/**
 * Makes a topic, and a channel of it unless that is "", known to lookupd; the channel also on the
 * topic's nodes. Without lookupd both are made on all nodes: the reference would do nothing.
 */
export async function create(cluster: Cluster, topic: string, channel: string): Failures {
  if (!cluster.hasLookupd) return await createOnNodes(cluster, topic, channel);
  const errors = [...await cluster.commandLookupds("/topic/create", { topic })];
  if (channel === "") return errors;
  const names = { topic, channel };
  errors.push(...await cluster.commandLookupds("/channel/create", names));
  const producers = await cluster.producers(topic);
  errors.push(...producers.errors);
  errors.push(...await cluster.commandNodes(producers.value, "/channel/create", names));
  return errors;
}

async function createOnNodes(cluster: Cluster, topic: string, channel: string): Failures {
  const nodes = cluster.nsqd.map((address) => ({ address }));
  const errors = [...await cluster.commandNodes(nodes, "/topic/create", { topic })];
  if (channel === "") return errors;
  return [...errors, ...await cluster.commandNodes(nodes, "/channel/create", { topic, channel })];
}

/** Deletes a topic, or a channel of it if one is named, from all lookupds and then from its nodes. */
export async function remove(cluster: Cluster, topic: string, channel = ""): Failures {
  // Once lookupd has forgotten it, it cannot tell where the topic is.
  const producers = await cluster.producers(topic);
  const path = channel === "" ? "/topic/delete" : "/channel/delete";
  const names: Parameters = { topic, channel };
  return [
    ...producers.errors,
    ...await cluster.commandLookupds(path, names),
    ...await cluster.commandNodes(producers.value, path, names),
  ];
}

/** Pauses, unpauses or empties a topic, or a channel of it if one is named, on all its nodes. */
export async function change(
  cluster: Cluster,
  action: NodeAction,
  topic: string,
  channel = "",
): Failures {
  const { value, errors } = await cluster.producers(topic);
  const path = `/${channel === "" ? "topic" : "channel"}/${action}`;
  return [...errors, ...await cluster.commandNodes(value, path, { topic, channel })];
}

/**
 * Hides a node from those who look up the topic, and deletes the topic on it.
 *
 * @param located where the node is asked, see `Cluster.locate`
 * @param name by which lookupd knows it
 */
export async function tombstone(
  cluster: Cluster,
  { name, located }: { name: string; located: LocatedNode },
  topic: string,
): Failures {
  return [
    ...await cluster.commandLookupds("/topic/tombstone", { topic, node: name }),
    ...await cluster.commandNodes([located], "/topic/delete", { topic }),
  ];
}
