import type { ChannelRules } from "../policies/rules.ts";
import type { ChannelStore } from "./channel_store.ts";
import type { Clock } from "./clock.ts";
import type { ComingBack } from "./coming_back.ts";
import type { HeldMessage } from "./held_message.ts";

/** What is asked of the channel that takes them in. */
interface ChannelIntakeOwner {
  readonly rules: ChannelRules;
  readonly comingBack: ComingBack;
  /** Messages were queued: there may be too many in memory now, and somebody may want them. */
  queuedAgain(): void;
}

/** What is asked of its topic. */
interface IntakeTopic {
  readonly log: { readonly endIndex: number };
  /** Memory is full sooner. */
  onQueuedAgain(): void;
}

/** What a channel takes in that it does not read from its topic's log: deferred messages, those that waited, were dead, or are of the past. Counts all. */
export class ChannelIntake {
  readonly #owner: ChannelIntakeOwner;
  readonly #topic: IntakeTopic;
  readonly #store: ChannelStore;
  readonly #clock: Clock;
  readonly #log: { readonly endIndex: number };
  readonly #firstIndex: number;
  /** Messages that did not come through the log, and were not deferred. */
  #takenIn: number;

  /** @param takenIn how many it is given out of the past, to begin with */
  constructor(
    owner: ChannelIntakeOwner,
    topic: IntakeTopic,
    store: ChannelStore,
    takenIn: number,
    { clock }: { clock: Clock },
  ) {
    this.#owner = owner;
    this.#topic = topic;
    this.#store = store;
    this.#clock = clock;
    this.#log = topic.log;
    this.#firstIndex = topic.log.endIndex;
    this.#takenIn = takenIn;
  }

  /** Messages that the channel was ever given, those of the log among them. */
  get messageCount(): number {
    const fromLog = this.#log.endIndex - this.#firstIndex;
    return fromLog + this.#takenIn + this.#store.ledger.deferredCount;
  }

  /** A message published with a delay. @param dueMs when it is queued, as of Clock.nowMs */
  putDeferred(held: HeldMessage, dueMs: number): void {
    this.#store.deferred.add(held, dueMs);
    this.#store.ledger.deferred(held);
  }

  /** Messages that waited in a durable topic are handed on: those up to `to`, of which `deferred` are deferred and `count` are not. */
  takeWaiting(to: number, count: number, deferred: number): void {
    if (!this.#store.takeWaiting(to, count)) return;
    this.#takenIn += count;
    this.#topic.onQueuedAgain();
    this.#store.ledger.deferredCount += deferred;
  }

  /** A message that waited in a durable topic, for a channel that lives in memory. False if it had to drop one. */
  putWaiting(held: HeldMessage): boolean {
    const { ledger } = this.#store, { droppedCount } = ledger;
    this.#takenIn++;
    this.#owner.comingBack.queueAgain(held);
    return ledger.droppedCount === droppedCount;
  }

  /** What waited in a durable topic was dropped. */
  waitingDropped(): void {
    this.#store.waitingDropped();
  }

  /** Messages that were dead are as new: frames that stand in `bytes[0, end)`. @throws Error if it cannot take them; nothing happened then */
  putBack(bytes: Uint8Array, end: number, count: number): void {
    const sinceMs = this.#owner.rules.maxAgeMs === Infinity ? 0 : this.#clock.unixMs;
    this.#store.putBack(bytes, end, count, sinceMs);
    this.#takenIn += count;
    this.#owner.queuedAgain();
  }

  /**
   * The channel's memory is cleared: it begins anew with the message `index` of a durable topic.
   * @param again how many of those that come now it had before, unfinished: they are counted already
   * @throws Error if the journal does not know the channel
   */
  moveTo(index: number, again: number): void {
    this.#store.moveTo(index);
    this.#takenIn += this.#store.backlog.depth - again;
    this.#topic.onQueuedAgain();
  }
}
