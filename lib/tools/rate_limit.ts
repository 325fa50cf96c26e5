const MS_PER_SECOND = 1000;

/** Lets so many things happen each second. What was not used is kept for a second at most. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #allowed = 1;
  #countedMs: number;

  /** @param perSecond more than 0 @param nowMs a clock that does not go back */
  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#countedMs = nowMs();
  }

  /** Takes one. @returns 0, or how many ms to wait before asking again; nothing is taken then */
  take(): number {
    const nowMs = this.#nowMs();
    const earned = (nowMs - this.#countedMs) * this.#perSecond / MS_PER_SECOND;
    this.#countedMs = nowMs;
    this.#allowed = Math.min(this.#allowed + earned, Math.max(1, this.#perSecond));
    if (this.#allowed < 1) return (1 - this.#allowed) * MS_PER_SECOND / this.#perSecond;
    this.#allowed--;
    return 0;
  }
}
