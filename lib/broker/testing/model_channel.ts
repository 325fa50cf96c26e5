import assert from "node:assert/strict";
import type { Delivery } from "./fake_consumer.ts";

/** Counts what happens: whatever has a number up to that of a commit is in it. */
export class Sequence {
  last = 0;
}

/** What was true of a message from some time on: `finished`, or attempts and due time (0 for none). */
export interface Fate {
  at: number;
  is: string;
}

/** One published message, as one channel (or a topic that waits) sees it. */
export interface ModelMessage {
  body: string;
  attempts: number;
  /** Its index, if the topic is durable. */
  index?: number;
  /** When it was published: a number of the {@link Sequence}. */
  at?: number;
  /** What has become of it, in a durable channel. */
  fates?: Fate[];
}

/** A copy of `message` with a fate of its own. */
export function copyOf(message: ModelMessage): ModelMessage {
  return { ...message, fates: [...message.fates ?? []] };
}

/** A message that waits for its time. */
export interface ModelDeferred {
  message: ModelMessage;
  dueMs: number;
}

/** Where a message stands in a queue. */
interface Place {
  message: ModelMessage;
  /** The step of the test in which it was queued. */
  step: number;
  /** Whether its order among those of the same step is known. Messages that time out in one jump of the clock have none. */
  ordered: boolean;
}

/** A message in flight to a {@link ModelConsumer}. */
export interface ModelInFlight {
  message: ModelMessage;
  deliveredMs: number;
  deadlineMs: number;
}

/** One subscribed connection. */
export class ModelConsumer {
  ready = 0;
  gone = false;
  readonly inFlight = new Map<string, ModelInFlight>();

  constructor(readonly msgTimeoutMs: number) {}

  get capacity(): number {
    return this.gone ? 0 : this.ready - this.inFlight.size;
  }
}

/**
 * What a channel must do: a plain list in the order of queuing, from whose head the deliveries come. Written for being obviously right, not
 * for speed.
 */
export class ModelChannel {
  paused = false;
  requeueCount = 0;
  timeoutCount = 0;
  consumers: ModelConsumer[] = [];
  deferred: ModelDeferred[] = [];
  queue: Place[] = [];
  /** Of those in the queue, so many were dropped, but it is not known which. Only in ephemeral channels. */
  #lost = 0;
  /** The longest that the queue was since the last {@link trim}. */
  #longest = 0;

  /** All messages that a durable channel was ever given, by index. */
  readonly all = new Map<number, ModelMessage>();

  /** @param memQueueSize beyond so many, an ephemeral channel may drop the newest */
  constructor(
    readonly name: string,
    readonly ephemeral: boolean,
    private readonly memQueueSize: number,
    private readonly sequence: Sequence,
  ) {}

  /** The message has come from the topic. @param dueMs 0 unless it is deferred */
  take(message: ModelMessage, dueMs: number): void {
    if (message.index === undefined) return;
    this.all.set(message.index, message);
    this.note(message, dueMs);
  }

  /** Something has become of the message. @param dueMs 0 unless it is deferred */
  note(message: ModelMessage, dueMs: number): void {
    message.fates?.push({ at: ++this.sequence.last, is: `${message.attempts}@${dueMs}` });
  }

  finished(message: ModelMessage): void {
    message.fates?.push({ at: ++this.sequence.last, is: "finished" });
  }

