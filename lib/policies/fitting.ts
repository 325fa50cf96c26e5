import { duration } from "../cli/kind.ts";
import { type Policy, PolicyError } from "./policy.ts";

const DURATION = duration({ min: 0 });

/** A field that does nothing unless one of others is set, in the same policy or another. */
const COMPANIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["overflow", ["max_depth", "max_bytes"]],
  ["expired", ["max_age"]],
  ["idle_expiry_backlog", ["idle_expiry"]],
]);

/** Whether a policy has a field that does nothing unless another policy helps: that one has to be put first. */
export function needsOthers(set: Readonly<Record<string, unknown>>): boolean {
  return [...COMPANIONS].some(([name, others]) =>
    Object.hasOwn(set, name) && !others.some((other) => Object.hasOwn(set, other))
  );
}

/** @param all the policies that there will be @throws PolicyError if a field of `policy` would do nothing */
export function checkCompanions(policy: Policy, all: readonly Policy[]): void {
  for (const [name, others] of COMPANIONS) {
    if (!policy.set.has(name)) continue;
    const isSet = all.some(({ set }) => others.some((other) => set.has(other)));
    if (isSet) continue;
    throw new PolicyError(
      ["set", name],
      `does nothing where no policy sets ${others.join(" or ")}`,
    );
  }
}

/** @throws PolicyError if a step of the backoff is longer than `maxMs` */
export function checkBackoff(policy: Policy, maxMs: number): void {
  const long = backoffOf(policy).find((each) => msOf(each) > maxMs);
  if (long === undefined) return;
  const max = DURATION.format(maxMs);
  throw new PolicyError(["set", "backoff"], `${long} is longer than --max-req-timeout, ${max}`);
}

/** The policy with a backoff of no more than `maxMs` at each step; itself if it has. */
export function withBackoffUpTo(policy: Policy, maxMs: number): Policy {
  const steps = backoffOf(policy);
  if (steps.every((each) => msOf(each) <= maxMs)) return policy;
  const max = DURATION.format(maxMs);
  const backoff = steps.map((each) => msOf(each) > maxMs ? max : each);
  return { ...policy, set: new Map([...policy.set, ["backoff", backoff]]) };
}

function backoffOf({ set }: Policy): readonly string[] {
  return (set.get("backoff") ?? []) as string[];
}

function msOf(text: string): number {
  return DURATION.fromFlags([text]);
}
