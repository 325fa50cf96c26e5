import type { Logger } from "../../log/logger.ts";
import { prefixed } from "../../log/prefixed.ts";
import { Backoff } from "./backoff.ts";
import { defaultLogger } from "../client_log.ts";
import { ConsumerLink, type LinkOwner } from "./consumer_link.ts";
import { type Handler, HandlerPool, type RunOptions } from "./handler_pool.ts";
import { Inbox } from "./inbox.ts";
import { LinkKeeper } from "../discovery/link_keeper.ts";
import { LookupPoller } from "../discovery/lookup.ts";
import type { Message } from "./message.ts";
import { MessageQueue } from "./message_queue.ts";
import { type ConsumerOptions, resolveConsumerOptions } from "../options/options.ts";
import type { ResolvedConsumerOptions } from "../options/options.ts";
import { ReadyDistributor } from "./ready.ts";

/** What is in flight has this long to be answered after {@link Consumer.stop}. */
const STOP_TIMEOUT_MS = 30_000;

/** A connection is starved when this part of what it may have in flight is. */
const STARVED_PART = 0.85;

/** What a consumer has done so far. */
export interface ConsumerStats {
  received: number;
  finished: number;
  requeued: number;
  /** nsqds that it is connected to now. */
  connections: number;
}

/**
 * Receives the messages of one channel, from all nsqds that have its topic.
 *
 * ```ts
 * const consumer = new Consumer({ topic: "orders", channel: "billing", lookupd: ["127.0.0.1:4161"] });
 * await consumer.run(async (message) => await bill(message.body));
 * ```
 */
export class Consumer {
  readonly stats: ConsumerStats = { received: 0, finished: 0, requeued: 0, connections: 0 };
  /** Resolves when every nsqd that was known at the start has been connected to, or could not be. */
  readonly ready: Promise<void>;

  readonly #options: ResolvedConsumerOptions;
  readonly #logger: Logger;
  readonly #keepers = new Map<string, LinkKeeper<ConsumerLink>>();
  readonly #links = new Set<ConsumerLink>();
  readonly #rdy: ReadyDistributor;
  readonly #backoff: Backoff;
  readonly #lookup: LookupPoller | null;
  readonly #owner: LinkOwner;
  /** Messages that nobody has looked at yet. */
  readonly #waiting = new MessageQueue();
  #take: ((message: Message) => void) | null = null;
  #handlers: HandlerPool | null = null;
  #redistributeTimer: ReturnType<typeof setInterval> | undefined;
  #onReady: () => void = () => {};
  #onAllClosed: (() => void) | null = null;
  #stopping: Promise<void> | null = null;
  readonly #ended: Promise<void>;
  #onEnded: () => void = () => {};

