import { CHANNEL_FIELDS, channelRules, TOPIC_FIELDS, topicRules } from "./fields.ts";
import type { Policy } from "./policy.ts";
import type { ChannelRules, TopicRules } from "./rules.ts";

/** A field's value with the name of the policy that it comes from; null where none sets it. */
export interface EffectiveField {
  value: unknown;
  policy: string | null;
}

/** Policies by rank: for each field the first one counts that matches and sets it. */
export class PolicySet {
  readonly policies: readonly Policy[];

  constructor(policies: Iterable<Policy>) {
    this.policies = [...policies].sort(byRank);
  }

  topicRules(topic: string): TopicRules {
    return topicRules(valuesOf(this.#ofTopic(topic)));
  }

  channelRules(topic: string, channel: string): ChannelRules {
    return channelRules(valuesOf(this.#ofChannel(topic, channel)));
  }

  /** What is in force at a topic, or with `channel` at that channel of it too, field by field. */
  effective(topic: string, channel: string | undefined): Record<string, EffectiveField> {
    const set = this.#ofTopic(topic);
    if (channel !== undefined) this.#ofChannel(topic, channel).forEach((v, k) => set.set(k, v));
    const fields = [...TOPIC_FIELDS, ...(channel === undefined ? [] : CHANNEL_FIELDS)];
    return Object.fromEntries(
      fields.map(([name, { unset }]) => [name, set.get(name) ?? { value: unset, policy: null }]),
    );
  }

  #ofTopic(topic: string): Map<string, EffectiveField> {
    return settings(TOPIC_FIELDS, this.policies.filter((each) => each.topic.matches(topic)));
  }

  #ofChannel(topic: string, channel: string): Map<string, EffectiveField> {
    const matching = this.policies.filter((each) =>
      each.topic.matches(topic) && each.channel.matches(channel)
    );
    return settings(CHANNEL_FIELDS, matching);
  }
}

/** The highest priority first; of equal ones the longer topic pattern, then by name. */
function byRank(a: Policy, b: Policy): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const longer = b.topic.pattern.length - a.topic.pattern.length;
  return longer !== 0 ? longer : a.name < b.name ? -1 : 1;
}

/** What the first of `policies` says about each of `fields`. */
function settings(
  fields: ReadonlyMap<string, unknown>,
  policies: readonly Policy[],
): Map<string, EffectiveField> {
  const found = new Map<string, EffectiveField>();
  for (const { name: policy, set } of policies) {
    for (const [name, value] of set) {
      if (fields.has(name) && !found.has(name)) found.set(name, { value, policy });
    }
  }
  return found;
}

function valuesOf(found: ReadonlyMap<string, EffectiveField>): ReadonlyMap<string, unknown> {
  return new Map([...found].map(([name, { value }]) => [name, value]));
}
