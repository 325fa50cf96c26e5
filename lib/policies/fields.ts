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
  /** What it takes, as a command line writes it. */
  readonly takes: string;
  /** What it does, for help texts. */
  readonly help: string;
}

/** Of {@link Field.takes}: `true` and `false` in JSON. */
export const YES_OR_NO = "yes|no";
/** Of {@link Field.takes}: a text in JSON. */
export const A_DURATION = "duration";
/** Of {@link Field.takes}: a list of texts in JSON. */
export const DURATIONS = "duration,duration…";

const MAX_BACKOFF_STEPS = 100;
const MAX_ATTEMPTS = 65_535;

const notNegative = duration({ min: 0 });
const positive = duration({ above: 0 });
const size = byteSize();

const DEAD_LETTER = "bury|drop|topic:NAME";
const EXPIRED = ["drop", "dead_letter"] as const;
const OVERFLOW = ["reject", "drop_oldest", "dead_letter"] as const;

/** By name. */
export const TOPIC_FIELDS: ReadonlyMap<string, Field<TopicRules>> = new Map([
  [
    "durable",
    onTopic(
      "durable",
      false,
      readBoolean,
      YES_OR_NO,
      "is kept in a journal; beats --durable of nsqd",
    ),
  ],
  [
    "retain_age",
    onTopic(
      "retainAgeMs",
      "0s",
      readDuration,
      A_DURATION,
      "how long a durable topic keeps its past; beats --retain-age",
    ),
  ],
  [
    "retain_bytes",
    onTopic(
      "retainBytes",
      0,
      readSize,
      "size",
      "how much of its past it keeps, such as 10GB; beats --retain-bytes",
    ),
  ],
  [
    "dedup_window",
    onTopic(
      "dedupWindowMs",
      "0s",
      readDuration,
      A_DURATION,
      "a message whose key (key= of /pub, PUB topic KEY) came within so long is left out",
    ),
  ],
]);

/** By name. */
export const CHANNEL_FIELDS: ReadonlyMap<string, Field<ChannelRules>> = new Map([
  [
    "max_attempts",
    onChannel(
      "maxAttempts",
      null,
      (value) => readNumber(value, MAX_ATTEMPTS),
      "number",
      "a message that comes back after so many deliveries is dead",
    ),
  ],
  [
    "backoff",
    onChannel(
      "backoffMs",
      [],
      readBackoff,
      DURATIONS,
      "least delay before each redelivery; the last one repeats",
    ),
  ],
  [
    "dead_letter",
    onChannel(
      "deadLetter",
      "bury",
      readDeadLetter,
      DEAD_LETTER,
      "what is dead is kept aside in its channel, dropped, or published to NAME",
    ),
  ],
  [
    "max_age",
    onChannel(
      "maxAgeMs",
      null,
      readPositiveDuration,
      A_DURATION,
      "what has waited for longer is expired",
    ),
  ],
  [
    "expired",
    onChannel(
      "expired",
      "drop",
      (value) => readWord(value, EXPIRED),
      EXPIRED.join("|"),
      "what is older than max_age is dropped, or dead",
    ),
  ],
  [
    "max_depth",
    onChannel(
      "maxDepth",
      null,
      readNumber,
      "number",
      "messages that may wait; more are too many, see overflow",
    ),
  ],
  [
    "max_bytes",
    onChannel(
      "maxBytes",
      null,
      readPositiveSize,
      "size",
      "bytes of bodies that may wait, such as 10GB",
    ),
  ],
  [
    "overflow",
    onChannel(
      "overflow",
      "reject",
      (value) => readWord(value, OVERFLOW),
      OVERFLOW.join("|"),
      "above max_depth or max_bytes: publishers are refused, or the oldest are dropped or dead",
    ),
  ],
  [
    "idle_expiry",
    onChannel(
      "idleExpiryMs",
      null,
      readPositiveDuration,
      A_DURATION,
      "a channel without a consumer for so long is deleted, unless it holds messages",
    ),
  ],
  [
    "idle_expiry_backlog",
    onChannel(
      "idleExpiryBacklog",
      false,
      readBoolean,
      YES_OR_NO,
      "is deleted though it holds messages, which are gone with it",
    ),
  ],
  [
    "requeue_on_disconnect",
    onChannel(
      "requeueOnDisconnect",
      false,
      readBoolean,
      YES_OR_NO,
      "what a lost connection had in flight is queued again at once, not after its timeout",
    ),
  ],
  [
    "rate",
    onChannel(
      "ratePerSecond",
      null,
      readNumber,
      "number",
      "at most so many deliveries a second, all consumers together, on each broker",
    ),
  ],
  [
    "single_consumer",
    onChannel(
      "singleConsumer",
      false,
      readBoolean,
      YES_OR_NO,
      "one consumer at a time gets messages, the others stand by",
    ),
  ],
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
  takes: string,
  help: string,
): Field<TopicRules> {
  return { rule, unset, read, takes, help };
}

function onChannel<K extends keyof ChannelRules>(
  rule: K,
  unset: unknown,
  read: (value: unknown) => ChannelRules[K],
  takes: string,
  help: string,
): Field<ChannelRules> {
  return { rule, unset, read, takes, help };
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
