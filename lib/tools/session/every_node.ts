/** A call to every broker, and what each said. */

import { type Answer, gather, type Said } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { LocatedNode, Parameters } from "../../cluster/daemons.ts";

/** GETs from each of these nodes. */
export async function askEach(
  cluster: Cluster,
  nodes: Answer<readonly LocatedNode[]>,
  path: string,
  parameters: Parameters = {},
): Promise<Answer<Said<unknown>[]>> {
  const { value, errors } = await gather(
    nodes.value,
    ({ address }) => address,
    ({ address }) => cluster.daemons.ask(address, path, parameters),
  );
  return { value, errors: [...nodes.errors, ...errors] };
}

/** A thing that several nodes have, perhaps each in its own way. */
export interface Shared<T> {
  readonly value: T;
  /** Who has it just so. */
  readonly nodes: readonly string[];
}

/** Puts together what is the same on several nodes; `keyOf` and the JSON tell what is. Sorted by key. */
export function merged<T>(
  said: readonly Said<readonly T[]>[],
  keyOf: (value: T) => string,
): Shared<T>[] {
  const found = new Map<string, { key: string; value: T; nodes: string[] }>();
  for (const { address, value: values } of said) {
    for (const value of values) {
      const exact = JSON.stringify(value);
      const known = found.get(exact);
      if (known === undefined) found.set(exact, { key: keyOf(value), value, nodes: [address] });
      else known.nodes.push(address);
    }
  }
  return [...found.values()].sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
