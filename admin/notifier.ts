import type { Connection } from "../lib/http/api.ts";
import type { JsonClient } from "../lib/http/json_client.ts";
import type { HttpRequest } from "../lib/http/request.ts";
import type { Logger } from "../lib/log/logger.ts";

/** A change that somebody made. */
export interface ActionNotice {
  /** Such as `delete_topic`. */
  readonly action: string;
  readonly topic: string;
  readonly channel?: string;
  readonly node?: string;
}

/** More notices than this are not kept while the endpoint is slow. */
const MAX_WAITING = 1000;

interface NotifierOptions {
  /** "" for none. */
  readonly endpoint: string;
  readonly client: JsonClient;
  readonly logger: Logger;
  /** Name of this host. */
  readonly via: string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Tells an HTTP endpoint of changes, one after the other, and nobody waits for it. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #waiting: object[] = [];
  #isSending = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  notify(notice: ActionNotice, request: HttpRequest, { remoteAddress }: Connection): void {
    const { endpoint, logger } = this.#options;
    if (endpoint === "") return;
    if (this.#waiting.length >= MAX_WAITING) {
      logger.error(`notification of ${notice.action} dropped: ${MAX_WAITING} wait already`);
      return;
    }
    this.#waiting.push(this.#describe(notice, request, remoteAddress));
    if (!this.#isSending) void this.#send();
  }

  /** Fields and their order are the reference's. */
  #describe(notice: ActionNotice, request: HttpRequest, remoteAddress: string): object {
    const { headers } = request;
    const url = new URL(request.url);
    if (headers.get("x-scheme") === "https") url.protocol = "https:";
    const user = basicAuthUser(headers.get("authorization") ?? "");
    return {
      action: notice.action,
      topic: notice.topic,
      ...notice.channel && { channel: notice.channel },
      ...notice.node && { node: notice.node },
      timestamp: Math.floor(this.#options.nowMs() / 1000),
      ...user !== "" && { user },
      remote_ip: remoteAddress,
      user_agent: headers.get("user-agent") ?? "",
      url: url.href,
      via: this.#options.via,
    };
  }

  async #send(): Promise<void> {
    const { endpoint, client, logger } = this.#options;
    this.#isSending = true;
    for (let notice = this.#waiting.shift(); notice; notice = this.#waiting.shift()) {
      logger.info(`POSTing notification to ${endpoint}`);
      try {
        await client.tell(endpoint, notice);
      } catch (error) {
        logger.error(`failed to POST notification - ${(error as Error).message}`);
      }
    }
    this.#isSending = false;
  }
}

/** The user of `Authorization: Basic …`; "" when there is none. */
function basicAuthUser(authorization: string): string {
  const encoded = /^Basic (.*)$/.exec(authorization)?.[1];
  if (encoded === undefined) return "";
  try {
    const [, user = ""] = /^([^:]*):/.exec(atob(encoded)) ?? [];
    return user;
  } catch {
    return ""; // not base64: no user that could be named
  }
}
