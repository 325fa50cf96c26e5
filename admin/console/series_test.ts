import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { RingBudget, Series, STEP_COUNT } from "./series.ts";

const SLOT = 1_000_000;

Deno.test("Series gives back what it was told, and null for what is not known", () => {
  const series = new Series(new RingBudget());
  series.record(SLOT, 1);
  series.record(SLOT + 1, 2.5);
  series.record(SLOT + 2, NaN);
  deepEqual(series.read(SLOT + 3, 6), [null, null, 1, 2.5, null, null]);
});

Deno.test("Series fills the slots between two values with the later one", () => {
  const series = new Series(new RingBudget());
  series.record(SLOT, 1);
  series.record(SLOT + 3, 7);
  deepEqual(series.read(SLOT + 3, 4), [1, 7, 7, 7]);
});

Deno.test("Series forgets what is older than its window, also after a long gap", () => {
  const series = new Series(new RingBudget());
  for (let at = 0; at < 2 * STEP_COUNT; at++) series.record(SLOT + at, at);
  const points = series.read(SLOT + 2 * STEP_COUNT - 1);
  equal(points.length, STEP_COUNT);
  deepEqual([points[0], points.at(-1)], [STEP_COUNT, 2 * STEP_COUNT - 1]);
  series.record(SLOT + 10 * STEP_COUNT, 5);
  deepEqual(new Set(series.read(SLOT + 10 * STEP_COUNT)), new Set([5]));
});

Deno.test("Series takes a ring only when its value changes, and gives it back when it is idle", () => {
  const budget = new RingBudget(1);
  const busy = new Series(budget), other = new Series(budget);
  for (let at = 0; at < 50; at++) busy.record(SLOT + at, 3);
  deepEqual(busy.read(SLOT + 49, 2), [3, 3]);
  busy.record(SLOT + 50, 4);
  other.record(SLOT + 50, 1);
  other.record(SLOT + 51, 2);
  deepEqual(other.read(SLOT + 51, 2), [null, 2], "no ring is left for it");
  for (let at = 51; at < 51 + STEP_COUNT; at++) busy.record(SLOT + at, 4);
  other.record(SLOT + 52, 3);
  deepEqual(other.read(SLOT + 52, 2), [2, 3], "busy gave its ring back");
});

Deno.test("Series averages what is known", () => {
  const series = new Series(new RingBudget());
  for (const [at, value] of [1, 3, NaN, 6].entries()) series.record(SLOT + at, value);
  deepEqual(series.readAverages(SLOT + 3, 2).slice(-2), [2, 6]);
});

Deno.test("Series ignores a clock that was set back", () => {
  const series = new Series(new RingBudget());
  series.record(SLOT, 1);
  series.record(SLOT - 10, 9);
  deepEqual(series.read(SLOT, 2), [null, 1]);
});
