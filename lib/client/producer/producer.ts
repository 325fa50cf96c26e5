import { isValidName } from "../../wire/names.ts";
import { defaultLogger } from "../client_log.ts";
import { Batch, type PublishReceipt } from "./batch.ts";
import { BatchSender } from "./batch_sender.ts";
import { PublishError } from "./error.ts";
import {
  type ProducerOptions,
  type ResolvedProducerOptions,
  resolveProducerOptions,
} from "./options.ts";

export type { PublishReceipt } from "./batch.ts";
export type { ProducerOptions } from "./options.ts";

/** Bytes that may wait for their answers, whatever the number of messages. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** What can be said of a message beside its body. */
export interface PublishOptions {
  /**
   * Makes the message known to the nsqd: one with the same key that comes within the topic's `dedup_window` is acknowledged and not queued,
   * and a deferred one can be cancelled by it. 1 to 256 bytes of UTF-8, no spaces. Goes to the same nsqd as others with this key, while
   * that can be reached: each knows its own keys only. Go's nsqd takes no notice of it.
   */
  key?: string;
}

const NO_OPTIONS: PublishOptions = {};

/** nsqd's limit. */
const MAX_KEY_BYTES = 256;

/** What a producer takes from the machine, for tests. */
export interface ProducerSeams {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

const SYSTEM: ProducerSeams = { nowMs: () => performance.now(), random: Math.random };

/**
 * Publishes messages to the healthy ones of several nsqds.
 *
 * A publish is acknowledged when an nsqd has said that it has the message, and rejected with a {@link PublishError} otherwise: there is
 * no third way. Where an nsqd fails, the message goes to another, up to `maxAttempts`. A connection that is lost before its
 * answer leaves open whether nsqd has the message: it is published again then, and may be there twice. Who would rather
 * lose a message than have it twice sets `maxAttempts` to 1.
 *
 * ```ts
 * const producer = new Producer({ lookupd: ["127.0.0.1:4161"] });
 * await producer.publish("orders", JSON.stringify({ id: 1 }));
 * await producer.close();
 * ```
 */
export class Producer {
  readonly #options: ResolvedProducerOptions;
  readonly #seams: ProducerSeams;
  readonly #sender: BatchSender;
  /** Messages and bytes that were accepted and are not settled. */
  #pending = 0;
  #pendingBytes = 0;
  /** Those who wait until there is room, in order. */
  readonly #waiting = new WaitingLine();
  #isClosed = false;
  #onIdle: (() => void)[] = [];
  /** The last topic whose name was found valid. */
  #validTopic = "";

