import type { Clock } from "./clock.ts";
import { DeadlineHeap } from "./deadline_heap.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Collector, Walk } from "./peek/collector.ts";
import { EarliestFirst } from "./peek/earliest_first.ts";
import type { Alarm, Scheduler } from "./scheduler.ts";

/** So many are handed on in one call; the scheduler decides when it is called again. */
const BATCH_MESSAGES = 500;

/** A look at them lets others be heard after so many. */
const YIELD_EVERY = 200;

/** A deferred message that was looked for. */
export interface FoundDeferred {
  /** Queues it now. */
  kick(): void;
  drop(): void;
}

/** The messages of a channel that wait for their time. */
export interface ChannelDeferred {
  readonly count: number;
  /** @param dueMs as of Clock.nowMs */
  add(held: HeldMessage, dueMs: number): void;
  /** Looks at them from message `offset` on, the earliest first, and changes nothing. */
  peek(offset: number, into: Collector): Walk;
  /** Queues them now, the earliest first, one with each step: those that are there now. */
  kickEach(): Generator<void, void, void>;
  /** Looks for the message with this id. The result holds until the next turn of the event loop. */
  find(id: string): Generator<void, FoundDeferred | null, void>;
  /** Takes out all that is in memory only, the earliest first. */
  takeAll(): HeldMessage[];
  clear(): void;
  /** Nothing rings any more. */
  stop(): void;
}

/** Deferred messages in memory, behind one alarm. */
export class Deferred implements ChannelDeferred {
  readonly #heap = new DeadlineHeap<HeldMessage>();
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #onDue: (held: HeldMessage) => void;
  readonly #alarm: Alarm;

  /** @param onDue given each message when its time has come */
  constructor(
    { scheduler, clock }: { scheduler: Scheduler; clock: Clock },
    onDue: (held: HeldMessage) => void,
  ) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#onDue = onDue;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#ring(nowMs) };
  }

  get count(): number {
    return this.#heap.size;
  }

  /** @param dueMs as of Clock.nowMs */
  add(held: HeldMessage, dueMs: number): void {
    held.dueMs = dueMs;
    this.#heap.push(held);
    this.#scheduler.setAtLatest(this.#alarm, dueMs);
  }

  *peek(offset: number, into: Collector): Walk {
    const all = this.#heap.entries().slice();
    const order = new EarliestFirst(all.length, 2, (at) => all[at]!.dueMs);
    for (let at; !into.full && (at = order.next()) >= 0; offset--) {
      if (offset % YIELD_EVERY === 0) yield;
      const held = all[at]!, { bytes, start, end, attempts, dueMs } = held;
      if (offset > 0 || !this.#heap.has(held)) continue;
      into.add(bytes, start, end, { attempts, dueUnixMs: this.#clock.unixAt(dueMs) });
    }
  }

  *kickEach(): Generator<void, void, void> {
    for (let left = this.#heap.size; left > 0; left--) {
      const held = this.#heap.popDue(Infinity);
      if (held === undefined) return;
      this.#onDue(held);
      yield;
    }
  }

  *find(id: string): Generator<void, FoundDeferred | null, void> {
    const all = this.#heap.entries().slice();
    for (let at = 0; at < all.length; at++) {
      if (at % YIELD_EVERY === 0) yield;
      const held = all[at]!;
      if (!this.#heap.has(held) || held.id !== id) continue;
      const takeOut = () => this.#heap.remove(held);
      return {
        kick: () => {
          takeOut();
          this.#onDue(held);
        },
        drop: () => {
          takeOut();
          held.gone();
        },
      };
    }
    return null;
  }

  /** Takes out all, the earliest first. */
  takeAll(): HeldMessage[] {
    const all = [...this.#heap.entries()].sort((a, b) => a.dueMs - b.dueMs);
    this.#heap.clear();
    this.stop();
    return all;
  }

  /** Drops the first that `isWanted`. False if there is none. */
  cancel(isWanted: (held: HeldMessage) => boolean): boolean {
    const held = this.#heap.entries().find(isWanted);
    if (held === undefined) return false;
    this.#heap.remove(held);
    held.gone();
    return true;
  }

  clear(): void {
    for (const held of this.takeAll()) held.gone();
  }

  stop(): void {
    this.#scheduler.cancel(this.#alarm);
  }

  #ring(nowMs: number): void {
    for (let left = BATCH_MESSAGES; left > 0; left--) {
      const held = this.#heap.popDue(nowMs);
      if (held === undefined) break;
      this.#onDue(held);
    }
    const next = this.#heap.peek();
    if (next !== undefined) this.#scheduler.set(this.#alarm, next.dueMs);
  }
}
