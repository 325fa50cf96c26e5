/**
 * What a policy can set: each field's name, what it is on, and how its value is read.
 * @module
 */
import { byteSize, duration } from "../cli/kind.ts";
import { ValueError } from "../value_error.ts";
import { isEphemeralName, isValidName } from "../wire/names.ts";
import {
  type ChannelRules,
  type DeadLetter,
  NO_CHANNEL_RULES,
  NO_TOPIC_RULES,
  type TopicRules,
} from "./rules.ts";

/** One field of a policy's `set`. */
export interface Field<Rules> {
  /** Which of the rules it is. */
  readonly rule: keyof Rules;
  /** What it is where no policy sets it, as a policy would write it. */
  readonly unset: unknown;
  /** @throws ValueError with the reason why `value` will not do */
  readonly read: (value: unknown) => Rules[keyof Rules];
}

const MAX_BACKOFF_STEPS = 100;
const MAX_ATTEMPTS = 65_535;

const notNegative = duration({ min: 0 });
const positive = duration({ above: 0 });
const size = byteSize();

/** By name. */
export const TOPIC_FIELDS: ReadonlyMap<string, Field<TopicRules>> = new Map([
  ["durable", onTopic("durable", false, readBoolean)],
  ["retain_age", onTopic("retainAgeMs", "0s", readDuration)],
  ["retain_bytes", onTopic("retainBytes", 0, readSize)],
  ["dedup_window", onTopic("dedupWindowMs", "0s", readDuration)],
]);

/** By name. */
export const CHANNEL_FIELDS: ReadonlyMap<string, Field<ChannelRules>> = new Map([
  ["max_attempts", onChannel("maxAttempts", null, (value) => readNumber(value, MAX_ATTEMPTS))],
  ["backoff", onChannel("backoffMs", [], readBackoff)],
  ["dead_letter", onChannel("deadLetter", "bury", readDeadLetter)],
  ["max_age", onChannel("maxAgeMs", null, readPositiveDuration)],
  ["expired", onChannel("expired", "drop", (value) => readWord(value, ["drop", "dead_letter"]))],
  ["max_depth", onChannel("maxDepth", null, readNumber)],
  ["max_bytes", onChannel("maxBytes", null, readPositiveSize)],
  [
    "overflow",
    onChannel(
      "overflow",
      "reject",
      (value) => readWord(value, ["reject", "drop_oldest", "dead_letter"]),
    ),
  ],
  ["idle_expiry", onChannel("idleExpiryMs", null, readPositiveDuration)],
  ["idle_expiry_backlog", onChannel("idleExpiryBacklog", false, readBoolean)],
  ["requeue_on_disconnect", onChannel("requeueOnDisconnect", false, readBoolean)],
  ["rate", onChannel("ratePerSecond", null, readNumber)],
  ["single_consumer", onChannel("singleConsumer", false, readBoolean)],
]);

/** The rules that these values make; those given by nobody are as without policies. */
export function channelRules(values: ReadonlyMap<string, unknown>): ChannelRules {
  return rulesOf(CHANNEL_FIELDS, values, NO_CHANNEL_RULES);
}

/** As {@link channelRules}. */
export function topicRules(values: ReadonlyMap<string, unknown>): TopicRules {
  return rulesOf(TOPIC_FIELDS, values, NO_TOPIC_RULES);
}

function onTopic<K extends keyof TopicRules>(
  rule: K,
  unset: unknown,
  read: (value: unknown) => TopicRules[K],
): Field<TopicRules> {
  return { rule, unset, read };
}

function onChannel<K extends keyof ChannelRules>(
  rule: K,
  unset: unknown,
  read: (value: unknown) => ChannelRules[K],
): Field<ChannelRules> {
  return { rule, unset, read };
}

function rulesOf<Rules extends object>(
  fields: ReadonlyMap<string, Field<Rules>>,
  values: ReadonlyMap<string, unknown>,
  none: Rules,
): Rules {
  if (values.size === 0) return none;
  const rules = { ...none };
  for (const [name, value] of values) {
    const { rule, read } = fields.get(name)!;
    rules[rule] = read(value);
  }
  return Object.freeze(rules);
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw wrong("true or false", value);
  return value;
}

function readNumber(value: unknown, max = Number.MAX_SAFE_INTEGER): number {
  const isWhole = typeof value === "number" && Number.isSafeInteger(value);
  if (!isWhole || value < 1 || value > max) {
    throw wrong(`a whole number from 1 to ${max}`, value);
  }
  return value;
}

function readDuration(value: unknown, kind = notNegative): number {
  if (typeof value !== "string") throw wrong('a duration in quotes, such as "90s" or "24h"', value);
  return kind.fromFlags([value]);
}

function readPositiveDuration(value: unknown): number {
  return readDuration(value, positive);
}

function readSize(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value !== "string") throw wrong('a number of bytes, such as 1000000 or "10GB"', value);
  return size.fromFlags([value]);
}

function readPositiveSize(value: unknown): number {
  const bytes = readSize(value);
  if (bytes === 0) throw wrong("more than 0 bytes", value);
  return bytes;
}

function readWord<Word extends string>(value: unknown, words: readonly Word[]): Word {
  const word = words.find((each) => each === value);
  if (word === undefined) throw wrong(`one of ${words.join(", ")}`, value);
  return word;
}

function readBackoff(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_BACKOFF_STEPS) {
    throw wrong(`a list of 1 to ${MAX_BACKOFF_STEPS} durations, such as ["1s", "1m"]`, value);
  }
  return Object.freeze(value.map((each) => readDuration(each)));
}

function readDeadLetter(value: unknown): DeadLetter {
  if (value === "bury" || value === "drop") return Object.freeze({ kind: value });
  const topic = typeof value === "string" && value.startsWith("topic:")
    ? value.slice("topic:".length)
    : null;
  if (topic === null) throw wrong("bury, drop, or topic: and the name of one", value);
  if (!isValidName(topic)) throw wrong("topic: and a valid name", value);
  if (isEphemeralName(topic)) throw wrong("a topic that is not ephemeral", value);
  return Object.freeze({ kind: "topic", topic });
}

function wrong(wanted: string, value: unknown): ValueError {
  const shown = JSON.stringify(value) ?? "nothing";
  const short = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
  return new ValueError(`expected ${wanted}, not ${short}`);
}
