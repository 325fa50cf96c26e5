import { type Definitions, exactly, type PolicyDefinition } from "./definitions.ts";
import type { Value } from "../session/item.ts";

/** One way in which two definitions differ. */
export interface Difference {
  readonly kind: "topic" | "channel" | "policy";
  readonly topic?: string;
  /** Of the channel or the policy. */
  readonly name: string;
  /** `missing`: only wanted. `extra`: only there. `changed`: both, but not the same. */
  readonly change: "missing" | "extra" | "changed";
  readonly wanted?: Value;
  readonly there?: Value;
}

/** What would have to change for `there` to be as `wanted`. */
export function compare(wanted: Definitions, there: Definitions): Difference[] {
  return [...compareTopics(wanted, there), ...comparePolicies(wanted, there)];
}

function compareTopics(wanted: Definitions, there: Definitions): Difference[] {
  return pairs(wanted.topics, there.topics, ({ topic }) => topic).flatMap((
    [topic, left, right],
  ) => [
    ...onOne("topic", topic, left, right),
    ...pausedDifference("topic", topic, left, right),
    ...pairs(left?.channels ?? [], right?.channels ?? [], ({ channel }) => channel)
      .flatMap(([channel, inLeft, inRight]) =>
        [
          ...onOne("channel", channel, inLeft, inRight),
          ...pausedDifference("channel", channel, inLeft, inRight),
        ].map((difference) => ({ ...difference, topic }))
      ),
  ]);
}

function comparePolicies(wanted: Definitions, there: Definitions): Difference[] {
  return pairs(wanted.policies, there.policies, ({ name }) => name).flatMap(
    ([name, left, right]) => {
      if (left === undefined || right === undefined) return onOne("policy", name, left, right);
      if (exactly(left) === exactly(right)) return [];
      return [{
        kind: "policy",
        name,
        change: "changed",
        wanted: shown(left),
        there: shown(right),
      }];
    },
  );
}

function shown({ topic, channel, priority, set }: PolicyDefinition): Value {
  return { topic, channel, priority, set };
}

/** Each name of both lists, sorted, with what either has. */
function pairs<T>(
  left: readonly T[],
  right: readonly T[],
  nameOf: (each: T) => string,
): [name: string, left: T | undefined, right: T | undefined][] {
  const ofLeft = new Map(left.map((each) => [nameOf(each), each]));
  const ofRight = new Map(right.map((each) => [nameOf(each), each]));
  const names = [...new Set([...ofLeft.keys(), ...ofRight.keys()])].sort();
  return names.map((name) => [name, ofLeft.get(name), ofRight.get(name)]);
}

function onOne(
  kind: Difference["kind"],
  name: string,
  left: unknown,
  right: unknown,
): Difference[] {
  if ((left === undefined) === (right === undefined)) return [];
  return [{ kind, name, change: left === undefined ? "extra" : "missing" }];
}

/** Whether it is paused counts where it is wanted; what is not there does flow. */
function pausedDifference(
  kind: "topic" | "channel",
  name: string,
  wanted: { readonly paused: boolean } | undefined,
  there: { readonly paused: boolean } | undefined,
): Difference[] {
  if (wanted === undefined || wanted.paused === (there?.paused ?? false)) return [];
  const words = (paused: boolean) => paused ? "paused" : "flowing";
  return [{
    kind,
    name,
    change: "changed",
    wanted: words(wanted.paused),
    there: words(!wanted.paused),
  }];
}
