import { parseHostPort } from "../../net/host_port.ts";
import type { Logger } from "../../log/logger.ts";
import { LookupConnection } from "./lookup_connection.ts";
import {
  type Announcement,
  identify,
  type LookupdInfo,
  OK,
  parseLookupdInfo,
  PING,
  type Registration,
  registration,
} from "./protocol.ts";

/** As many commands are sent before their answers are awaited. */
const BATCH_SIZE = 100;

/** How soon to connect again: the first time, and at most; each is varied by up to half, so that not all nsqds come at once. */
const MIN_RETRY_MS = 250;
const MAX_RETRY_MS = 8000;

/** Time limits towards a lookupd, in ms. */
export interface LookupTimes {
  /** For connecting, and for each exchange. */
  readonly timeoutMs: number;
  readonly pingIntervalMs: number;
}

/** What the lookup peers of one nsqd share. */
export interface LookupPeerContext {
  readonly logger: Logger;
  readonly times: LookupTimes;
  readonly maxAnswerBytes: number;
  announcement(): Announcement;
  /** All topics without channels, and all channels. */
  registrations(): Registration[];
  exists(registration: Registration): boolean;
  /** A number in [0, 1). */
  random(): number;
}

/** Keeps one lookupd informed: connects, tells all there is, then what changes, and starts over when the connection is lost. */
export class LookupPeer {
  /** What the lookupd said of itself last; null before it has. */
  info: LookupdInfo | null = null;
  /** Resolves when it is known whether the lookupd can be reached. */
  readonly firstAttempt: Promise<void>;

  readonly #context: LookupPeerContext;
  readonly #stopping = new AbortController();
  /** What may have changed since the lookupd was told, by its command. Told of again only as it is by then. */
  #changed = new Map<string, Registration>();
  #connection: LookupConnection | null = null;
  #attempted: () => void = () => {};
  #wake: () => void = () => {};
  #failures = 0;
  #lastFailure = "";

  constructor(readonly address: string, context: LookupPeerContext) {
    this.#context = context;
    this.firstAttempt = new Promise((resolve) => this.#attempted = resolve);
  }

  /** Runs until {@link stop}. */
  async run(): Promise<void> {
    const { logger } = this.#context;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#serve();
      } catch (error) {
        this.#reportFailure((error as Error).message);
      }
      this.#connection?.close();
      await this.#connection?.ended;
      this.#connection = null;
      this.#attempted();
      await this.#sleep(this.#retryDelayMs());
    }
    logger.info(`LOOKUPD(${this.address}): closed`);
  }

  stop(): void {
    this.#stopping.abort();
    this.#connection?.close();
    this.#wake();
  }

  /** A topic or channel came or went. */
  changed(change: Registration): void {
    if (this.#connection === null) return; // all there is will be told anyway
    this.#changed.set(registration(true, change), change);
    this.#wake();
  }

  async #serve(): Promise<void> {
    const { logger, times, maxAnswerBytes } = this.#context;
    const at = parseHostPort(this.address);
    if (at === undefined || at.port === 0) throw new Error("not <addr>:<port>");
    logger.debug(`LOOKUPD(${this.address}): connecting`);
    const { timeoutMs } = times;
    const { signal } = this.#stopping;
    const connection = await LookupConnection.open({
      ...at,
      timeoutMs,
      maxAnswerBytes,
    }, signal);
    this.#connection = connection;
    signal.throwIfAborted();
    await this.#identify(connection);
    this.#changed.clear();
    for (const each of this.#context.registrations()) this.changed(each);
    await this.#tellChanges(connection);
  }

  async #identify(connection: LookupConnection): Promise<void> {
    const { logger } = this.#context;
    const [answer] = await connection.exchange(identify(this.#context.announcement()), 1);
    const info = parseLookupdInfo(answer!);
    const { broadcastAddress, httpPort, version } = info;
    logger.info(
      `LOOKUPD(${this.address}): connected to version ${version}, HTTP at ${broadcastAddress}:${httpPort}`,
    );
    if (broadcastAddress === "") logger.error(`LOOKUPD(${this.address}): no broadcast address`);
    this.info = info;
    this.#failures = 0;
    this.#lastFailure = "";
    this.#attempted();
  }

  /** Until the connection ends, which is thrown. */
  async #tellChanges(connection: LookupConnection): Promise<void> {
    const { pingIntervalMs } = this.#context.times;
    let ended = false;
    void connection.ended.then(() => {
      ended = true;
      this.#wake();
    });
    let nextPingMs = performance.now() + pingIntervalMs;
    while (!ended && !this.#stopping.signal.aborted) {
      await this.#tellBatch(connection);
      if (this.#changed.size > 0) continue;
      if (performance.now() >= nextPingMs) {
        nextPingMs = performance.now() + pingIntervalMs;
        this.#context.logger.debug(`LOOKUPD(${this.address}): sending heartbeat`);
        await this.#exchange(connection, ["PING"], PING);
      } else if (!ended) await this.#sleep(nextPingMs - performance.now());
    }
    throw new Error("connection lost");
  }

  async #tellBatch(connection: LookupConnection): Promise<void> {
    const { logger } = this.#context;
    const lines: string[] = [];
    for (const [key, change] of this.#changed) {
      if (lines.length === BATCH_SIZE) break;
      this.#changed.delete(key);
      lines.push(registration(this.#context.exists(change), change));
    }
    if (lines.length === 0) return;
    for (const line of lines) logger.info(`LOOKUPD(${this.address}): ${line}`);
    await this.#exchange(connection, lines, new TextEncoder().encode(lines.join("\n") + "\n"));
  }

  async #exchange(connection: LookupConnection, names: string[], bytes: Uint8Array): Promise<void> {
    const answers = await connection.exchange(bytes, names.length);
    answers.forEach((answer, i) => {
      const text = new TextDecoder().decode(answer.subarray(0, 200));
      if (text !== OK) {
        this.#context.logger.error(`LOOKUPD(${this.address}): ${names[i]} - ${text}`);
      }
    });
  }

  /** Says what is wrong once, however often it is tried again. */
  #reportFailure(failure: string): void {
    if (this.#stopping.signal.aborted) return;
    const { logger } = this.#context;
    const text = `LOOKUPD(${this.address}): ${failure}`;
    if (failure === this.#lastFailure) logger.debug(text);
    else logger.error(`${text} (trying again)`);
    this.#lastFailure = failure;
  }

  #retryDelayMs(): number {
    const delayMs = Math.min(MIN_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures++;
    return delayMs * (1 - this.#context.random() / 2);
  }

  /** Resolves after `ms`, or when there is something to do. */
  async #sleep(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }
}
