import type { Clock } from "./clock.ts";
import { DeadlineHeap, type HeapEntry } from "./deadline_heap.ts";
import type { TimerId, Timers } from "../storage/timers.ts";

/** Something that wants to be called at a time. */
export interface Alarm extends HeapEntry {
  /** @param nowMs as of Clock.nowMs */
  ring(nowMs: number): void;
}

/** How long one turn of the event loop may go on with work that can wait, in ms: then others are heard. */
export const SLICE_MS = 20;

/** setTimeout takes 31 bits of ms. */
const MAX_DELAY_MS = 0x7fffffff;

/**
 * All deadlines of the broker behind one timer: a connection, a channel or a consumer that is idle costs nothing here, one that waits
 * costs one entry. When very many ring at once, some do so a turn of the event loop later.
 */
export class Scheduler {
  /** Whether alarms are ringing: what they bring about comes before input is read. */
  ringing = false;
  #alarms = new DeadlineHeap<Alarm>();
  #timer: TimerId | undefined;
  #timerDueMs = Infinity;
  #nextTurnTimer: TimerId | undefined;
  #clock: Clock;
  #timers: Timers;
  #onError: (error: unknown) => void;

  /** @param onError gets what an alarm throws; the others ring all the same */
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

  /** Calls `callback` in the next turn of the event loop, after what has arrived. One at a time. */
  nextTurn(callback: () => void): void {
    this.#nextTurnTimer = this.#timers.setTimeout(() => {
      this.#nextTurnTimer = undefined;
      callback();
    }, 0);
  }

  /** Cancels all. */
  stop(): void {
    this.#alarms.clear();
    if (this.#nextTurnTimer !== undefined) this.#timers.clearTimeout(this.#nextTurnTimer);
    this.#nextTurnTimer = undefined;
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
    this.ringing = true;
    const nowMs = this.#clock.update();
    do {
      const alarm = this.#alarms.popDue(nowMs);
      if (alarm === undefined) break;
      try {
        alarm.ring(nowMs);
      } catch (error) {
        this.#onError(error);
      }
    } while (this.#clock.update() < nowMs + SLICE_MS);
    this.ringing = false;
    this.#arm();
  }
}
