/** A call to every broker, and what each said. */

import { type Answer, gather, type Said } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { LocatedNode, Parameters } from "../../cluster/daemons.ts";
import { nodeName } from "../../cluster/node.ts";

/** What one broker said. */
export interface NodeSaid<T> extends Said<T> {
  /** What it is called everywhere, wherever it was asked: see `nodeName`. */
  readonly node: string;
}

/** Whose address it is: the broker's name; a lookupd has none but its address. */
export function namesAt(nodes: readonly LocatedNode[]): (address: string) => string {
  const names = new Map(nodes.map(({ address, node }) => [address, nodeName(node)]));
  return (address) => names.get(address) ?? address;
}

/** Adds who said it. */
export function named<T>(nodes: readonly LocatedNode[], said: readonly Said<T>[]): NodeSaid<T>[] {
  const nameAt = namesAt(nodes);
  return said.map((each) => ({ ...each, node: nameAt(each.address) }));
}

/** GETs from each of these nodes. */
export async function askEach(
  cluster: Cluster,
  nodes: Answer<readonly LocatedNode[]>,
  path: string,
  parameters: Parameters = {},
): Promise<Answer<NodeSaid<unknown>[]>> {
  const { value, errors } = await gather(
    nodes.value,
    ({ address }) => address,
    ({ address }) => cluster.daemons.ask(address, path, parameters),
  );
  return { value: named(nodes.value, value), errors: [...nodes.errors, ...errors] };
}

/** A thing that several nodes have, perhaps each in its own way. */
export interface Shared<T> {
  readonly value: T;
  /** Names of those who have it just so. */
  readonly nodes: readonly string[];
}

/** Puts together what is the same on several nodes; `keyOf` and the JSON tell what is. Sorted by key. */
export function merged<T>(
  said: readonly { readonly node: string; readonly value: readonly T[] }[],
  keyOf: (value: T) => string,
): Shared<T>[] {
  const found = new Map<string, { key: string; value: T; nodes: string[] }>();
  for (const { node, value: values } of said) {
    for (const value of values) {
      const exact = JSON.stringify(value);
      const known = found.get(exact);
      if (known === undefined) found.set(exact, { key: keyOf(value), value, nodes: [node] });
      else known.nodes.push(node);
    }
  }
  return [...found.values()].sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
