import { compileGoPattern } from "../../cli/go_pattern.ts";

/** Topics whose permission to publish is remembered, per connection. */
const MAX_REMEMBERED_TOPICS = 1000;

/** What an auth server says of a client. */
export interface AuthAnswer {
  /** How long it holds, in seconds, more than 0. */
  readonly ttlSeconds: number;
  readonly identity: string;
  readonly identityUrl: string;
  readonly authorizations: readonly Authorization[];
}

/** What may be done with topics of these names. */
export interface Authorization {
  readonly topic: RegExp;
  /** One of them must match: the channel's name, or for publishing the empty string. */
  readonly channels: readonly RegExp[];
  readonly canSubscribe: boolean;
  readonly canPublish: boolean;
}

/**
 * Checks what an auth server answered. As the reference reads it: keys match whatever their case, what is missing or null is empty.
 * @throws Error that says what is wrong
 */
export function parseAuthAnswer(json: unknown): AuthAnswer {
  const answer = fieldsOf(json);
  const ttlSeconds = numberOf(answer.get("ttl"), "ttl");
  const authorizations = listOf(answer.get("authorizations"), "authorizations").map(
    parseAuthorization,
  );
  if (ttlSeconds <= 0) throw new Error(`invalid TTL ${ttlSeconds} (must be >0)`);
  return {
    ttlSeconds,
    authorizations,
    identity: textOf(answer.get("identity"), "identity"),
    identityUrl: textOf(answer.get("identity_url"), "identity_url"),
  };
}

function parseAuthorization(json: unknown): Authorization {
  const fields = fieldsOf(json);
  const permissions = listOf(fields.get("permissions"), "permissions");
  const unknown = permissions.find((each) => each !== "subscribe" && each !== "publish");
  if (unknown !== undefined) throw new Error(`unknown permission ${unknown}`);
  return {
    topic: compileGoPattern(textOf(fields.get("topic"), "topic")),
    channels: listOf(fields.get("channels"), "channels")
      .map((channel) => compileGoPattern(textOf(channel, "channel"))),
    canSubscribe: permissions.includes("subscribe"),
    canPublish: permissions.includes("publish"),
  };
}

/** What one client may do. */
export class Permissions {
  readonly #publishable = new Map<string, boolean>();

  constructor(readonly answer: AuthAnswer, readonly expiresMs: number) {}

  mayPublish(topic: string): boolean {
    const known = this.#publishable.get(topic);
    if (known !== undefined) return known;
    const allowed = this.answer.authorizations.some((each) =>
      each.canPublish && matches(each, topic, "")
    );
    if (this.#publishable.size >= MAX_REMEMBERED_TOPICS) this.#publishable.clear();
    this.#publishable.set(topic, allowed);
    return allowed;
  }

  maySubscribe(topic: string, channel: string): boolean {
    return this.answer.authorizations.some((each) =>
      each.canSubscribe && matches(each, topic, channel)
    );
  }
}

function matches({ topic, channels }: Authorization, topicName: string, channel: string): boolean {
  return topic.test(topicName) && channels.some((pattern) => pattern.test(channel));
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
