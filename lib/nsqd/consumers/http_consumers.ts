import type { Broker } from "../../broker/broker.ts";
import type { Channel } from "../../broker/channel.ts";
import { Locality } from "../../broker/consumer_sink.ts";
import { type Batch, type HttpClient, HttpConsumer } from "./http_consumer.ts";

/** A consumer of whom nothing was heard for so long, and that has nothing in flight, is gone. */
const LINGER_MS = 30_000;

/** How often that is looked at. */
const SWEEP_MS = 5_000;

/** With messages waiting the first comes at once: a client that does not want to wait does so for this long at most. */
const AT_ONCE_MS = 100;

/** What waits on the disk comes in pieces: an answer is sent when none has come for so long. */
const FILL_PAUSE_MS = 20;

/** What a consumer asks for. */
export interface ConsumeRequest {
  readonly topic: string;
  readonly channel: string;
  /** How long a message may be unanswered. */
  readonly timeoutMs: number;
  readonly client: HttpClient;
}

/** How messages are taken. */
export interface TakeOptions {
  /** At most so many. */
  readonly count: number;
  /** So long for the first one. */
  readonly waitMs: number;
  /** Whether the caller finishes them at once, so that nobody answers by lease. */
  readonly isAuto: boolean;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** The channel was deleted while somebody waited for its messages. */
export class ChannelGone extends Error {}

/** The broker stops. */
export class Stopping extends Error {}

/** The channel takes no consumers, or no more of them. */
export class NotSubscribed extends Error {}

/** Everybody who consumes over HTTP. */
export class HttpConsumers {
  readonly #broker: Broker;
  readonly #consumers = new Set<HttpConsumer>();
  /** Those that take, by what a take has to have in common with them. */
  readonly #takers = new Map<string, Set<HttpConsumer>>();
  readonly #byLease = new Map<string, HttpConsumer>();
  #sweep: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** The consumer of a lease; undefined if it has expired. */
  ofLease(lease: string): HttpConsumer | undefined {
    return this.#byLease.get(lease);
  }

  /** The channel, made if need be. @throws NotSubscribed */
  prepare(topic: string, channel: string): Channel {
    try {
      return this.#broker.channelToSubscribe(topic, channel);
    } catch (error) {
      throw new NotSubscribed((error as Error).message, { cause: error });
    }
  }

  /**
   * Takes messages: what there is, or what comes first.
   * @returns null when nobody waits any more
   * @throws ChannelGone, Stopping, NotSubscribed
   */
  async take(
    request: ConsumeRequest,
    { count, waitMs, isAuto, signal }: TakeOptions,
  ): Promise<{ consumer: HttpConsumer; batch: Batch } | null> {
    const consumer = this.#forTake(request, isAuto);
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
    let timer = setTimeout(resolve, this.#waitMs(request, waitMs));
    const onMessages = () => {
      clearTimeout(timer);
      const isFull = consumer.batchCount >= count || consumer.roomBytes < 0;
      if (isFull || !this.#hasWaiting(request)) resolve();
      else timer = setTimeout(resolve, FILL_PAUSE_MS);
    };
    consumer.listener = { onMessages, onEnd: resolve };
    consumer.want(count);
    await promise;
    clearTimeout(timer);
    consumer.listener = null;
    consumer.want(0);
    consumer.lastUsedMs = performance.now();
    const batch = consumer.takeBatch();
    if (consumer.ended) throw this.#stopped ? new Stopping() : new ChannelGone();
    if (signal.aborted || this.#stopped) {
      consumer.giveBack(batch.ids);
      this.#remove(consumer);
      if (this.#stopped) throw new Stopping();
      return null;
    }
    return { consumer, batch };
  }

  /** A consumer on its own, for a stream; {@link leave} when that ends. @throws as {@link take} */
  open(request: ConsumeRequest): HttpConsumer {
    return this.#new(request);
  }

  /** Its client has gone: what is in flight stays so until it is answered, or times out. */
  leave(consumer: HttpConsumer): void {
    consumer.listener = null;
    consumer.lastUsedMs = performance.now();
    consumer.subscription.close();
  }

  /** Ends all waiting: no more messages are delivered. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#sweep);
    for (const { listener } of this.#consumers) listener?.onEnd();
  }

  /** One that the same client has used before and that is free, or a new one. */
  #forTake(request: ConsumeRequest, isAuto: boolean): HttpConsumer {
    const { topic, channel, timeoutMs, client } = request;
    const key = JSON.stringify([topic, channel, timeoutMs, isAuto, client.clientId]);
    for (const consumer of this.#takers.get(key) ?? []) {
      // Where nobody answers by lease it does not matter that the answers to the last take are under way.
      const isFree = isAuto ? consumer.listener === null : consumer.idle;
      if (!isFree || !consumer.subscription.open) continue;
      this.#byLease.delete(consumer.lease);
      consumer.renewLease();
      this.#byLease.set(consumer.lease, consumer);
      consumer.client = client;
      return consumer;
    }
    const consumer = this.#new(request);
    consumer.key = key;
    const takers = this.#takers.get(key) ?? new Set();
    this.#takers.set(key, takers.add(consumer));
    return consumer;
  }

  #new({ topic, channel, timeoutMs, client }: ConsumeRequest): HttpConsumer {
    if (this.#stopped) throw new Stopping();
    const settings = { msgTimeoutMs: timeoutMs, sampleRate: 0, locality: Locality.Global };
    const consumer = new HttpConsumer(this.#broker.turn, topic, channel, settings, client);
    const found = this.prepare(topic, channel);
    try {
      consumer.subscription = found.subscribe(consumer, settings);
    } catch (error) {
      throw new NotSubscribed((error as Error).message, { cause: error });
    }
    this.#consumers.add(consumer);
    this.#byLease.set(consumer.lease, consumer);
    this.#sweep ??= setTimeout(() => this.#removeIdle(), SWEEP_MS);
    return consumer;
  }

  #waitMs(request: ConsumeRequest, askedMs: number): number {
    return this.#hasWaiting(request) ? Math.max(askedMs, AT_ONCE_MS) : askedMs;
  }

  /** Whether the channel has messages to deliver. */
  #hasWaiting({ topic, channel }: ConsumeRequest): boolean {
    const found = this.#broker.existingTopic(topic)?.existingChannel(channel);
    return found !== undefined && !found.paused && found.depth > 0;
  }

  #removeIdle(): void {
    const beforeMs = performance.now() - LINGER_MS;
    for (const consumer of this.#consumers) {
      if (consumer.ended || consumer.idle && consumer.lastUsedMs < beforeMs) this.#remove(consumer);
    }
    this.#sweep = this.#consumers.size === 0
      ? undefined
      : setTimeout(() => this.#removeIdle(), SWEEP_MS);
  }

  #remove(consumer: HttpConsumer): void {
    this.#consumers.delete(consumer);
    this.#byLease.delete(consumer.lease);
    const takers = this.#takers.get(consumer.key);
    takers?.delete(consumer);
    if (takers?.size === 0) this.#takers.delete(consumer.key);
    if (!consumer.ended && consumer.subscription.open) consumer.subscription.close();
  }
}