  /** Whether messages may have been dropped since the last {@link trim}. */
  get #overflowed(): boolean {
    return this.ephemeral && this.#longest > this.memQueueSize;
  }

  get depth(): number {
    return this.queue.length - this.#lost;
  }

  get inFlightCount(): number {
    return this.consumers.reduce((sum, consumer) => sum + consumer.inFlight.size, 0);
  }

  get isEmpty(): boolean {
    return this.depth + this.inFlightCount + this.deferred.length === 0;
  }

  push(message: ModelMessage, step: number, ordered = true): void {
    this.queue.push({ message, step, ordered });
    this.#longest = Math.max(this.#longest, this.depth);
  }

  /** `delivery` was seen, which must be the next message. @returns the message */
  deliver(delivery: Delivery, to: ModelConsumer, nowMs: number): void {
    assert.ok(!this.paused, `delivery while ${this.name} is paused`);
    assert.ok(to.capacity > 0, "delivery beyond RDY");
    const index = this.queue.findIndex(({ message }) => message.body === delivery.body);
    assert.ok(index >= 0, `${delivery.body} delivered, but it is not queued`);
    const place = this.queue[index]!;
    const passed = this.queue.slice(0, index).filter((earlier) =>
      earlier.step !== place.step || (earlier.ordered && place.ordered)
    );
    assert.ok(
      passed.length <= this.#lost || this.#overflowed,
      `${delivery.body} delivered before ${passed[0]?.message.body}`,
    );
    this.#lost = Math.max(0, this.#lost - passed.length);
    this.queue = this.queue.filter((each) => each !== place && !passed.includes(each));
    const { message } = place;
    for (const { inFlight } of this.consumers) {
      assert.ok(!inFlight.has(delivery.id), `${message.body} delivered while in flight`);
    }
    message.attempts++;
    assert.equal(delivery.attempts, message.attempts, `attempts of ${message.body}`);
    this.note(message, 0);
    to.inFlight.set(delivery.id, {
      message,
      deliveredMs: nowMs,
      deadlineMs: nowMs + to.msgTimeoutMs,
    });
  }

  /** What a look at the queue showed, which must be what may be delivered next. @param beginning of a body, which is all that the look has */
  checkLook(
    seen: readonly { text: string; attempts: number }[],
    beginning: (body: string) => string,
  ): void {
    if (this.#lost > 0 || this.#overflowed) return; // which ones are left is not known
    let left = this.queue;
    for (const { text, attempts } of seen) {
      const place = left.find(({ message }) => beginning(message.body) === text);
      assert.ok(place, `${text} was seen, and is not queued`);
      const before = left.slice(0, left.indexOf(place)).find((earlier) =>
        earlier.step !== place.step || (earlier.ordered && place.ordered)
      );
      assert.equal(before, undefined, `${text} was seen before ${before?.message.body}`);
      assert.equal(attempts, place.message.attempts, `attempts of ${text}`);
      left = left.filter((each) => each !== place);
    }
    assert.deepEqual(left, [], "queued, and not seen");
  }

  /** Whatever is due goes back into the queue. */
  timePassed(nowMs: number, step: number): void {
    for (const consumer of this.consumers) {
      for (const [id, { message, deadlineMs }] of consumer.inFlight) {
        if (deadlineMs > nowMs) continue;
        consumer.inFlight.delete(id);
        this.timeoutCount++;
        this.note(message, 0);
        this.push(message, step, false);
      }
    }
    for (const { message, dueMs } of this.deferred) {
      if (dueMs <= nowMs) this.push(message, step, false);
    }
    this.deferred = this.deferred.filter(({ dueMs }) => dueMs > nowMs);
    this.consumers = this.consumers.filter(({ gone, inFlight }) => !gone || inFlight.size > 0);
  }

  /** The channel says that its depth is `depth`: less than expected is right only where an ephemeral queue overflowed. */
  trim(depth: number): void {
    const dropped = this.depth - depth;
    if (dropped > 0 && this.#overflowed) this.#lost += dropped;
    this.#longest = this.depth;
  }

  empty(): void {
    for (const message of this.all.values()) this.finished(message);
    this.queue = [];
    this.deferred = [];
    this.#lost = this.#longest = 0;
    for (const consumer of this.consumers) consumer.inFlight.clear();
    this.consumers = this.consumers.filter(({ gone }) => !gone);
  }

  /** All of these are new, and nothing else is there. */
  moveTo(messages: readonly ModelMessage[], step: number): void {
    this.empty();
    for (const message of messages) {
      const before = this.all.get(message.index!)?.fates ?? [{ at: 0, is: "finished" }];
      const again = { ...message, attempts: 0, fates: [...before] };
      this.all.set(message.index!, again);
      this.note(again, 0);
      this.push(again, step);
    }
  }

  /** The broker stops and starts again. @param onDisk how many of the queue were on disk: what was in flight goes behind them */
  reopen(onDisk: number, step: number): void {
    const inFlight = this.consumers.flatMap((consumer) => [...consumer.inFlight.values()]);
    const places = this.queue;
    const last = places[onDisk - 1];
    if (last !== undefined && last.step === places[onDisk]?.step) {
      // Which ones of this step were on disk is not known if their order is not: all of them mix with those in flight.
      const mixed = places.filter((place) => place.step === last.step);
      if (mixed.some(({ ordered }) => !ordered)) mixed.forEach((place) => place.step = step);
    }
    this.queue = places.slice(0, onDisk);
    for (const { message } of inFlight) this.push(message, step, false);
    this.queue.push(...places.slice(onDisk));
    for (const { message, dueMs } of this.deferred.sort((a, b) => a.dueMs - b.dueMs)) {
      // Steps only tell places apart: this gives those due at the same time the same one.
      this.push(message, step + 1 / (1 + dueMs), false);
    }
    this.deferred = [];
    this.consumers = [];
    this.requeueCount = this.timeoutCount = 0;
  }
}
