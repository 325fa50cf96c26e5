import type { TimeSource } from "../clock.ts";
import type { Timers } from "../../storage/timers.ts";

interface Timer {
  run: () => void;
  dueMs: number;
}

/** Where simulated time begins, in ms since 1970. */
export const START_UNIX_MS = 1_700_000_000_000;

/** A clock and timers that move only when they are told to. */
export class ManualTime implements TimeSource, Timers {
  /** ms since 1970; may be set to make the machine's clock step. */
  wallMs = START_UNIX_MS;
  #monotonicMs = 0;
  #lastTimer = 0;
  readonly #timers = new Map<number, Timer>();

  unixMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Timers that have not fired. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** ms until the next timer fires; Infinity without one. */
  get nextDelayMs(): number {
    const dues = [...this.#timers.values()].map(({ dueMs }) => dueMs - this.#monotonicMs);
    return Math.min(Infinity, ...dues);
  }

  setTimeout(run: () => void, delayMs: number): number {
    this.#timers.set(++this.#lastTimer, { run, dueMs: this.#monotonicMs + delayMs });
    return this.#lastTimer;
  }

  clearTimeout(timer: number): void {
    this.#timers.delete(timer);
  }

  /** Whoever set timers is gone. */
  dropTimers(): void {
    this.#timers.clear();
  }

  /** Lets `ms` pass at one go, then fires what is due; what that sets anew waits for the next call. */
  advance(ms: number): void {
    this.#monotonicMs += ms;
    this.wallMs += ms;
    const due = [...this.#timers].filter(([, timer]) => timer.dueMs <= this.#monotonicMs)
      .sort(([, a], [, b]) => a.dueMs - b.dueMs);
    for (const [id, { run }] of due) {
      if (this.#timers.delete(id)) run();
    }
  }
}
