import { writtenOutLength } from "../../go/pattern_length.ts";
import type { Patterns } from "./patterns.ts";

/** More patterns, or longer ones in sum, with repetitions written out, are not taken: a check may have to compile all of them. */
const MAX_PATTERNS = 1000;
const MAX_PATTERN_CHARACTERS = 64 * 1024;

/** For how long patterns are compiled before others get their turn, in ms. */
const TURN_MS = 10;

/** What an auth server says of a client. */
export interface AuthAnswer {
  /** How long it holds, in seconds, more than 0. */
  readonly ttlSeconds: number;
  readonly identity: string;
  readonly identityUrl: string;
  readonly authorizations: readonly Authorization[];
}

/** What may be done with topics of these names. Patterns are Go's, and were compiled once. */
export interface Authorization {
  readonly topic: string;
  /** One of them must match: the channel's name, or for publishing the empty string. */
  readonly channels: readonly string[];
  readonly canSubscribe: boolean;
  readonly canPublish: boolean;
}

/**
 * Checks what an auth server answered. As the reference reads it: keys match whatever their case, what is missing or null is empty.
 * @throws Error that says what is wrong
 */
export async function parseAuthAnswer(json: unknown, patterns: Patterns): Promise<AuthAnswer> {
  const answer = fieldsOf(json);
  const ttlSeconds = numberOf(answer.get("ttl"), "ttl");
  const authorizations = listOf(answer.get("authorizations"), "authorizations").map(
    parseAuthorization,
  );
  if (ttlSeconds <= 0) throw new Error(`invalid TTL ${ttlSeconds} (must be >0)`);
  await checkPatterns(authorizations, patterns);
  return {
    ttlSeconds,
    authorizations,
    identity: textOf(answer.get("identity"), "identity"),
    identityUrl: textOf(answer.get("identity_url"), "identity_url"),
  };
}

async function checkPatterns(
  authorizations: readonly Authorization[],
  patterns: Patterns,
): Promise<void> {
  const texts = new Set(authorizations.flatMap(({ topic, channels }) => [topic, ...channels]));
  let given = 0;
  for (const text of texts) given += text.length;
  let characters = given;
  if (given <= MAX_PATTERN_CHARACTERS) { // else it is too long to look at
    characters = 0;
    for (const text of texts) characters += writtenOutLength(text);
  }
  if (texts.size > MAX_PATTERNS || characters > MAX_PATTERN_CHARACTERS) {
    const as = characters > given ? ", with repetitions written out," : "";
    throw new Error(
      `${texts.size} patterns of ${characters} characters${as} are too many ` +
        `(at most ${MAX_PATTERNS} of ${MAX_PATTERN_CHARACTERS})`,
    );
  }
  let turnEndsMs = performance.now() + TURN_MS;
  for (const text of texts) {
    patterns.get(text);
    if (performance.now() < turnEndsMs) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    turnEndsMs = performance.now() + TURN_MS;
  }
}

function parseAuthorization(json: unknown): Authorization {
  const fields = fieldsOf(json);
  const permissions = listOf(fields.get("permissions"), "permissions");
  const unknown = permissions.find((each) => each !== "subscribe" && each !== "publish");
  if (unknown !== undefined) throw new Error(`unknown permission ${unknown}`);
  return {
    topic: textOf(fields.get("topic"), "topic"),
    channels: listOf(fields.get("channels"), "channels")
      .map((channel) => textOf(channel, "channel")),
    canSubscribe: permissions.includes("subscribe"),
    canPublish: permissions.includes("publish"),
  };
}

/** The fields of a JSON object by lower-case name. */
function fieldsOf(json: unknown): Map<string, unknown> {
  if (json === null) return new Map();
  if (typeof json !== "object" || Array.isArray(json)) {
    throw new Error(`unexpected ${JSON.stringify(json)}`);
  }
  return new Map(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value]));
}

function listOf(value: unknown, name: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value;
}

function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new Error(`${name} is not a string`);
  return value;
}

function numberOf(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0;
  if (!Number.isSafeInteger(value)) throw new Error(`${name} is not an integer`);
  return value as number;
}
