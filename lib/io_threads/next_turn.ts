import { setImmediate } from "node:timers";
import type { Change, SleepWatch } from "./sleep_watch.ts";

/** For so long, in ms, one turn may follow the other at once. */
const HURRY_MS = 10;

/**
 * Leaves the event loop to others between two looks at a ring. The next turn comes at once, but now and then only with a timer: the runtime looks for
 * input reliably when it waits for one, and not before.
 */
export class NextTurn {
  readonly #watch: SleepWatch;
  /** When others were last heard for certain, as of performance.now(). */
  #heardMs = 0;
  /** Whether the last wait was for the other side, and not for a turn. */
  #slept = true;

  constructor(watch: SleepWatch) {
    this.#watch = watch;
  }

  /** Waits for the other side if there is something to wait for, else only for a turn. */
  after(change: Change | null): Promise<void> {
    if (change !== null) {
      this.#slept = true;
      return this.#watch.sleep(change, (end) => void change.told.then(end));
    }
    const nowMs = performance.now();
    if (this.#slept) {
      this.#slept = false;
      this.#heardMs = nowMs;
    }
    if (nowMs - this.#heardMs < HURRY_MS) return this.#watch.sleep(null, setImmediate);
    this.#slept = true;
    return this.#watch.sleep(null, (end) => setTimeout(end, 0));
  }
}
