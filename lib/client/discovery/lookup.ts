/** Asks lookupds which nsqds have a topic. */

import { bareReason } from "../../net/bare_reason.ts";
import { joinHostPort } from "../../net/host_port.ts";
import { ValueError } from "../../value_error.ts";
import { HttpStatusError, JsonClient } from "../../http/json_client.ts";
import { LostNsqds } from "./lost_nsqds.ts";
import { publicUrl } from "../../http/public_url.ts";
import type { Logger } from "../../log/logger.ts";

/** What {@link LookupPoller} needs. Durations in ms. */
export interface LookupOptions {
  /** `host:port` or URLs. */
  readonly lookupd: readonly string[];
  /** "" for the nsqds of all topics. */
  readonly topic: string;
  readonly intervalMs: number;
  /** Part of the interval by which the second round is delayed at random. */
  readonly jitter: number;
  readonly timeoutMs: number;
  /** Sent as a bearer token; "" for none. */
  readonly authSecret: string;
  /** PEM of the authorities for https; left out: the system's. */
  readonly caCerts?: readonly string[] | undefined;
  readonly logger: Logger;
  /** A number in [0, 1). */
  random(): number;
  /** Addresses that one lookupd has just given. */
  onFound(addresses: readonly string[]): void;
  /** After a round, once all have been asked: all addresses that the lookupds gave when they last answered. */
  onKnown(addresses: ReadonlySet<string>): void;
}

interface Lookupd {
  /** For people: without a password. */
  readonly name: string;
  readonly url: string;
  /** Why it did not answer last; "" when it did. */
  failure: string;
  /** What it answered last. */
  known: string[];
  isAsked: boolean;
  wasAsked: boolean;
}

/** The first round is not waited for longer than this: a lookupd that stalls must not keep the others' nsqds waiting. */
const FIRST_ROUND_MS = 3000;

/** Asks all lookupds regularly, each on its own. Those that do not answer are left out, and reported once. */
export class LookupPoller {
  readonly #options: LookupOptions;
  readonly #lookupds: Lookupd[];
  readonly #lost: LostNsqds;
  #client: JsonClient | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  readonly #asking = new Set<Promise<void>>();

