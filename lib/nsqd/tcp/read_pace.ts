import type { InputPause } from "./input_pause.ts";

/** Below this nobody is kept waiting, whatever the time, in bytes received. */
const UNWATCHED_BYTES = 256 * 1024;

/** How long the event loop may go on before it is watched whether others are heard, in ms. */
const UNWATCHED_MS = 10;

/** And how long from then on. */
const WATCHED_MS = 5;

/**
 * Sees to it that clients who send without a pause leave others time: a read of what has arrived already is done at once, without a turn of the
 * event loop between two of them, and one such client would be the only one heard. A timer shows whether the loop turns by itself; if it does not
 * ring, all who ask wait for a pause ({@link InputPause}).
 */
export class ReadPace {
  #bytes = 0;
  /** When the timer was set last. */
  #sinceMs = 0;
  /** Whether it has not rung yet. */
  #watching = false;
  /** Resolves after the pause; null while there is none. */
  #pause: Promise<void> | null = null;
  readonly #others: InputPause;

  constructor(others: InputPause) {
    this.#others = others;
  }

  /** Asks to go on with `count` bytes that were received. Null: do. Else ask again when the promise has resolved. */
  ask(count: number, nowMs: number): Promise<void> | null {
    if (this.#watching) {
      return nowMs - this.#sinceMs > WATCHED_MS ? this.#pause ??= this.#newPause() : null;
    }
    this.#bytes += count;
    if (this.#bytes > UNWATCHED_BYTES && nowMs - this.#sinceMs > UNWATCHED_MS) this.#watch(nowMs);
    return null;
  }

  #watch(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#watching = true;
    setTimeout(() => {
      if (this.#pause === null) this.#startAgain();
    }, 0);
  }

  async #newPause(): Promise<void> {
    await this.#others.take();
    this.#pause = null;
    this.#startAgain();
  }

  #startAgain(): void {
    this.#bytes = 0;
    this.#watching = false;
  }
}
