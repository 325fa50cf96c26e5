/**
 * The memory behind the charts. A series takes a value every 5 s and keeps it for a quarter of an
 * hour, its averages over 30 s for an hour, and those over 4 minutes for a day. As long as the value
 * does not change it is one number; only then does it need a ring of 2,640 bytes, and gives it back
 * once it has been the same all over. So 10,000 idle topics cost next to nothing.
 */

/** Time between two points, in ms. */
export const STEP_MS = 5_000;

/** How finely and for how long a series remembers: `count` averages over `steps` steps each. */
interface Tier {
  readonly steps: number;
  readonly count: number;
  /** Where it begins in a ring. */
  readonly offset: number;
}

const FINE: Tier = { steps: 1, count: 180, offset: 0 };
const MIDDLE: Tier = { steps: 6, count: 120, offset: 180 };
const COARSE: Tier = { steps: 48, count: 360, offset: 300 };
const RING_LENGTH = 660;

/** Steps of the finest tier: 15 minutes. */
export const STEP_COUNT = FINE.count;

/** Steps that anything is remembered of: 24 hours. */
const MEMORY_STEPS = COARSE.steps * COARSE.count;

/** What a chart may show: points of one tier. */
export interface Window {
  readonly tier: Tier;
  readonly count: number;
}

/** Windows by their names in an address. */
export const WINDOWS = {
  "5m": { tier: FINE, count: 60 },
  "15m": { tier: FINE, count: 180 },
  "1h": { tier: MIDDLE, count: 120 },
  "6h": { tier: COARSE, count: 90 },
  "24h": { tier: COARSE, count: 360 },
} satisfies Record<string, Window>;
export type WindowName = keyof typeof WINDOWS;

/** Rings of all series together: 79 MB. */
const MAX_RINGS = 30_000;

/** A line that has been the same for so long lends its ring to one that is not, in steps: an hour. */
const LENT_AFTER_STEPS = 3_600_000 / STEP_MS;

/** After a gap of more steps than this nothing is known of it; shorter ones are bridged. */
const BRIDGED_STEPS = 12;

/** Who has rings, and how many more there may be. What gets none keeps only its latest value. */
export class RingBudget {
  readonly #limit: number;
  readonly #holders = new Set<Series>();
  #sweptAt = -1;

  constructor(rings: number = MAX_RINGS) {
    this.#limit = rings;
  }

  take(series: Series, slot: number): Float32Array | null {
    if (this.#holders.size >= this.#limit) this.#sweep(slot);
    if (this.#holders.size >= this.#limit) return null;
    this.#holders.add(series);
    return new Float32Array(RING_LENGTH);
  }

  giveBack(series: Series): void {
    this.#holders.delete(series);
  }

  /** Once for each slot: all who want one come at the same time. */
  #sweep(slot: number): void {
    if (this.#sweptAt === slot) return;
    this.#sweptAt = slot;
    for (const holder of this.#holders) {
      if (slot - holder.changedAt >= LENT_AFTER_STEPS) holder.drop();
    }
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

  /** Slot of the last change. */
  get changedAt(): number {
    return this.#changed;
  }

  /**
   * Sets the value of `slot`. A line without stairs leads there over slots that were left out, if
   * they are few. NaN: not known.
   */
  record(slot: number, value: number): void {
    if (slot < this.#last) return; // The clock was set back: the chart waits for it.
    const isNothingKnown = this.#last < 0 || this.#ring === null && Number.isNaN(this.#latest);
    if (isNothingKnown || slot - this.#last > MEMORY_STEPS) this.#restart(slot, value);
    const isLongGap = slot - this.#last > BRIDGED_STEPS;
    if (isLongGap || !Object.is(Math.fround(value), Math.fround(this.#latest))) {
      this.#change(slot, value);
    }
    if (this.#ring !== null) this.#fill(this.#ring, slot, value);
    this.#latest = value;
    this.#last = slot;
    if (this.#ring !== null && slot - this.#changed >= MEMORY_STEPS) this.drop();
  }

  /** The points of a window that ends with `slot`, rounded to three digits after the point. */
  read(slot: number, { tier, count }: Window): (number | null)[] {
    const last = Math.floor(slot / tier.steps);
    const points: (number | null)[] = [];
    for (let at = last - count + 1; at <= last; at++) {
      const value = this.#at(at, tier);
      points.push(Number.isNaN(value) ? null : Math.round(value * 1000) / 1000);
    }
    return points;
  }

  /** Gives the ring back; what was before the last change is forgotten. */
  drop(): void {
    if (this.#ring !== null) this.#budget.giveBack(this);
    this.#ring = null;
    this.#first = Math.max(this.#first, this.#changed);
  }

  /** The value of the tier's `at`th span of time. */
  #at(at: number, { steps, count, offset }: Tier): number {
    const isBefore = (at + 1) * steps <= this.#first;
    const isAfter = at * steps > this.#last;
    if (isBefore || isAfter || at <= Math.floor(this.#last / steps) - count) return NaN;
    return this.#ring === null ? this.#latest : this.#ring[offset + at % count]!;
  }

  #restart(slot: number, value: number): void {
    if (this.#ring !== null) this.#budget.giveBack(this);
    this.#ring = null;
    this.#first = slot;
    this.#last = slot;
    this.#changed = slot;
    this.#latest = value;
  }

  #change(slot: number, value: number): void {
    if (this.#ring === null) {
      const ring = this.#budget.take(this, slot);
      if (ring === null) return this.#restart(slot, value);
      for (const tier of [FINE, MIDDLE, COARSE]) this.#spread(ring, tier);
      this.#ring = ring;
    }
    this.#changed = slot;
  }

  /** Fills a tier with what has been the same since the beginning. */
  #spread(ring: Float32Array, { steps, count, offset }: Tier): void {
    ring.fill(NaN, offset, offset + count);
    const last = Math.floor(this.#last / steps);
    const from = Math.max(Math.floor(this.#first / steps), last - count + 1);
    for (let at = from; at <= last; at++) ring[offset + at % count] = this.#latest;
  }

  #fill(ring: Float32Array, slot: number, value: number): void {
    const gap = slot - this.#last;
    const from = Math.max(this.#last + 1, slot - FINE.count + 1);
    const isBridged = gap <= BRIDGED_STEPS && !Number.isNaN(value) && !Number.isNaN(this.#latest);
    for (let at = from; at < slot; at++) {
      const share = (at - this.#last) / gap;
      const bridge = isBridged ? this.#latest + (value - this.#latest) * share : NaN;
      ring[FINE.offset + at % FINE.count] = bridge;
    }
    ring[FINE.offset + slot % FINE.count] = value;
    this.#average(ring, FINE, MIDDLE, slot);
    this.#average(ring, MIDDLE, COARSE, slot);
  }

  /** Averages what is known of the spans that `slot` and the slots before it belong to. */
  #average(ring: Float32Array, from: Tier, to: Tier, slot: number): void {
    const width = to.steps / from.steps;
    const end = Math.floor(slot / from.steps);
    const first = Math.floor((this.#last + 1) / to.steps);
    for (
      let at = Math.max(first, Math.floor(slot / to.steps) - to.count + 1);
      at * to.steps <= slot;
      at++
    ) {
      let sum = 0, known = 0;
      for (let part = at * width; part < (at + 1) * width && part <= end; part++) {
        if (part <= end - from.count || (part + 1) * from.steps <= this.#first) continue;
        const value = ring[from.offset + part % from.count]!;
        if (Number.isNaN(value)) continue;
        sum += value;
        known++;
      }
      ring[to.offset + at % to.count] = known === 0 ? NaN : sum / known;
    }
  }
}
