/** Response times of the last minutes count, in this many steps: the older, the less. */
const BUCKETS = 120;
/** How long a response time counts. */
const MEMORY_MS = 5 * 60_000;
const BUCKET_MS = MEMORY_MS / BUCKETS;

/** What one host's response times were, on a weighted average of the last five minutes. */
export class ResponseTimes {
  readonly #counts = new Float64Array(BUCKETS);
  readonly #sumsMs = new Float64Array(BUCKETS);
  #newest = 0;
  #newestFromMs: number;

  constructor(nowMs: number) {
    this.#newestFromMs = nowMs;
  }

  add(durationMs: number, nowMs: number): void {
    this.#moveTo(nowMs);
    this.#counts[this.#newest]! += 1;
    this.#sumsMs[this.#newest]! += durationMs;
  }

  /**
   * A measure in ms to compare hosts by: a bucket without a response counts as the one before it.
   *
   * @returns 0 when there was no response
   */
  weightedMs(nowMs: number): number {
    this.#moveTo(nowMs);
    let total = 0, averageMs = 0;
    for (let step = 1; step <= BUCKETS; step++) {
      const bucket = (this.#newest + step) % BUCKETS; // the oldest first
      const count = this.#counts[bucket]!;
      if (count > 0) averageMs = this.#sumsMs[bucket]! / count;
      total += averageMs * (step / BUCKETS);
    }
    return total;
  }

  /** Empties the buckets that time has passed over. */
  #moveTo(nowMs: number): void {
    const steps = Math.floor((nowMs - this.#newestFromMs) / BUCKET_MS);
    this.#newestFromMs += steps * BUCKET_MS;
    for (let step = 0; step < Math.min(steps, BUCKETS); step++) {
      this.#newest = (this.#newest + 1) % BUCKETS;
      this.#counts[this.#newest] = 0;
      this.#sumsMs[this.#newest] = 0;
    }
  }
}
