import { ValueError } from "../value_error.ts";
import { CHANNEL_FIELDS, TOPIC_FIELDS } from "./fields.ts";
import { Glob, matchesSomeName } from "./glob.ts";

/** What becomes of messages in the topics and channels that it matches. */
export interface Policy {
  readonly name: string;
  readonly topic: Glob;
  /** Does not count for what is set on topics. */
  readonly channel: Glob;
  /** For each field the matching policy with the highest counts. */
  readonly priority: number;
  /** By name, as given; all of it can be read. */
  readonly set: ReadonlyMap<string, unknown>;
}

/** A policy as it is written. */
export interface PolicyJson {
  name: string;
  topic: string;
  channel: string;
  priority: number;
  set: Record<string, unknown>;
}

/** Something in a policy will not do. The message begins with the field's name. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";

  /** @param path where it stands in the policy's JSON; empty for the policy itself */
  constructor(readonly path: readonly string[], reason: string) {
    super(path.length === 0 ? reason : `${path.at(-1)}: ${reason}`);
  }
}

const NAME = /^[.a-zA-Z0-9_-]{1,64}$/;
const MAX_PATTERN_LENGTH = 64;
const KEYS = ["name", "topic", "channel", "priority", "set"];

/** Reads a policy. @throws PolicyError */
export function parsePolicy(json: unknown): Policy {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PolicyError([], `a policy is an object with ${KEYS.join(", ")}`);
  }
  const unknown = Object.keys(json).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new PolicyError([unknown], `unknown field, a policy has ${KEYS.join(", ")}`);
  }
  const { name, topic, channel = "*", priority = 0, set } = json as Partial<
    Record<keyof PolicyJson, unknown>
  >;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new PolicyError(["name"], "expected 1 to 64 characters of .a-zA-Z0-9_-");
  }
  if (!Number.isSafeInteger(priority)) {
    throw new PolicyError(["priority"], "expected a whole number");
  }
  return {
    name,
    topic: readGlob("topic", topic),
    channel: readGlob("channel", channel),
    priority: priority as number,
    set: readSet(set),
  };
}

/** The policy as it is written. */
export function policyJson({ name, topic, channel, priority, set }: Policy): PolicyJson {
  return {
    name,
    topic: topic.pattern,
    channel: channel.pattern,
    priority,
    set: Object.fromEntries(set),
  };
}

function readGlob(key: string, pattern: unknown): Glob {
  if (
    typeof pattern !== "string" || pattern.length > MAX_PATTERN_LENGTH || !matchesSomeName(pattern)
  ) {
    throw new PolicyError(
      [key],
      "expected a pattern that valid names match, such as orders.*: * stands for any characters, ? for one",
    );
  }
  return new Glob(pattern);
}

function readSet(set: unknown): ReadonlyMap<string, unknown> {
  if (typeof set !== "object" || set === null || Array.isArray(set)) {
    throw new PolicyError(["set"], 'expected an object such as { "max_attempts": 5 }');
  }
  const values = new Map(Object.entries(set));
  if (values.size === 0) {
    throw new PolicyError(["set"], "names no field, and a policy sets one at least");
  }
  for (const [name, value] of values) {
    const field = TOPIC_FIELDS.get(name) ?? CHANNEL_FIELDS.get(name);
    try {
      if (field === undefined) {
        const known = [...TOPIC_FIELDS.keys(), ...CHANNEL_FIELDS.keys()].join(", ");
        throw new ValueError(`unknown field, known are ${known}`);
      }
      field.read(value);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new PolicyError(["set", name], error.message);
    }
  }
  return values;
}
