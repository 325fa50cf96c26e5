import type { DaemonError } from "../../cluster/answer.ts";
import { listOf, objectOf } from "../../cluster/fields.ts";
import { nodeName } from "../../cluster/node.ts";
import { isEphemeralName } from "../../wire/names.ts";
import { askEach } from "../session/every_node.ts";
import { channelsOf, look, topicsOf } from "../session/found.ts";
import type { Session } from "../session/session.ts";
import { type Definitions, policyFrom } from "./definitions.ts";

/** How a broker answers that has no policies. */
const KNOWS_NONE = /does not know the call/;

/** What the cluster is made of, as all its brokers and lookupds say together, and who did not answer. */
export async function definitionsOf(
  { cluster, say }: Session,
): Promise<{ definitions: Definitions; errors: readonly DaemonError[] }> {
  const snapshot = await look(cluster);
  const isSilent = new Set(snapshot.errors.map(({ address }) => address));
  const nodes = snapshot.nodes.map((node) => {
    return { node, address: snapshot.addresses.get(nodeName(node))! };
  }).filter(({ address }) => !isSilent.has(address));
  const policies = await askEach(cluster, { value: nodes, errors: [] }, "/policy/list");
  const without = policies.errors.filter(({ message }) => KNOWS_NONE.test(message));
  if (without.length > 0 && policies.value.length > 0) {
    say(`${without.map(({ address }) => address).join(", ")}: has no policies, as Go's nsqd`);
  }
  const found = policies.value.flatMap(({ value }) => listOf(objectOf(value).policies))
    .map(objectOf)
    .filter(({ fixed }) => fixed !== true)
    .map(policyFrom);
  const byName = new Map(found.map((policy) => [policy.name, policy]));
  const topics = topicsOf(snapshot)
    .filter(({ topic_name }) => !isEphemeralName(topic_name))
    .map((topic) => ({
      topic: topic.topic_name,
      paused: topic.paused,
      channels: channelsOf(topic)
        .filter(({ channel_name }) => !isEphemeralName(channel_name))
        .map(({ channel_name, paused }) => ({ channel: channel_name, paused })),
    }));
  return {
    definitions: {
      topics,
      policies: [...byName.values()].sort((a, b) => a.name < b.name ? -1 : 1),
    },
    errors: [
      ...snapshot.errors,
      ...policies.errors.filter(({ message }) => !KNOWS_NONE.test(message)),
    ],
  };
}
