import { CHANNEL_FIELDS } from "./fields.ts";
import type { Policy } from "./policy.ts";
import type { PolicySet } from "./policy_set.ts";
import type { DeadLetter } from "./rules.ts";

/**
 * The topics that a dead message would go round in, the first one repeated at the end; null if there are none. Channels that do not exist yet count
 * too, so a policy is left out only where one before it is for all the channels that it is for.
 */
export function deadLetterCycle({ policies }: PolicySet): readonly string[] | null {
  const deadLetters = policies.filter(({ set }) => set.has("dead_letter"));
  const next = new Map<string, readonly string[]>();
  for (const policy of deadLetters) {
    const topic = targetOf(policy);
    if (topic !== null) next.set(topic, targetsFrom(topic, deadLetters));
  }
  const done = new Set<string>();
  const visit = (topic: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(topic)) return [...path.slice(path.indexOf(topic)), topic];
    if (done.has(topic)) return null;
    for (const target of next.get(topic) ?? []) {
      const cycle = visit(target, [...path, topic]);
      if (cycle !== null) return cycle;
    }
    done.add(topic);
    return null;
  };
  for (const topic of next.keys()) {
    const cycle = visit(topic, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Where the dead messages of a topic's channels may go. @param policies by rank */
function targetsFrom(topic: string, policies: readonly Policy[]): readonly string[] {
  const targets: string[] = [];
  const before = new Set<string>();
  for (const policy of policies) {
    if (!policy.topic.matches(topic)) continue;
    const { pattern } = policy.channel;
    const target = targetOf(policy);
    if (target !== null && !before.has(pattern)) targets.push(target);
    before.add(pattern);
    if (pattern === "*") break;
  }
  return targets;
}

function targetOf({ set }: Policy): string | null {
  const deadLetter = CHANNEL_FIELDS.get("dead_letter")!.read(set.get("dead_letter")) as DeadLetter;
  return deadLetter.kind === "topic" ? deadLetter.topic : null;
}
