import { bareReason } from "../../net/bare_reason.ts";
import type { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { ErrorCode, FatalClientError } from "../../wire/errors.ts";
import { parseAuthAnswer } from "./answer.ts";
import type { Patterns } from "./patterns.ts";
import { Permissions } from "./permissions.ts";

const MS_PER_SECOND = 1000;

/** Who a client is, as far as its connection tells. */
export interface PeerIdentity {
  /** "" for a Unix socket. */
  readonly remoteIp: string;
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
  /** The common name of the client's certificate; "" without one. */
  readonly commonName: string;
}

/** What an {@link Authorizer} is made with. */
export interface AuthorizerOptions {
  /** `--auth-http-address`: `<host>:<port>` or a URL each; at least one. */
  readonly addresses: readonly string[];
  readonly method: "get" | "post";
  readonly client: JsonClient;
  readonly logger: Logger;
  /** ms; never goes back. */
  nowMs(): number;
  /** A number in [0, 1). */
  random(): number;
}

/** Asks auth servers what clients may do. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #patterns: Promise<Patterns> | null = null;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The authorization of one connection. @param peer asked for whenever a server is */
  forClient(name: string, peer: () => PeerIdentity): ClientAuth {
    return new ClientAuth(this, name, peer);
  }

  get nowMs(): number {
    return this.#options.nowMs();
  }

  /**
   * Asks one server after another, from a random one on, until one answers.
   * @throws FatalClientError when none does; why stands in the log, which a stranger does not see
   */
  async ask(secret: string, name: string, peer: PeerIdentity): Promise<Permissions> {
    const { addresses, random, logger } = this.#options;
    const first = Math.floor(random() * addresses.length);
    const failures: string[] = [];
    for (let i = 0; i < addresses.length; i++) {
      const address = addresses[(first + i) % addresses.length]!;
      try {
        const json = await this.#query(address, secret, peer);
        const patterns = await this.#loadPatterns();
        const answer = await parseAuthAnswer(json, patterns);
        if (failures.length > 0) logger.warn(`PROTOCOL(V2): [${name}] ${failures.join("; ")}`);
        const expiresMs = this.nowMs + answer.ttlSeconds * MS_PER_SECOND;
        return new Permissions(answer, patterns, expiresMs);
      } catch (error) {
        const why = bareReason(address, (error as Error).message);
        failures.push(`failed to auth against ${address} - ${why}`);
      }
    }
    logger.warn(`PROTOCOL(V2): [${name}] AUTH failed ${failures.join("; ")}`);
    throw new FatalClientError(ErrorCode.AuthFailed, "AUTH failed");
  }

  /** Loaded when it is first needed: most brokers have no auth server, and it is a quarter of a megabyte of code. */
  #loadPatterns(): Promise<Patterns> {
    return this.#patterns ??= import("./patterns.ts").then(({ Patterns }) => new Patterns());
  }

  #query(address: string, secret: string, peer: PeerIdentity): Promise<unknown> {
    const { client, method } = this.#options;
    const url = address.includes("://") ? address : `http://${address}/auth`;
    const facts = {
      common_name: peer.commonName,
      remote_ip: peer.remoteIp,
      secret,
      tls: String(peer.tls),
    };
    if (method === "get") return client.get(`${url}?${new URLSearchParams(facts)}`);
    const lists = Object.entries(facts).map(([name, value]) => [name, [value]]);
    return client.post(url, Object.fromEntries(lists));
  }
}

/** What one connection may do, asked again when it has expired. */
export class ClientAuth {
  readonly #authorizer: Authorizer;
  readonly #name: string;
  readonly #peer: () => PeerIdentity;
  #secret = "";
  #permissions: Permissions | null = null;

  constructor(authorizer: Authorizer, name: string, peer: () => PeerIdentity) {
    this.#authorizer = authorizer;
    this.#name = name;
    this.#peer = peer;
  }

  get identity(): string {
    return this.#permissions?.answer.identity ?? "";
  }

  get identityUrl(): string {
    return this.#permissions?.answer.identityUrl ?? "";
  }

  /** How many authorizations there are; with none, the client has not authenticated. */
  get permissionCount(): number {
    return this.#permissions?.answer.authorizations.length ?? 0;
  }

  /** @throws FatalClientError if no server can be had or it grants nothing */
  async authenticate(secret: string): Promise<void> {
    this.#secret = secret;
    await this.renew();
    if (this.permissionCount === 0) {
      throw new FatalClientError(ErrorCode.Unauthorized, "AUTH no authorizations found");
    }
  }

  /** Asks again. @throws FatalClientError if no server can be had */
  async renew(): Promise<void> {
    this.#permissions = await this.#authorizer.ask(this.#secret, this.#name, this.#peer());
  }

  /**
   * Whether `command` may be carried out: true if so, false if that is not known before {@link renew}.
   * @param channel empty for publishing
   * @throws FatalClientError if it may not
   */
  check(command: string, topic: string, channel: string): boolean {
    const permissions = this.#permissions;
    if (permissions === null || this.permissionCount === 0) {
      throw new FatalClientError(ErrorCode.AuthFirst, `AUTH required before ${command}`);
    }
    if (permissions.expiresMs < this.#authorizer.nowMs) return false;
    this.#checkAllowed(permissions, command, topic, channel);
    return true;
  }

  /** Whether what the server said is to be asked again. */
  get expired(): boolean {
    return (this.#permissions?.expiresMs ?? -Infinity) < this.#authorizer.nowMs;
  }

  /**
   * As {@link check} of what is not expired, for those who only read.
   * @param channel null for any of the topic
   * @throws FatalClientError
   */
  checkSubscribe(command: string, topic: string, channel: string | null): void {
    const permissions = this.#permissions;
    if (permissions !== null && channel !== null) {
      return this.#checkAllowed(permissions, command, topic, channel);
    }
    if (permissions?.maySubscribeAny(topic)) return;
    throw new FatalClientError(ErrorCode.Unauthorized, `AUTH failed for ${command} on "${topic}"`);
  }

  /** The same for publishing. @throws FatalClientError */
  checkPublish(command: string, topic: string): void {
    if (this.#permissions?.mayPublish(topic)) return;
    throw new FatalClientError(ErrorCode.Unauthorized, `AUTH failed for ${command} on "${topic}"`);
  }

  /** As {@link check}, after {@link renew}. @throws FatalClientError */
  async renewAndCheck(command: string, topic: string, channel: string): Promise<void> {
    await this.renew();
    this.#checkAllowed(this.#permissions!, command, topic, channel);
  }

  #checkAllowed(permissions: Permissions, command: string, topic: string, channel: string): void {
    const allowed = channel === ""
      ? permissions.mayPublish(topic)
      : permissions.maySubscribe(topic, channel);
    if (allowed) return;
    const text = `AUTH failed for ${command} on "${topic}" "${channel}"`;
    throw new FatalClientError(ErrorCode.Unauthorized, text);
  }
}
