import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Glob, matchesSomeName } from "../policies/glob.ts";
import { systemReason } from "../system_reason.ts";
import { type Role, ROLES } from "./roles.ts";

/** Shorter ones can be tried out. */
const MIN_TOKEN_LENGTH = 16;

const FIELDS = ["name", "token", "sha256", "roles", "topics"];

/** Whom a token stands for. */
export interface Holder {
  /** For people: in refusals, never compared. */
  readonly name: string;
  readonly roles: ReadonlySet<Role>;
  /** Patterns of the topics that it is for; null for all, and for calls that are about none. */
  readonly topics: readonly Glob[] | null;
}

interface Entry extends Holder {
  /** SHA-256 of the token, in small hexadecimal digits. */
  readonly digest: string;
}

/** The tokens of a file, which can be read again. */
export class Tokens {
  readonly path: string;
  #byDigest: ReadonlyMap<string, Holder> = new Map();
  /** Of tokens that were shown, and are right: a digest takes as long as a fifth of the rest of a publish. */
  readonly #shown = new Map<string, Holder>();

  constructor(path: string) {
    this.path = path;
  }

  /** Reads the file. @throws Error that names it, and what is wrong: what was read before holds then */
  load(): void {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      throw new Error(`--http-auth-file: cannot read ${this.path}: ${systemReason(error)}`, {
        cause: error,
      });
    }
    try {
      this.#byDigest = new Map(parseTokens(text).map((entry) => [entry.digest, entry]));
      this.#shown.clear();
    } catch (error) {
      throw new Error(`--http-auth-file: ${this.path}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /**
   * Whose token it is; null if nobody's. Tokens are found by hashes, those of the map that begins with a secret of the process: how long it
   * takes tells nobody how much of one is right.
   */
  find(token: string): Holder | null {
    const known = this.#shown.get(token);
    if (known !== undefined) return known;
    const holder = this.#byDigest.get(sha256(token));
    if (holder === undefined) return null;
    this.#shown.set(token, holder);
    return holder;
  }
}

/** @throws Error that says what is wrong, and quotes no token */
function parseTokens(text: string): Entry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const at = /position \d+/.exec((error as Error).message)?.[0]; // the rest may quote a token
    throw new Error(`no JSON${at === undefined ? "" : ` at ${at}`}`, { cause: error });
  }
  const list = (json as { tokens?: unknown } | null)?.tokens;
  if (!Array.isArray(list)) throw new Error('expected { "tokens": [ … ] }');
  const entries = list.map(parseEntry);
  for (const [at, { name, digest }] of entries.entries()) {
    const before = entries.slice(0, at);
    if (before.some((each) => each.name === name)) throw new Error(`there are two of ${name}`);
    const twin = before.find((each) => each.digest === digest);
    if (twin !== undefined) throw new Error(`${twin.name} and ${name} have the same token`);
  }
  return entries;
}

function parseEntry(value: unknown, at: number): Entry {
  const entry = (value ?? {}) as Record<string, unknown>;
  const { name, roles, topics } = entry;
  if (typeof name !== "string" || name === "") throw new Error(`token ${at + 1}: it needs a name`);
  const unknown = Object.keys(entry).find((each) => !FIELDS.includes(each));
  if (unknown !== undefined) throw new Error(`${name}: unknown field ${unknown}`);
  if (!Array.isArray(roles) || roles.length === 0 || !roles.every((each) => ROLES.includes(each))) {
    throw new Error(`${name}: roles must be a list of ${ROLES.join(", ")}`);
  }
  return {
    name,
    digest: digestOf(name, entry),
    roles: new Set(roles),
    topics: globs(name, topics),
  };
}

function digestOf(name: string, { token, sha256: hash }: Record<string, unknown>): string {
  if ((token === undefined) === (hash === undefined)) {
    throw new Error(`${name}: it needs a token or its sha256, one of both`);
  }
  if (token !== undefined) {
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw new Error(`${name}: token must be one word of ASCII`);
    }
    if (token.length < MIN_TOKEN_LENGTH) {
      throw new Error(`${name}: token must have ${MIN_TOKEN_LENGTH} characters or more`);
    }
    return sha256(token);
  }
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/i.test(hash)) {
    throw new Error(`${name}: sha256 must have 64 hexadecimal digits`);
  }
  return hash.toLowerCase();
}

function globs(name: string, topics: unknown): Glob[] | null {
  if (topics === undefined) return null;
  const isList = Array.isArray(topics) && topics.length > 0;
  if (!isList || !topics.every((each) => typeof each === "string" && matchesSomeName(each))) {
    throw new Error(`${name}: topics must be a list of patterns such as orders.*`);
  }
  return topics.map((pattern) => new Glob(pattern));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
