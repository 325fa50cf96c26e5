import { setImmediate } from "node:timers";

/** For so long, in ms, one turn may follow the other at once. */
const HURRY_MS = 10;

/**
 * Leaves the event loop to others between two looks at a ring. The next turn comes at once, but now and then only with a timer: the runtime looks for
 * input reliably when it waits for one, and not before.
 */
export class NextTurn {
  /** When others were last heard for certain, as of performance.now(). */
  #heardMs = 0;
  /** Whether the last wait was for the other side, and not for a turn. */
  #slept = true;

  /** Waits for the other side if `wait` is something to wait for, else only for a turn. */
  async after(wait: Promise<unknown> | null): Promise<void> {
    if (wait !== null) {
      this.#slept = true;
      await wait;
      return;
    }
    const nowMs = performance.now();
    if (this.#slept) {
      this.#slept = false;
      this.#heardMs = nowMs;
    }
    if (nowMs - this.#heardMs < HURRY_MS) {
      return await new Promise((resolve) => setImmediate(resolve));
    }
    this.#slept = true;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
