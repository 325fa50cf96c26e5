/** The policies of all nodes as one list, and what a change of one does. */
import { listOf, namesOf, numberOf, objectOf, textOf } from "../../../lib/cluster/fields.ts";
import type { LocatedNode } from "../../../lib/cluster/daemons.ts";
import type {
  EffectiveField,
  EffectiveView,
  PoliciesView,
  Policy,
  PolicyChange,
  PolicyRow,
} from "./contract.ts";
import { type Asking, askNodes, type NodeAnswers } from "./ask_nodes.ts";

type Lists = Pick<PoliciesView, "policies" | "nodes" | "failed" | "cannot">;

/** Asks all nodes what policies they have. The same one on several nodes is one row. */
export async function listPolicies(
  daemons: Asking,
  nodes: readonly LocatedNode[],
): Promise<Lists> {
  const { answers, failed, cannot } = await askNodes(
    nodes,
    (address) => daemons.getJson(address, "/policy/list", {}),
  );
  const rows = new Map<string, PolicyRow>();
  for (const { node, value } of answers) {
    for (const each of listOf(objectOf(value).policies)) {
      const policy = policyFrom(each), isFixed = objectOf(each).fixed === true;
      const key = JSON.stringify([policy, isFixed]);
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { policy, isFixed, nodes: [node] });
      else row.nodes.push(node);
    }
  }
  const policies = [...rows.values()].sort((a, b) =>
    b.policy.priority - a.policy.priority || (a.policy.name < b.policy.name ? -1 : 1)
  );
  return { policies, nodes: answers.map(({ node }) => node), failed, cannot };
}

/** Sets a policy on all nodes, or says what that would do. */
export async function putPolicy(
  daemons: Asking,
  nodes: readonly LocatedNode[],
  policy: Policy,
  isDryRun: boolean,
): Promise<PolicyChange> {
  const asked = await askNodes(
    nodes,
    (address) =>
      daemons.postJson(address, "/policy/put", isDryRun ? { dry_run: "true" } : {}, policy),
  );
  const channels = new Map<string, { topic: string; channel: string }>();
  const topics = new Set<string>();
  let wouldDrop = 0, wouldDie = 0;
  for (const { value } of asked.answers) {
    const effect = objectOf(value);
    for (const topic of namesOf(effect.topics)) topics.add(topic);
    for (const each of listOf(effect.channels).map(objectOf)) {
      const topic = textOf(each.topic), channel = textOf(each.channel);
      channels.set(`${topic} ${channel}`, { topic, channel });
    }
    wouldDrop += numberOf(effect.would_drop);
    wouldDie += numberOf(effect.would_dead_letter);
  }
  return {
    ...outcomeOf(asked),
    topics: [...topics].sort(),
    channels: [...channels.entries()].sort(([a], [b]) => a < b ? -1 : 1).map(([, each]) => each),
    wouldDrop,
    wouldDie,
  };
}

/** Takes a policy away from all nodes that have it. */
export async function deletePolicy(
  daemons: Asking,
  nodes: readonly LocatedNode[],
  name: string,
): Promise<PolicyChange> {
  const asked = await askNodes(
    nodes,
    (address) => daemons.command(address, "/policy/delete", { name }),
  );
  return { ...outcomeOf(asked), topics: [], channels: [], wouldDrop: 0, wouldDie: 0 };
}

/** What is in force for a channel, and which policy says so. Nodes that say otherwise are named. */
export async function effectivePolicies(
  daemons: Asking,
  nodes: readonly LocatedNode[],
  names: { topic: string; channel?: string | undefined },
): Promise<EffectiveView> {
  const { answers, failed, cannot } = await askNodes(
    nodes,
    (address) => daemons.getJson(address, "/policy/effective", names),
  );
  const fields = new Map<string, EffectiveField>();
  for (const { node, value } of answers) {
    for (const [name, each] of Object.entries(objectOf(objectOf(value).fields))) {
      const { value: set, policy } = objectOf(each);
      const known = fields.get(name);
      if (known === undefined) {
        const from = typeof policy === "string" ? policy : null;
        fields.set(name, { name, value: set ?? null, policy: from, otherwise: [] });
      } else if (
        JSON.stringify([known.value, known.policy]) !==
          JSON.stringify([set ?? null, policy ?? null])
      ) {
        known.otherwise.push(node);
      }
    }
  }
  return { fields: [...fields.values()], failed, cannot };
}

function policyFrom(value: unknown): Policy {
  const { name, topic, channel, priority, set } = objectOf(value);
  return {
    name: textOf(name),
    topic: textOf(topic),
    channel: textOf(channel),
    priority: numberOf(priority),
    set: objectOf(set),
  };
}

/** A node without policies cannot obey one: it is told as one that failed, unless all are such. */
function outcomeOf({ answers, failed, cannot }: NodeAnswers<unknown>) {
  return { done: answers.map(({ node }) => node), failed, cannot };
}
