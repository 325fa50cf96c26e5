import type { Guard, RequestContext } from "../http/api.ts";
import { HttpError } from "../http/http_error.ts";
import { queryOf } from "../http/parameters.ts";
import type { Logger } from "../log/logger.ts";
import type { Reloadable } from "../process/reloading.ts";
import { isValidName } from "../wire/names.ts";
import { includes, type Need, type Needs, type Role } from "./roles.ts";
import { type Holder, Tokens } from "./tokens.ts";

const BEARER = /^Bearer +(\S+) *$/i;
/** At the end of a need. */
const FOR_TOPIC = " for topic";

const BASIC = /^Basic +(\S+) *$/i;

/** What {@link openGuard} needs. */
export interface GuardOptions {
  /** `--http-auth-file`; "" for everybody may do everything. */
  readonly path: string;
  /** Of every route that there is. */
  readonly needs: Needs;
  readonly logger: Logger;
  /** Browsers ask people for the token, as a password: for pages. */
  readonly asksPeople?: boolean;
}

/** The guard of an API; null where everybody may do everything. @throws Error that says what is wrong with the file */
export function openGuard(options: GuardOptions): TokenGuard | null {
  if (options.path === "") return null;
  const tokens = new Tokens(options.path);
  tokens.load();
  return new TokenGuard(tokens, options);
}

/** Lets requests pass that show a token whose roles and topics are for the call. */
export class TokenGuard implements Guard {
  readonly #tokens: Tokens;
  readonly #options: GuardOptions;

  constructor(tokens: Tokens, options: GuardOptions) {
    this.#tokens = tokens;
    this.#options = options;
  }

  /** @throws Error for a route of which the table says nothing: a mistake of whoever has added it */
  forRoute(method: string, path: string): ((context: RequestContext) => void) | null {
    const need: Need | undefined = this.#options.needs[`${method} ${path}`];
    if (need === undefined) throw new Error(`no role is named for ${method} ${path}`);
    if (need === "nothing") return null;
    const [role, isForTopic] = need.endsWith(FOR_TOPIC)
      ? [need.slice(0, -FOR_TOPIC.length) as Role, true]
      : [need as Role, false];
    return (context) => this.demand(context, role, isForTopic);
  }

  /**
   * For what a request turns out to ask for.
   * @param isForTopic whether it is about the topic that it names, and about nothing else
   * @throws HttpError 401 without a token that is known, 403 if it is not for that
   */
  demand(context: RequestContext, role: Role, isForTopic: boolean): void {
    const holder = this.#holderOf(context.req.header("Authorization") ?? "");
    const { name, roles, topics } = holder;
    if (!includes(roles, role)) {
      const has = [...roles].join(", ");
      throw new HttpError(403, `FORBIDDEN: this takes the role ${role}, and ${name} has ${has}`);
    }
    if (topics === null) return;
    if (!isForTopic) {
      throw new HttpError(403, `FORBIDDEN: ${name} is for some topics, and this is about all`);
    }
    const topic = context.req.param("topic") ??
      queryOf(context, this.#options.logger).get("topic") ?? "";
    // Some calls take a word that is no name for all topics.
    if (!isValidName(topic) || !topics.some((glob) => glob.matches(topic))) {
      const patterns = topics.map(({ pattern }) => pattern).join(", ");
      throw new HttpError(403, `FORBIDDEN: ${name} is for topics that match ${patterns}`);
    }
  }

  /** The file, for those who have it read again. */
  reloadable(): Reloadable {
    const tokens = this.#tokens;
    return { what: "HTTP tokens", files: [tokens.path], reload: () => tokens.load() };
  }

  #holderOf(authorization: string): Holder {
    const { asksPeople = false } = this.#options;
    const token = BEARER.exec(authorization)?.[1] ??
      (asksPeople ? passwordIn(authorization) : undefined);
    const holder = token === undefined ? null : this.#tokens.find(token);
    if (holder !== null) return holder;
    const why = token === undefined
      ? "send a token in a header: Authorization: Bearer TOKEN"
      : "nobody has this token";
    const challenge = asksPeople ? 'Basic realm="NSQ: the token is the password"' : "Bearer";
    throw new HttpError(401, `UNAUTHORIZED: ${why}`, { challenge });
  }
}

/** What a browser sends that has asked somebody; whatever the name is, the token is the password. */
function passwordIn(authorization: string): string | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(encoded)).split(":").slice(1).join(":");
  } catch {
    return undefined; // no Base64: no token
  }
}
