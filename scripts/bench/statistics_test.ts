import assert from "node:assert/strict";
import { median, medianRange, pairedRatios, rangeRank } from "./statistics.ts";

Deno.test("median of odd, even and no samples", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 10]), 3);
  assert.equal(median([]), undefined);
});

Deno.test("pairedRatios holds neighbours against each other, and wants all to have one", () => {
  assert.deepEqual(pairedRatios([2, 9, 1], [1, 3, 4]), [2, 3, 0.25]);
  assert.throws(() => pairedRatios([1, 2], [1]), RangeError);
});

Deno.test("rangeRank gives the ranks that tables of the sign test give", () => {
  const ranks: [count: number, rank: number][] = [
    ...[[0, 0], [5, 0], [6, 1], [8, 1], [9, 2], [10, 2], [11, 2], [12, 3], [20, 6], [25, 8]],
    ...[[30, 10], [40, 14], [50, 18], [100, 40], [1000, 469]],
  ] as [number, number][];
  for (const [count, rank] of ranks) assert.equal(rangeRank(count), rank, `of ${count}`);
});

Deno.test("medianRange takes the samples of that rank from both ends, in any order", () => {
  assert.equal(medianRange([1, 2, 3, 4, 5]), undefined);
  assert.deepEqual(medianRange([6, 5, 4, 3, 2, 1]), { low: 1, high: 6 });
  const twenty = Array.from({ length: 20 }, (_, index) => (index * 7) % 20 + 1);
  assert.deepEqual(medianRange(twenty), { low: 6, high: 15 });
});
