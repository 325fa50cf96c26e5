import { type LatencySettings, LatencyWindow } from "../metrics/latency_window.ts";
import { TIMESTAMP_OFFSET } from "../wire/record.ts";
import type { Clock } from "./clock.ts";
import type { Locality } from "./consumer_sink.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Slab } from "./slab.ts";

/**
 * The book of one channel: each change of a message's state is entered here, exactly once, under its own name, whoever brought it about. What must
 * hear of all of them (the figures, and a durable topic's journal) hears of them here and nowhere else.
 */
export class Ledger {
  deferredCount = 0;
  finishedCount = 0;
  requeuedCount = 0;
  timedOutCount = 0;
  droppedCount = 0;
  /** Messages that a seek has passed over. */
  skippedCount = 0;
  expiredCount = 0;
  /** Those of them that did not die of it, but were dropped. */
  goneExpiredCount = 0;
  /** Messages refused at publishing, as too many waited. */
  rejectedCount = 0;
  /** Dead messages that went aside or to another topic. */
  diedCount = 0;
  readonly deliveredByLocality: [number, number, number] = [0, 0, 0];
  /** How long messages took from being published to being finished; null where that is not measured. */
  latency: LatencyWindow | null;
  readonly #clock: Clock;

  constructor(clock: Clock, latency: LatencySettings | undefined) {
    this.#clock = clock;
    this.latency = latency === undefined ? null : new LatencyWindow(latency, clock.update());
  }

  /** Goes on with the figures of the book before. */
  continueFrom(before: Ledger): void {
    this.deferredCount = before.deferredCount;
    this.finishedCount = before.finishedCount;
    this.requeuedCount = before.requeuedCount;
    this.timedOutCount = before.timedOutCount;
    this.droppedCount = before.droppedCount;
    this.skippedCount = before.skippedCount;
    this.expiredCount = before.expiredCount;
    this.goneExpiredCount = before.goneExpiredCount;
    this.rejectedCount = before.rejectedCount;
    this.diedCount = before.diedCount;
    before.deliveredByLocality.forEach((count, at) => this.deliveredByLocality[at] = count);
    this.latency = before.latency;
  }

  /** `held` was published with a delay: it is deferred until `held.dueMs`. */
  deferred(_held: HeldMessage): void {
    this.deferredCount++;
  }

  /** `count` messages were delivered, and are in flight. */
  delivered(count: number, locality: Locality): void {
    this.deliveredByLocality[locality] += count;
  }

  /** The message at `offset` of `slab` was finished. Its index in the log is `slab.indexOf(id)`. */
  finished(slab: Slab, offset: number, _id: number): void {
    this.finishedCount++;
    if (this.latency !== null) this.#measure(this.latency, slab.view, offset);
  }

  /** `held` was finished. */
  finishedHeld({ bytes, start }: HeldMessage): void {
    this.finishedCount++;
    if (this.latency === null) return;
    this.#measure(this.latency, new DataView(bytes.buffer, bytes.byteOffset), start);
  }

  /** A consumer gave `held` back. @param dueMs when it is queued again, as of Clock.nowMs; 0 if that is now */
  requeued(_held: HeldMessage, _dueMs: number): void {
    this.requeuedCount++;
  }

  /** Nobody answered for `held` in time. @param dueMs when it is queued again, as of Clock.nowMs; 0 if that is now */
  timedOut(_held: HeldMessage, _dueMs: number): void {
    this.timedOutCount++;
  }

  /** `count` messages that waited, were deferred or in flight are gone and were never finished. */
  dropped(count: number): void {
    this.droppedCount += count;
  }

  /** The channel was sent to another place, and `count` messages that were not finished do not come again. */
  skipped(count: number): void {
    this.skippedCount += count;
  }

  /** `held`, in flight, is gone: another message with its id is in flight too. */
  droppedTwin(_held: HeldMessage): void {
    this.droppedCount++;
  }

  /** Somebody deleted `held`, which was in flight. */
  deleted(_held: HeldMessage): void {
    this.droppedCount++;
  }

  /** `count` messages that waited were too old, and are gone. */
  expired(count: number): void {
    this.expiredCount += count;
    this.goneExpiredCount += count;
  }

  /** `held` was dead, and went aside or to another topic. */
  died(_held: HeldMessage): void {
    this.diedCount++;
  }

  /** `held` was dead, and is gone. */
  deadDropped(_held: HeldMessage): void {
    this.droppedCount++;
  }

  /** `held` is dead and cannot go where it should: it is deferred, until `dueMs`. */
  keptDead(_held: HeldMessage, _dueMs: number): void {}

  #measure(latency: LatencyWindow, view: DataView, at: number): void {
    const clock = this.#clock;
    clock.stamp();
    // The machine's clock may have been set back since the message was published.
    const ageNs = Math.max(0, clock.nsSince(view, at + TIMESTAMP_OFFSET));
    latency.insert(ageNs, clock.nowMs);
  }
}
