/** What samples say: the middle of them, and how far it can be trusted. */

/** Of a range: how sure it is to hold the true median. */
const CONFIDENCE = 0.95;

export interface Range {
  readonly low: number;
  readonly high: number;
}

export function median(samples: readonly number[]): number | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/**
 * Each of the first by the one beside it in the second.
 * @throws {RangeError} when one of them has no neighbour
 */
export function pairedRatios(first: readonly number[], second: readonly number[]): number[] {
  if (first.length !== second.length) {
    throw new RangeError(`${first.length} samples beside ${second.length} make no pairs`);
  }
  return first.map((value, index) => value / second[index]!);
}

/**
 * Where the true median lies, 95 % sure, whatever the samples' distribution: each of them lies below it
 * as a coin falls, so how many do is binomial. `undefined` for fewer than 6 samples, which cannot be that sure.
 */
export function medianRange(samples: readonly number[]): Range | undefined {
  const rank = rangeRank(samples.length);
  if (rank === 0) return undefined;
  const sorted = samples.toSorted((a, b) => a - b);
  return { low: sorted[rank - 1]!, high: sorted[sorted.length - rank]! };
}

/**
 * Which of so many samples bound the range of the median, counted from 1 at either end; 0 for none.
 * @param count at most 1000: of more, the first probability is too small for a number
 */
export function rangeRank(count: number): number {
  let rank = 0;
  let probability = 0.5 ** count; // that exactly `rank` samples lie below the median
  for (let below = probability; below <= (1 - CONFIDENCE) / 2; below += probability) {
    rank++;
    probability *= (count - rank + 1) / rank;
  }
  return rank;
}
