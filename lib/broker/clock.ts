/**
 * The broker's time. Everything that asks what time it is asks this, so that tests can drive it.
 * @module
 */

/** Where time comes from: ms since 1970, and ms since some start with a finer fraction that never goes back. */
export interface TimeSource {
  unixMs(): number;
  monotonicMs(): number;
}

/** The machine's clock. */
const systemTime: TimeSource = {
  unixMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

const TWO_POW_16 = 0x10000;
const TWO_POW_32 = 0x100000000;
const NS_PER_MS = 1e6;

/** The machine's wall clock is looked at no more often than this: what follows it is a step of it at most so late. */
const WALL_CLOCK_MS = 1;

/** Times as doubles are exact to some 240 ns: so little is no step of the wall clock. */
const ROUNDING_MS = 0.001;

/** Reads the time once per command or turn and keeps it, also as the two words of a message timestamp. */
export class Clock {
  /** ms since 1970 at the last {@link update}; for timestamps and ids. Follows steps of the machine's clock. */
  unixMs = 0;
  /** ms since 1970 as counted without steps; for deadlines. */
  nowMs = 0;
  /** The last {@link stamp}, in ns since 1970, as the upper and lower 32 bits: 2^53 is too small for it. */
  stampHigh = 0;
  stampLow = 0;

  #source: TimeSource;
  /** What added to the monotonic time gives {@link unixMs}. */
  #offsetMs = 0;
  /** When, in monotonic time, the wall clock is looked at again. */
  #lookMs = -Infinity;
  #deadlineOffsetMs: number;

  constructor(source: TimeSource = systemTime) {
    this.#source = source;
    this.#deadlineOffsetMs = source.unixMs() - source.monotonicMs();
    this.update();
  }

  /** Reads the time. */
  update(): number {
    const monotonicMs = this.#source.monotonicMs();
    if (monotonicMs >= this.#lookMs) this.#followWallClock(monotonicMs);
    this.unixMs = monotonicMs + this.#offsetMs;
    return this.nowMs = monotonicMs + this.#deadlineOffsetMs;
  }

  /** It gives the millisecond, the monotonic time the fraction within it. */
  #followWallClock(monotonicMs: number): void {
    const unixMs = this.#source.unixMs();
    // Another thread may have run between the two: only what is too low even now is raised, or the next look would set it back.
    const afterMs = this.#source.monotonicMs();
    if (afterMs + this.#offsetMs < unixMs) this.#offsetMs = unixMs - afterMs;
    else if (monotonicMs + this.#offsetMs > unixMs + 1 + ROUNDING_MS) {
      this.#offsetMs = unixMs - monotonicMs;
    }
    this.#lookMs = monotonicMs + WALL_CLOCK_MS;
  }

  /** The deadline `dueMs`, as of {@link nowMs}, in ms since 1970. */
  unixAt(dueMs: number): number {
    return dueMs - this.nowMs + this.unixMs;
  }

  /** Reads the time and sets {@link stampHigh} and {@link stampLow} to it. */
  stamp(): void {
    this.update();
    const wholeMs = Math.floor(this.unixMs);
    const fractionNs = Math.floor((this.unixMs - wholeMs) * NS_PER_MS);
    // ns = upper × 2^16 × 10^6 + lower × 10^6: each product is exact on its own.
    const upper = Math.floor(wholeMs / TWO_POW_16) * NS_PER_MS;
    const lower = (wholeMs % TWO_POW_16) * NS_PER_MS + fractionNs;
    const low = (upper % TWO_POW_16) * TWO_POW_16 + lower;
    this.stampLow = low % TWO_POW_32;
    this.stampHigh = Math.floor(upper / TWO_POW_16) + Math.floor(low / TWO_POW_32);
  }

  /** How many ns before the last {@link stamp} the message timestamp at `offset` is. */
  nsSince(view: DataView, offset: number): number {
    const high = this.stampHigh - view.getUint32(offset);
    return high * TWO_POW_32 + this.stampLow - view.getUint32(offset + 4);
  }
}
