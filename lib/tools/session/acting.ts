/** Calls to every node that a topic or channel is on, and what came of them. */

import {
  type Answer,
  type DaemonError,
  gather,
  type Said,
  saysTopicUnknown,
  UpstreamError,
} from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { LocatedNode, Parameters } from "../../cluster/daemons.ts";
import { named, type NodeSaid } from "./every_node.ts";
import type { Item } from "./item.ts";
import type { Report } from "./report.ts";

/** As `refusal.ts` of the cluster says it. */
export const NO_SUCH_MESSAGE = "has no such message";

/** What that makes of a node that has not what is asked for. */
const IS_MISSING = /^has no such (topic|channel|policy|message)$/;

/** The nodes that have the topic, perhaps none of those that a lookupd knows. @throws Error when nobody knows the topic */
export async function producersOf(cluster: Cluster, topic: string): Promise<Answer<LocatedNode[]>> {
  try {
    return await cluster.producers(topic);
  } catch (error) {
    const isUnknown = error instanceof UpstreamError && error.errors.every(saysTopicUnknown);
    throw isUnknown ? new Error(`there is no topic ${topic}`, { cause: error }) : error;
  }
}

/** The nodes that have the topic. @throws Error when there is none */
export async function nodesOf(cluster: Cluster, topic: string): Promise<Answer<LocatedNode[]>> {
  const found = await producersOf(cluster, topic);
  if (found.value.length > 0 || found.errors.length > 0) return found;
  throw new Error(`no broker has topic ${topic}`);
}

/** POSTs to each of these nodes. A node that has not what is meant is no failure where another has it. */
export async function actOn(
  cluster: Cluster,
  nodes: Answer<readonly LocatedNode[]>,
  path: string,
  parameters: Parameters,
  body?: string,
): Promise<Answer<NodeSaid<unknown>[]>> {
  const addresses = nodes.value.map(({ address }) => address);
  const { value, errors } = await actAt(cluster, addresses, path, parameters, body);
  return { value: named(nodes.value, value), errors: [...nodes.errors, ...errors] };
}

/** As {@link actOn}, at addresses, of lookupds too. */
export async function actAt(
  cluster: Cluster,
  addresses: readonly string[],
  path: string,
  parameters: Parameters,
  body?: string,
): Promise<Answer<Said<unknown>[]>> {
  const { value, errors } = await gather(
    addresses,
    (address) => address,
    (address) => cluster.daemons.act(address, path, parameters, body),
  );
  if (value.length === 0) return { value, errors };
  return { value, errors: errors.filter(({ message }) => !IS_MISSING.test(message)) };
}

/** An item for each daemon that did it. @param past what was done, such as `paused`, or `moved to now:` */
export function doneReport(
  thing: Item & { readonly topic: string; readonly channel?: string },
  past: string,
  done: readonly string[],
  errors: readonly DaemonError[],
): Report {
  return {
    items: done.map((node) => ({ ...thing, node, done: past.replace(/:$/, "") })),
    columns: [],
    name: () => thing.channel ?? thing.topic,
    lines: done.length === 0 ? [] : [`${past} ${nameOf(thing)} on ${done.join(", ")}`],
    errors,
  };
}

/** An item for each daemon that has the thing now. @param before those that had it already */
export function createdReport(
  thing: Item & { readonly topic: string; readonly channel?: string },
  before: ReadonlySet<string>,
  has: readonly string[],
  errors: readonly DaemonError[],
): Report {
  const old = has.filter((each) => before.has(each));
  const created = doneReport(thing, "created", has.filter((each) => !before.has(each)), errors);
  return {
    ...created,
    items: [...created.items, ...doneReport(thing, "exists already", old, []).items],
    lines: [
      ...created.lines ?? [],
      ...old.length === 0 ? [] : [`${nameOf(thing)} exists already on ${old.join(", ")}`],
    ],
  };
}

function nameOf(thing: { readonly topic: string; readonly channel?: string }): string {
  return thing.channel === undefined
    ? `topic ${thing.topic}`
    : `channel ${thing.channel} of topic ${thing.topic}`;
}