  /** @throws ValueError for an address that is none */
  constructor(options: LookupOptions) {
    this.#options = options;
    this.#lost = new LostNsqds({
      intervalMs: options.intervalMs,
      poll: () => this.poll(),
      random: () => options.random(),
      nowMs: () => performance.now(),
      schedule: (action, delayMs) => {
        const timer = setTimeout(action, delayMs);
        return () => clearTimeout(timer);
      },
    });
    this.#lookupds = options.lookupd.map((name) => ({
      url: lookupUrl(name, options.topic),
      name: publicUrl(name),
      failure: "",
      known: [],
      isAsked: false,
      wasAsked: false,
    }));
  }

  /** Begins; resolves when all have been asked, or some of them stall. */
  async start(): Promise<void> {
    const { intervalMs, jitter, random, timeoutMs, caCerts } = this.#options;
    this.#client = new JsonClient({
      connectTimeoutMs: timeoutMs,
      requestTimeoutMs: timeoutMs,
      ...(caCerts !== undefined && { caCerts }),
    });
    this.#schedule(intervalMs * (1 + jitter * random()));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<void>((resolve) => timer = setTimeout(resolve, FIRST_ROUND_MS));
    await Promise.race([this.poll(), stalled]);
    clearTimeout(timer);
  }

  /** Asks every lookupd that is not being asked; resolves when these have answered. */
  async poll(): Promise<void> {
    const lookupds = this.#lookupds.filter(({ isAsked }) => !isAsked);
    if (this.#isStopped || lookupds.length === 0) return;
    await Promise.all(lookupds.map((lookupd) => {
      const asking = this.#ask(lookupd).finally(() => this.#asking.delete(asking));
      this.#asking.add(asking);
      return asking;
    }));
    if (this.#isStopped || !this.#lookupds.every(({ wasAsked }) => wasAsked)) return;
    this.#options.onKnown(new Set(this.#lookupds.flatMap(({ known }) => known)));
  }

  /** Why no nsqd is known: for each lookupd what is wrong with it, or that it knows none. */
  get failures(): { lookupd: string; reason: string }[] {
    return this.#lookupds.filter(({ known }) => known.length === 0)
      .map(({ name, failure, wasAsked }) => ({
        lookupd: name,
        reason: failure || (wasAsked ? "knows no nsqd" : "has not answered"),
      }));
  }

  /** Whether one of them answered when it was last asked. */
  get hasAnswer(): boolean {
    return this.#lookupds.some(({ wasAsked, failure }) => wasAsked && failure === "");
  }

  /** An nsqd was lost: asks soon, and now and then until it is back. Resolves after the first time, or a second. */
  lost(address: string): Promise<void> {
    return this.#isStopped ? Promise.resolve() : this.#lost.lost(address);
  }

  /** A connection to an nsqd was opened. */
  connected(address: string): void {
    this.#lost.back(address);
  }

  /** Gives up what is under way; resolves when that has let go of its connections, which is soon. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#lost.stop();
    clearTimeout(this.#timer);
    this.#client?.close();
    await Promise.all(this.#asking);
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      void this.poll();
      this.#schedule(this.#options.intervalMs);
    }, delayMs);
  }

  async #ask(lookupd: Lookupd): Promise<void> {
    const { authSecret, logger, onFound } = this.#options;
    const headers = authSecret === "" ? {} : { authorization: `Bearer ${authSecret}` };
    logger.debug(`querying nsqlookupd ${publicUrl(lookupd.url)}`);
    lookupd.isAsked = true;
    try {
      lookupd.known = addressesIn(await this.#client!.get(lookupd.url, headers));
    } catch (error) {
      if (this.#isStopped) return;
      if (!isTopicUnknown(error)) return this.#failed(lookupd, (error as Error).message);
      lookupd.known = [];
    } finally {
      lookupd.isAsked = false;
      lookupd.wasAsked = true;
    }
    if (this.#isStopped) return;
    if (lookupd.failure !== "") logger.info(`nsqlookupd ${lookupd.name} answers again`);
    lookupd.failure = "";
    onFound(lookupd.known);
  }

  /** Says once that a lookupd is down, however often it is asked. */
  #failed(lookupd: Lookupd, failure: string): void {
    const text = `error querying nsqlookupd ${lookupd.name} - ${bareReason(lookupd.name, failure)}`;
    if (lookupd.failure === "") this.#options.logger.warn(`${text} (trying again)`);
    else this.#options.logger.debug(text);
    lookupd.failure = failure;
  }
}

/** Where a lookupd is asked. @throws ValueError */
export function lookupUrl(address: string, topic: string): string {
  const text = address.includes("://") ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const hasPort = address.includes("://") || /:\d+(\/|$)/.test(address);
  if (url === null || !hasPort || !/^https?:$/.test(url.protocol)) {
    throw new ValueError(
      `invalid lookupd address ${JSON.stringify(publicUrl(address))} (host:port or URL)`,
    );
  }
  if (url.pathname === "/") url.pathname = topic === "" ? "/nodes" : "/lookup";
  if (topic !== "") url.searchParams.append("topic", topic);
  return url.href;
}

function isTopicUnknown(error: unknown): boolean {
  return error instanceof HttpStatusError && error.status === 404 &&
    error.text.includes("TOPIC_NOT_FOUND");
}

/** @throws Error for what no lookupd answers */
function addressesIn(answer: unknown): string[] {
  const { producers } = (answer ?? {}) as { producers?: unknown };
  if (producers === undefined || producers === null) return [];
  if (!Array.isArray(producers)) throw new Error("producers is not a list");
  return producers.map((producer: { broadcast_address?: unknown; tcp_port?: unknown }) => {
    const { broadcast_address, tcp_port } = producer ?? {};
    if (typeof broadcast_address !== "string" || typeof tcp_port !== "number") {
      throw new Error("a producer has no address");
    }
    return joinHostPort(broadcast_address, tcp_port);
  });
}