  /** Connects with the first publish. @throws ValueError for options that are out of range */
  constructor(options: ProducerOptions, seams: ProducerSeams = SYSTEM) {
    this.#options = resolveProducerOptions(options);
    this.#seams = seams;
    this.#sender = new BatchSender({
      options: this.#options,
      logger: options.logger ?? defaultLogger(),
      onSettled: (batch) => this.#onSettled(batch),
      ...seams,
    });
  }

  /** Messages that wait for room or for their answers. */
  get pending(): number {
    return this.#pending + this.#waiting.length;
  }

  /** Whether a publish would have to wait for room: {@link room} tells when it need not. */
  get isFull(): boolean {
    return this.#pending >= this.#options.maxPending || this.#pendingBytes >= MAX_PENDING_BYTES ||
      this.#waiting.length > 0;
  }

  /** Resolves when {@link isFull} is false. */
  room(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Connects before the first publish does. @throws PublishError when no nsqd can be reached */
  connect(): Promise<void> {
    return this.#sender.connected();
  }

  /**
   * Publishes one message. Those of a topic that are published at the same time are sent together, those with a key each on its own.
   *
   * The body is copied, at once unless the producer {@link isFull}.
   * @throws PublishError
   */
  publish(
    topic: string,
    body: Uint8Array | string,
    { key }: PublishOptions = NO_OPTIONS,
  ): Promise<PublishReceipt> {
    if (key !== undefined) return this.#publishOne(topic, body, -1, key);
    const problem = this.#problem(topic) ?? problemOfBody(body);
    if (problem !== undefined) return Promise.reject(new PublishError(problem, []));
    if (this.isFull) return this.#inTurn(() => this.#collect(topic, body));
    return this.#collect(topic, body);
  }

  /**
   * Publishes several messages at once: all of them or, with an error, none. No message of it is sent to another nsqd than the others.
   * @throws PublishError
   */
  publishMany(
    topic: string,
    bodies: readonly (Uint8Array | string)[],
  ): Promise<PublishReceipt> {
    let problem = this.#problem(topic) ?? (bodies.length === 0 ? "no messages" : undefined);
    for (let i = 0; i < bodies.length && problem === undefined; i++) {
      problem = problemOfBody(bodies[i]!);
    }
    if (problem !== undefined) return Promise.reject(new PublishError(problem, []));
    if (this.isFull) return this.#inTurn(() => this.#send(topic, bodies, -1));
    return this.#send(topic, bodies, -1);
  }

  /**
   * Publishes one message that nsqd hands out later.
   * @param delayMs whole milliseconds, at most nsqd's `--max-req-timeout`
   * @throws PublishError
   */
  publishDeferred(
    topic: string,
    body: Uint8Array | string,
    delayMs: number,
    { key }: PublishOptions = NO_OPTIONS,
  ): Promise<PublishReceipt> {
    if (!Number.isSafeInteger(delayMs) || delayMs < 0) {
      return Promise.reject(new PublishError(`invalid delay ${delayMs} ms`, []));
    }
    return this.#publishOne(topic, body, delayMs, key);
  }

  /** Takes no more, waits until all that was published is acknowledged or rejected, and disconnects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.pending > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    await this.#sender.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #collect(topic: string, body: Uint8Array | string): Promise<PublishReceipt> {
    const batch = this.#sender.queue.collect(topic, body.length, this.#seams.nowMs);
    this.#pending++;
    this.#pendingBytes += batch.add(body);
    this.#sender.schedule();
    return batch.settled();
  }

  /** @param delayMs -1 for a message that is due at once */
  #publishOne(
    topic: string,
    body: Uint8Array | string,
    delayMs: number,
    key?: string,
  ): Promise<PublishReceipt> {
    const problem = this.#problem(topic) ?? problemOfBody(body) ?? problemOfKey(key);
    if (problem !== undefined) return Promise.reject(new PublishError(problem, []));
    if (this.isFull) return this.#inTurn(() => this.#send(topic, [body], delayMs, key));
    return this.#send(topic, [body], delayMs, key);
  }

  #send(
    topic: string,
    bodies: readonly (Uint8Array | string)[],
    delayMs: number,
    key = "",
  ): Promise<PublishReceipt> {
    const batch = new Batch(topic, delayMs, true, this.#seams.nowMs(), key);
    for (const body of bodies) this.#pendingBytes += batch.add(body);
    this.#pending += bodies.length;
    this.#sender.queue.push(batch);
    this.#sender.schedule();
    return batch.settled();
  }

  #inTurn(publish: () => Promise<PublishReceipt>): Promise<PublishReceipt> {
    return new Promise((resolve) => this.#waiting.push(() => resolve(publish())));
  }

  #onSettled(batch: Batch): void {
    this.#pending -= batch.count;
    this.#pendingBytes -= batch.bodyBytes;
    while (this.#hasRoom()) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next();
    }
    if (this.#isClosed && this.pending === 0) { for (const tell of this.#onIdle.splice(0)) tell(); }
  }

  #hasRoom(): boolean {
    return this.#pending < this.#options.maxPending && this.#pendingBytes < MAX_PENDING_BYTES;
  }

  #problem(topic: string): string | undefined {
    if (this.#isClosed) return "the producer is closed";
    if (topic === this.#validTopic) return undefined;
    if (!isValidName(topic)) return `invalid topic name ${JSON.stringify(topic)}`;
    this.#validTopic = topic;
    return undefined;
  }
}

function problemOfBody(body: Uint8Array | string): string | undefined {
  return body.length === 0 ? "the message is empty" : undefined;
}

function problemOfKey(key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  const { length } = new TextEncoder().encode(key);
  if (length === 0 || length > MAX_KEY_BYTES) {
    return `the key has ${length} bytes, not 1 to ${MAX_KEY_BYTES}`;
  }
  return /[ \r\n]/.test(key) ? "the key has a space or the end of a line in it" : undefined;
}

interface Waiting {
  readonly wake: () => void;
  next: Waiting | undefined;
}

/** First in, first out, and as quick with a million. */
class WaitingLine {
  length = 0;
  #first: Waiting | undefined;
  #last: Waiting | undefined;

  push(wake: () => void): void {
    const waiting: Waiting = { wake, next: undefined };
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
    this.length++;
  }

  shift(): (() => void) | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#first = first.next;
    if (this.#first === undefined) this.#last = undefined;
    this.length--;
    return first.wake;
  }
}
