/**
 * Quantiles of a stream of numbers that is too long to keep: the algorithm of "Effective
 * Computation of Biased Quantiles over Data Streams" (Cormode, Korn, Muthukrishnan, Srivastava,
 * 2005), for quantiles that are known beforehand.
 */

/** Allowed error of a quantile's rank, as a part of the number of values: the reference's … */
const MAX_RANK_ERROR = 0.01;
/** … but for high quantiles a part of what is above them: or else the 99th percentile could be the largest value. */
const UPPER_RANK_ERROR = 0.1;
/** Values that are collected before they are merged into the samples. */
const BUFFERED_VALUES = 512;

/** A value that stands for `width` observed ones, itself the largest of them. */
export interface Sample {
  readonly value: number;
  width: number;
  /** By how much the rank of the value may be larger than the widths before it say. */
  readonly delta: number;
}

/** Keeps as few samples of a stream as the quantiles need. */
export class QuantileStream {
  readonly #targets: readonly { quantile: number; error: number }[];
  /** Sorted by value. */
  #samples: Sample[] = [];
  /** The sum of the samples' widths. */
  #merged = 0;
  /** Made when there is a first value: most streams belong to channels without traffic. */
  #buffer: Float64Array | undefined;
  #buffered = 0;

  /** @param quantiles those that will be asked for, each in (0, 1] */
  constructor(quantiles: readonly number[]) {
    // The largest value, quantile 1, is kept anyway.
    this.#targets = quantiles.filter((quantile) => quantile < 1).map((quantile) => ({
      quantile,
      error: Math.min(MAX_RANK_ERROR, UPPER_RANK_ERROR * (1 - quantile)),
    }));
  }

  insert(value: number): void {
    this.#buffer ??= new Float64Array(BUFFERED_VALUES);
    this.#buffer[this.#buffered++] = value;
    if (this.#buffered < BUFFERED_VALUES) return;
    this.#merge();
    this.#compress();
  }

  /** Forgets everything. */
  reset(): void {
    this.#samples = [];
    this.#merged = 0;
    this.#buffered = 0;
  }

  /** What is known of the stream, sorted by value. */
  samples(): readonly Sample[] {
    this.#merge();
    return this.#samples;
  }

  /** Sorts the buffered values in among the samples. */
  #merge(): void {
    if (this.#buffered === 0) return;
    const values = this.#buffer!.subarray(0, this.#buffered).sort();
    const old = this.#samples;
    const merged: Sample[] = [];
    let next = 0, rank = 0;
    for (const value of values) {
      while (next < old.length && old[next]!.value <= value) {
        rank += old[next]!.width;
        merged.push(old[next++]!);
      }
      // The smallest and the largest value are known exactly, one in between is not.
      const isInside = next > 0 && next < old.length;
      merged.push({ value, width: 1, delta: isInside ? this.#uncertainty(rank) : 0 });
      this.#merged++;
      rank++;
    }
    while (next < old.length) merged.push(old[next++]!);
    this.#samples = merged;
    this.#buffered = 0;
  }

  #uncertainty(rank: number): number {
    return Math.max(0, Math.floor(Math.min(this.#allowed(rank), this.#merged)) - 1);
  }

  /** How many values a sample at `rank` may stand for. */
  #allowed(rank: number): number {
    let least = Infinity;
    for (const { quantile, error } of this.#targets) {
      const allowed = quantile * this.#merged <= rank
        ? 2 * error * rank / quantile
        : 2 * error * (this.#merged - rank) / (1 - quantile);
      least = Math.min(least, allowed);
    }
    return least;
  }

  /** Joins neighbours where the quantiles allow it. The largest value always stays. */
  #compress(): void {
    const kept: Sample[] = [];
    let upper = this.#samples.at(-1);
    if (upper === undefined) return;
    let rank = this.#merged - 1 - upper.width;
    for (let at = this.#samples.length - 2; at >= 0; at--) {
      const sample = this.#samples[at]!;
      if (sample.width + upper.width + upper.delta <= this.#allowed(rank)) {
        upper.width += sample.width;
      } else {
        kept.push(upper);
        upper = sample;
      }
      rank -= sample.width;
    }
    kept.push(upper);
    this.#samples = kept.reverse();
  }
}

/** How many values were observed, and the value at each quantile: 0 where nothing was. */
export function quantilesOf(
  streams: Iterable<QuantileStream>,
  quantiles: readonly number[],
): { count: number; values: number[] } {
  const samples = [...streams].flatMap((stream) => stream.samples());
  samples.sort((a, b) => a.value - b.value);
  const count = samples.reduce((sum, { width }) => sum + width, 0);
  const values = quantiles.map((quantile) => valueAt(samples, Math.ceil(count * quantile)));
  return { count, values };
}

/** The value whose rank, as far as it is known, is nearest; the larger one of two. */
function valueAt(samples: readonly Sample[], rank: number): number {
  let seen = 0, nearest = 0, distance = Infinity;
  for (const { value, width, delta } of samples) {
    seen += width;
    const off = Math.abs(seen + delta / 2 - rank);
    if (off > distance) continue;
    distance = off;
    nearest = value;
  }
  return nearest;
}