  /** @throws ValueError naming an option that is missing, out of range or contradicts another */
  constructor(options: ConsumerOptions) {
    this.#options = resolveConsumerOptions(options);
    const { topic, channel } = options;
    this.#logger = prefixed(options.logger ?? defaultLogger(), `[${topic}/${channel}] `);
    this.ready = new Promise((resolve) => this.#onReady = resolve);
    this.#ended = new Promise((resolve) => this.#onEnded = resolve);
    this.#rdy = new ReadyDistributor({
      ...this.#options,
      nowMs: () => performance.now(),
      random: Math.random,
    });
    this.#backoff = this.#newBackoff();
    this.#lookup = this.#options.lookupd.length > 0 ? this.#newLookup() : null;
    this.#owner = this.#newOwner();
  }

  /**
   * Connects, and hands every message to `handler`: returns, the message is finished; throws, it comes again. Where it returns a
   * promise, that decides, and `concurrency` of them may be under way. Resolves after {@link stop}.
   */
  async run(handler: Handler, options: RunOptions = {}): Promise<void> {
    this.#handlers = new HandlerPool(handler, this.#logger, this.#waiting, options);
    this.#owner.reusesBodies = options.reuseBodies ?? false;
    this.#start(this.#handlers.take);
    await this.#ended;
  }

  /**
   * Connects, and gives the messages in their order. Each is to be answered by hand. Leaving the loop stops the consumer; what was
   * not looked at, and the last message if it is not answered, come again.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    const inbox = new Inbox(this.#waiting);
    this.#start(inbox.take);
    void this.#ended.then(() => inbox.close());
    let message: Message | undefined;
    try {
      while ((message = await inbox.next()) !== undefined) yield message;
    } finally {
      const stopped = this.stop();
      const putBack = { backoff: false };
      for (; message !== undefined; message = this.#waiting.shift()) message.requeue(0, putBack);
      this.#take = (late) => late.requeue(0, putBack);
      await stopped;
    }
  }

  /**
   * Asks for no more messages, waits until all that came are answered (at most `timeoutMs`), and closes. Messages that are not
   * answered by then come again after their timeout.
   */
  stop(timeoutMs: number = STOP_TIMEOUT_MS): Promise<void> {
    return this.#stopping ??= this.#stop(timeoutMs);
  }

  /** Changes how many messages may be in flight; 0 lets none come. */
  setMaxInFlight(count: number): void {
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`max in flight ${count}`);
    this.#options.maxInFlight = count;
    this.#rdy.maxInFlight = count;
  }

  /** Whether no lookupd that answers knows an nsqd with the topic; where none of them answers it is not known. */
  get isTopicUnknown(): boolean {
    return this.#keepers.size === 0 && this.#lookup?.hasAnswer === true;
  }

  /** Whether some nsqd holds back messages until those in flight are answered. */
  get isStarved(): boolean {
    for (const { inFlight, rdy, isClosing } of this.#links) {
      if (inFlight > 0 && !isClosing && inFlight >= Math.floor(rdy * STARVED_PART)) return true;
    }
    return false;
  }

  #start(take: (message: Message) => void): void {
    if (this.#take !== null) throw new Error("a consumer runs only once");
    this.#take = take;
    if (this.#stopping !== null) return;
    this.#redistributeTimer = setInterval(
      () => this.#rdy.redistribute(),
      this.#options.rdyRedistributeIntervalMs,
    );
    const first = this.#lookup?.start() ?? Promise.resolve();
    const attempts = this.#options.nsqd.map((address) => this.#keep(address));
    void Promise.all([first, ...attempts]).then(() => this.#firstAttempts()).then(this.#onReady);
  }

  /** Of the nsqds that the lookupds have named meanwhile. */
  async #firstAttempts(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map(({ attempted }) => attempted));
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#logger.info("stopping...");
    clearInterval(this.#redistributeTimer);
    this.#backoff.stop();
    const givenUp = Promise.all([
      this.#lookup?.stop(),
      ...Array.from(this.#keepers.values(), (keeper) => keeper.stop()),
    ]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, timeoutMs));
    await Promise.race([this.#closeLinks(), late]);
    clearTimeout(timer);
    for (const link of this.#links) link.close(new Error("not answered in time"));
    await givenUp;
    this.#onReady();
    this.#onEnded();
  }

  /** Resolves when all messages are answered, and all that came of it is sent. */
  async #closeLinks(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#onAllClosed = resolve);
    for (const link of this.#links) link.startClose();
    if (this.#links.size > 0) await closed;
    await this.#handlers?.idle();
  }

  #keep(address: string): Promise<void> {
    const known = this.#keepers.get(address);
    if (known !== undefined) return known.attempted;
    const keeper = new LinkKeeper<ConsumerLink>(address, {
      logger: this.#logger,
      open: (address, signal) => ConsumerLink.open(address, this.#owner, signal),
      opened: (link) => this.#linkOpened(link),
      closed: (link) => this.#linkClosed(link),
      random: Math.random,
      nowMs: () => performance.now(),
    });
    this.#keepers.set(address, keeper);
    keeper.start();
    return keeper.attempted;
  }

  /** Connects to no nsqd again that no lookupd knows. Connections that are there stay. */
  #keepOnly(addresses: ReadonlySet<string>): void {
    for (const [address, keeper] of this.#keepers) {
      if (addresses.has(address) || keeper.link !== null) continue;
      this.#logger.info(`(${address}) no longer known to a lookupd`);
      keeper.stop();
      this.#keepers.delete(address);
    }
  }

  #linkOpened(link: ConsumerLink): void {
    this.#lookup?.connected(link.address);
    this.#links.add(link);
    this.stats.connections = this.#links.size;
    if (this.#stopping !== null) link.startClose();
    else this.#rdy.add(link);
  }

  /** Resolves when it is known whether to connect again: lookupds may say that the topic is there no more. */
  async #linkClosed(link: ConsumerLink): Promise<void> {
    this.#links.delete(link);
    this.#waiting.forget(link);
    this.stats.connections = this.#links.size;
    this.#rdy.remove(link);
    if (this.#stopping === null) await this.#lookup?.lost(link.address);
    else if (this.#links.size === 0) this.#onAllClosed?.();
  }

  #newOwner(): LinkOwner {
    const { stats } = this;
    const backoff = this.#backoff, logger = this.#logger, options = this.#options;
    return {
      options,
      logger,
      reusesBodies: false,
      onMessage: (message, attempts) => {
        stats.received++;
        if (options.maxAttempts > 0 && attempts > options.maxAttempts) this.#giveUp(message);
        else this.#take!(message);
      },
      onFinished: () => {
        stats.finished++;
        if (backoff.level > 0) backoff.succeeded();
      },
      onRequeued: (isFailure) => {
        stats.requeued++;
        if (this.#stopping !== null) return;
        if (isFailure) backoff.failed();
        else backoff.continued();
      },
    };
  }

  #giveUp(message: Message): void {
    const { id, attempts } = message;
    this.#logger.warn(`msg ${id} attempted ${attempts} times, giving up`);
    try {
      this.#options.onGiveUp?.({ id, attempts, body: message.body });
    } catch (error) {
      this.#logger.error(`onGiveUp failed (${(error as Error).message}) for msg ${id}`);
    }
    message.finish();
  }

  #newBackoff(): Backoff {
    const { backoffStrategy, backoffMultiplierMs, maxBackoffDurationMs } = this.#options;
    return new Backoff({
      strategy: backoffStrategy,
      multiplierMs: backoffMultiplierMs,
      maxMs: maxBackoffDurationMs,
      logger: this.#logger,
      pause: () => this.#rdy.pause(),
      test: () => this.#rdy.test(),
      resume: () => this.#rdy.resume(),
      random: Math.random,
      schedule: (action, delayMs) => {
        const timer = setTimeout(action, delayMs);
        return () => clearTimeout(timer);
      },
    });
  }

  #newLookup(): LookupPoller {
    const options = this.#options;
    return new LookupPoller({
      lookupd: options.lookupd,
      topic: options.topic,
      intervalMs: options.lookupdPollIntervalMs,
      jitter: options.lookupdPollJitter,
      timeoutMs: options.lookupdPollTimeoutMs,
      authSecret: options.lookupdAuthorization ? options.authSecret : "",
      caCerts: options.tls?.caCerts,
      logger: this.#logger,
      random: Math.random,
      onFound: (addresses) => addresses.forEach((address) => void this.#keep(address)),
      onKnown: (addresses) => this.#keepOnly(addresses),
    });
  }
}
