/** What may come at once after a pause, as a part of a second's deliveries. */
const BURST_SECONDS = 0.05;

/** How much at least is delivered together, if the rate is high. */
const STEP_SECONDS = 0.005;

/** How many messages a channel may deliver now: so many a second, and after a pause no more than a twentieth of that at once. */
export class RateLimit {
  readonly perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number;

  /** @param nowMs as of Clock.nowMs */
  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond;
    this.#burst = Math.max(1, perSecond * BURST_SECONDS);
    this.#left = this.#burst;
    this.#atMs = nowMs;
  }

  /** Messages that may be delivered at `nowMs`. */
  allowed(nowMs: number): number {
    if (nowMs > this.#atMs) {
      const grown = this.#left + (nowMs - this.#atMs) * this.perSecond / 1000;
      this.#left = Math.min(this.#burst, grown);
      this.#atMs = nowMs;
    }
    return Math.floor(this.#left);
  }

  /** So many of those {@link allowed} were delivered. */
  delivered(count: number): void {
    this.#left -= count;
  }

  /** When it is worth to go on, as of Clock.nowMs. */
  get nextMs(): number {
    const wanted = Math.max(1, this.perSecond * STEP_SECONDS);
    // A little more: what is due must be there when the alarm rings.
    return this.#atMs + Math.max(0, wanted - this.#left) * 1000 / this.perSecond + 0.1;
  }
}
