/** What a policy would do to what is there, before it does: brokers tell by a dry run. */

import type { Answer, Said } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { LocatedNode } from "../../cluster/daemons.ts";
import { listOf, numberOf, objectOf } from "../../cluster/fields.ts";
import { exactly, type PolicyDefinition, policyFrom } from "../definitions/definitions.ts";
import { actOn } from "../session/acting.ts";
import { askEach, type NodeSaid } from "../session/every_node.ts";
import { counted } from "../session/found.ts";

type Nodes = Answer<readonly LocatedNode[]>;

/** The outcome on all brokers together. */
export interface Effect {
  /** Messages that would be gone at once. */
  readonly dropped: number;
  /** Messages that would be dead letters at once. */
  readonly deadLettered: number;
}

/** Sets a policy on each of these nodes, or has them tell what that would do. */
export function putPolicy(
  cluster: Cluster,
  nodes: Nodes,
  policy: PolicyDefinition,
  isDryRun = false,
): Promise<Answer<NodeSaid<unknown>[]>> {
  const parameters = isDryRun ? { dry_run: "true" } : {};
  return actOn(cluster, nodes, "/policy/put", parameters, JSON.stringify(policy));
}

/** What these answers to a `/policy/put` say together. */
export function effectIn(said: readonly Said<unknown>[]): Effect {
  const sum = (field: string) =>
    said.reduce((total, { value }) => total + numberOf(objectOf(value)[field]), 0);
  return { dropped: sum("would_drop"), deadLettered: sum("would_dead_letter") };
}

/** The policy of that name as each broker has it that has one. */
export async function policiesNamed(
  cluster: Cluster,
  nodes: Nodes,
  name: string,
): Promise<Said<PolicyDefinition>[]> {
  const { value } = await askEach(cluster, nodes, "/policy/list");
  return value.flatMap(({ address, value }) =>
    listOf(objectOf(value).policies).map(objectOf).filter((each) => each.name === name)
      .map((each) => ({ address, value: policyFrom(each) }))
  );
}

/** On how many brokers this very policy is there already, and on how many it takes the place of another one. */
export async function thereAlready(
  cluster: Cluster,
  nodes: Nodes,
  policy: PolicyDefinition,
): Promise<{ readonly same: number; readonly replaced: number }> {
  const there = await policiesNamed(cluster, nodes, policy.name);
  const same = there.filter(({ value }) => exactly(value) === exactly(policy)).length;
  return { same, replaced: there.length - same };
}

/**
 * What would become of messages if the policy of that name were not there. A policy that sets what each topic does by itself stands for
 * none, so that brokers need not know of any other dry run.
 */
export async function effectWithout(cluster: Cluster, nodes: Nodes, name: string): Promise<Effect> {
  const effects = await Promise.all(
    (await policiesNamed(cluster, nodes, name)).map(async ({ address, value: policy }) => {
      const only = nodes.value.filter((node) => node.address === address);
      const none = { ...policy, set: { dedup_window: "0s" } };
      return effectIn((await putPolicy(cluster, { value: only, errors: [] }, none, true)).value);
    }),
  );
  return {
    dropped: effects.reduce((sum, { dropped }) => sum + dropped, 0),
    deadLettered: effects.reduce((sum, { deadLettered }) => sum + deadLettered, 0),
  };
}

/** What is said of an effect before it is asked for, such as `loses 3 messages`; nothing for none. */
export function effectWords({ dropped, deadLettered }: Effect): string[] {
  return [
    ...dropped > 0 ? [`loses ${counted(dropped, "message")}`] : [],
    ...deadLettered > 0 ? [`makes dead letters of ${counted(deadLettered, "message")}`] : [],
  ];
}
