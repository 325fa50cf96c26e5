/** A longer fsync must not stall the event loop. */
const FAST_MS = 0.4;

/** More bytes are of many publishers: they are written in the background in any case, while others are read. */
const SMALL_BYTES = 4 * 1024;

/** What the way through the thread pool and back takes. */
const POOL_MS = 0.1;

/** How much of what is usual each fsync replaces. One that is far slower than the others counts as this many of {@link FAST_MS}. */
const WEIGHT = 1 / 16;
const MAX_FASTS = 4;

/** Of the time of all others, so much may go by while an fsync that was waited for takes longer than it should. */
const STALL_SHARE = 0.02;

/**
 * Whether an fsync waits for the disk right away or in the background: where it takes less time than the way through the thread
 * pool, a single publisher gets its answer sooner.
 */
export class SyncChoice {
  readonly #nowMs: () => number;
  /** What an fsync of little took lately. */
  #usualMs = Infinity;
  /** Until then nobody is kept waiting once more. */
  #repaidMs = 0;

  constructor(monotonicMs: () => number) {
    this.#nowMs = monotonicMs;
  }

  /** @param bytes that were written */
  syncNow(bytes: number): boolean {
    return bytes <= SMALL_BYTES && this.#usualMs < FAST_MS && this.#nowMs() >= this.#repaidMs;
  }

  /** Runs an fsync that {@link syncNow} decided for. */
  measure(sync: () => void): void {
    const began = this.#nowMs();
    try {
      sync();
    } finally {
      const now = this.#nowMs(), ms = now - began;
      if (ms > FAST_MS) this.#repaidMs = now + (ms - FAST_MS) / STALL_SHARE;
      this.#note(ms);
    }
  }

  /** Runs one that it decided against. @param bytes that were written */
  async measureInBackground(bytes: number, sync: () => Promise<void>): Promise<void> {
    if (bytes > SMALL_BYTES) return sync();
    const began = this.#nowMs();
    try {
      await sync();
    } finally {
      this.#note(Math.max(0, this.#nowMs() - began - POOL_MS));
    }
  }

  #note(ms: number): void {
    const counted = Math.min(ms, MAX_FASTS * FAST_MS);
    this.#usualMs = this.#usualMs === Infinity
      ? counted
      : this.#usualMs + (counted - this.#usualMs) * WEIGHT;
  }
}
