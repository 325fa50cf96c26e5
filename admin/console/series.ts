/**
 * The short memory behind the charts. A series takes a value every 5 s and keeps the last quarter
 * of an hour. As long as the value does not change it is one number; only then does it need a ring
 * of 720 bytes, and gives it back once it has been the same all over. So 10,000 idle topics cost
 * next to nothing.
 */

/** Time between two points, in ms. */
export const STEP_MS = 5_000;

/** Points that are kept: 15 minutes. */
export const STEP_COUNT = 180;

/** Rings of all series together: 29 MB. */
export const MAX_RINGS = 40_000;

/** How many more rings there may be. What gets none keeps only its latest value. */
export class RingBudget {
  #left: number;

  constructor(rings: number = MAX_RINGS) {
    this.#left = rings;
  }

  take(): Float32Array | null {
    if (this.#left === 0) return null;
    this.#left--;
    return new Float32Array(STEP_COUNT);
  }

  giveBack(): void {
    this.#left++;
  }
}

/** One line of a chart. Slots are Unix time divided by {@link STEP_MS}. */
export class Series {
  readonly #budget: RingBudget;
  #ring: Float32Array | null = null;
  #latest = NaN;
  /** Slots of the first value that is known, the last one, and the one that changed last. */
  #first = 0;
  #last = -1;
  #changed = 0;

  constructor(budget: RingBudget) {
    this.#budget = budget;
  }

  get latest(): number {
    return this.#latest;
  }

  /** Sets the value of `slot`, and of all slots since the one before. NaN: not known. */
  record(slot: number, value: number): void {
    if (slot < this.#last) return; // The clock was set back: the chart waits for it.
    if (this.#last < 0) this.#restart(slot, value);
    else if (!Object.is(Math.fround(value), Math.fround(this.#latest))) this.#change(slot, value);
    if (this.#ring !== null) this.#fill(slot, value);
    this.#latest = value;
    this.#last = slot;
    if (this.#ring !== null && slot - this.#changed >= STEP_COUNT) this.drop(slot);
  }

  /** The last `count` values up to `slot`, rounded to three digits after the point. */
  read(slot: number, count: number = STEP_COUNT): (number | null)[] {
    const points: (number | null)[] = [];
    for (let at = slot - count + 1; at <= slot; at++) {
      const value = this.#at(at);
      points.push(Number.isNaN(value) ? null : Math.round(value * 1000) / 1000);
    }
    return points;
  }

  /** Averages of `width` values each. */
  readAverages(slot: number, width: number): (number | null)[] {
    const averages: (number | null)[] = [];
    for (let end = slot - STEP_COUNT + width; end <= slot; end += width) {
      let sum = 0, known = 0;
      for (let at = end - width + 1; at <= end; at++) {
        const value = this.#at(at);
        if (Number.isNaN(value)) continue;
        sum += value;
        known++;
      }
      averages.push(known === 0 ? null : Math.round(sum / known * 100) / 100);
    }
    return averages;
  }

  /** Gives the ring back; what was before is forgotten. */
  drop(slot: number = this.#last): void {
    if (this.#ring !== null) this.#budget.giveBack();
    this.#ring = null;
    this.#first = Math.max(this.#first, slot - STEP_COUNT + 1);
  }

  #at(slot: number): number {
    if (slot < this.#first || slot > this.#last || slot <= this.#last - STEP_COUNT) return NaN;
    return this.#ring === null ? this.#latest : this.#ring[slot % STEP_COUNT]!;
  }

  #restart(slot: number, value: number): void {
    this.#first = slot;
    this.#last = slot;
    this.#changed = slot;
    this.#latest = value;
  }

  #change(slot: number, value: number): void {
    this.#changed = slot;
    if (this.#ring !== null) return;
    const ring = this.#budget.take();
    if (ring === null) return this.#restart(slot, value);
    ring.fill(this.#latest);
    this.#ring = ring;
  }

  #fill(slot: number, value: number): void {
    const ring = this.#ring!;
    const from = Math.max(this.#last + 1, slot - STEP_COUNT + 1);
    for (let at = from; at <= slot; at++) ring[at % STEP_COUNT] = value;
    ring[slot % STEP_COUNT] = value;
  }
}
