import type { Clock } from "./clock.ts";
import { DeadlineHeap, type HeapEntry } from "./deadline_heap.ts";

/** Something that wants to be called at a time. */
export interface Alarm extends HeapEntry {
  /** @param nowMs as of Clock.nowMs */
  ring(nowMs: number): void;
}

/** The system's timer, as a seam for tests. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): number;
  clearTimeout(timer: number): void;
}

export const systemTimers: Timers = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** setTimeout takes 31 bits of ms. */
const MAX_DELAY_MS = 0x7fffffff;

/**
 * All deadlines of the broker behind one timer: a connection, a channel or a consumer that is idle costs nothing here, one that waits
 * costs one entry.
 */
export class Scheduler {
  #alarms = new DeadlineHeap<Alarm>();
  #timer: number | undefined;
  #timerDueMs = Infinity;
  #clock: Clock;
  #timers: Timers;
  #onError: (error: unknown) => void;

  /** @param onError told of what an alarm threw; the others ring all the same */
  constructor(clock: Clock, timers: Timers, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#onError = onError;
  }

  /** Sets `alarm` to ring at `dueMs` (as of Clock.nowMs), instead of any earlier or later time it was set to. */
  set(alarm: Alarm, dueMs: number): void {
    if (alarm.heapIndex >= 0) {
      if (alarm.dueMs === dueMs) return;
      this.#alarms.remove(alarm);
    }
    alarm.dueMs = dueMs;
    this.#alarms.push(alarm);
    this.#arm();
  }

  /** Sets `alarm` to ring at `dueMs` at the latest. */
  setAtLatest(alarm: Alarm, dueMs: number): void {
    if (alarm.heapIndex < 0 || alarm.dueMs > dueMs) this.set(alarm, dueMs);
  }

  cancel(alarm: Alarm): void {
    if (alarm.heapIndex >= 0) this.#alarms.remove(alarm);
  }

  /** Cancels all. */
  stop(): void {
    this.#alarms.clear();
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
  }

  #arm(): void {
    const first = this.#alarms.peek();
    if (first === undefined || first.dueMs >= this.#timerDueMs) return;
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer);
    this.#timerDueMs = first.dueMs;
    const delayMs = Math.ceil(first.dueMs - this.#clock.update());
    this.#timer = this.#timers.setTimeout(
      () => this.#run(),
      Math.min(Math.max(delayMs, 0), MAX_DELAY_MS),
    );
  }

  #run(): void {
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    const nowMs = this.#clock.update();
    for (let alarm = this.#alarms.popDue(nowMs); alarm; alarm = this.#alarms.popDue(nowMs)) {
      try {
        alarm.ring(nowMs);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#arm();
  }
}
