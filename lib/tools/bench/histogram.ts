/** Neighbouring classes differ by this factor, so a percentile is right to 1 %. */
const RESOLUTION = 1.01;
const LOG_RESOLUTION = Math.log(RESOLUTION);

/** The first class holds all that is shorter. */
const SHORTEST_MS = 0.001;
/** The last class holds all that is longer: over an hour. */
const CLASSES = Math.ceil(Math.log(4e9) / LOG_RESOLUTION);

/** Durations in ms, any number of them in the same small memory. */
export class LatencyHistogram {
  count = 0;
  maxMs = 0;
  #sumMs = 0;
  readonly #classes = new Float64Array(CLASSES);

  /** @param count how many had this duration */
  record(durationMs: number, count = 1): void {
    this.count += count;
    this.#sumMs += durationMs * count;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
    this.#classes[classOf(durationMs)]! += count;
  }

  get meanMs(): number {
    return this.count === 0 ? 0 : this.#sumMs / this.count;
  }

  /** What this part of all durations does not exceed; 0 when there are none. @param part in (0, 1] */
  percentileMs(part: number): number {
    const rank = Math.ceil(this.count * part);
    let passed = 0;
    for (let i = 0; i < CLASSES; i++) {
      passed += this.#classes[i]!;
      if (passed >= rank && passed > 0) {
        return Math.min(SHORTEST_MS * RESOLUTION ** i, this.maxMs);
      }
    }
    return this.maxMs;
  }
}

/** The class whose upper end is the first that is not shorter. */
function classOf(durationMs: number): number {
  if (durationMs <= SHORTEST_MS) return 0;
  return Math.min(Math.ceil(Math.log(durationMs / SHORTEST_MS) / LOG_RESOLUTION), CLASSES - 1);
}
