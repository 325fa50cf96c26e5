import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { RingBudget, Series, STEP_COUNT, type Window, WINDOWS } from "./series.ts";

const SLOT = 960_000; // a multiple of all tiers' steps

/** The last points, 5 s apart. */
const last = (count: number): Window => ({ ...WINDOWS["15m"], count });

Deno.test("Series gives back what it was told, and null for what is not known", () => {
  const series = new Series(new RingBudget());
  series.record(SLOT, 1);
  series.record(SLOT + 1, 2.5);
  series.record(SLOT + 2, NaN);
  deepEqual(series.read(SLOT + 3, last(6)), [null, null, 1, 2.5, null, null]);
});

Deno.test("Series leads from one value to the next without stairs, but over no long gap", () => {
  const series = new Series(new RingBudget());
  series.record(SLOT, 1);
  series.record(SLOT + 3, 7);
  deepEqual(series.read(SLOT + 3, last(4)), [1, 3, 5, 7]);
  series.record(SLOT + 43, 7);
  deepEqual(series.read(SLOT + 43, last(3)), [null, null, 7]);
});

Deno.test("Series forgets what is older than its window, also after a long gap", () => {
  const series = new Series(new RingBudget());
  for (let at = 0; at < 2 * STEP_COUNT; at++) series.record(SLOT + at, at);
  const points = series.read(SLOT + 2 * STEP_COUNT - 1, last(STEP_COUNT));
  equal(points.length, STEP_COUNT);
  deepEqual([points[0], points.at(-1)], [STEP_COUNT, 2 * STEP_COUNT - 1]);
  series.record(SLOT + 10 * STEP_COUNT, 5);
  deepEqual(new Set(series.read(SLOT + 10 * STEP_COUNT, last(180))), new Set([null, 5]));
});

Deno.test("Series takes a ring only when its value changes, and gives it back when it is idle", () => {
  const budget = new RingBudget(1);
  const busy = new Series(budget), other = new Series(budget);
  for (let at = 0; at < 50; at++) busy.record(SLOT + at, 3);
  deepEqual(busy.read(SLOT + 49, last(2)), [3, 3]);
  busy.record(SLOT + 50, 4);
  other.record(SLOT + 50, 1);
  other.record(SLOT + 51, 2);
  deepEqual(other.read(SLOT + 51, last(2)), [null, 2], "no ring is left for it");
  for (let at = 51; at < 51 + 720; at++) busy.record(SLOT + at, 4);
  for (let at = 52; at < 51 + 720; at++) other.record(SLOT + at, 2);
  other.record(SLOT + 771, 3);
  deepEqual(other.read(SLOT + 771, last(2)), [2, 3], "busy, the same for an hour, lent its ring");
  deepEqual(busy.read(SLOT + 770, last(2)), [4, 4]);
});

Deno.test("Series remembers averages for an hour and for a day", () => {
  const series = new Series(new RingBudget());
  const day = 24 * 720;
  for (let at = 0; at < day; at++) series.record(SLOT + at, Math.floor(at / 720));
  const end = SLOT + day - 1;
  const hours = series.read(end, WINDOWS["24h"]);
  deepEqual([hours.length, hours[0], hours[15], hours.at(-1)], [360, 0, 1, 23]);
  equal(series.read(end, WINDOWS["1h"])[0], 23);
  equal(series.read(end, WINDOWS["6h"])[0], 18);
});

Deno.test("Series averages what is known", () => {
  const series = new Series(new RingBudget());
  const values = [1, 1, 1, 3, 3, 3, NaN, NaN, 6];
  for (const [at, value] of values.entries()) series.record(SLOT + at, value);
  deepEqual(series.read(SLOT + 8, { ...WINDOWS["1h"], count: 3 }), [null, 2, 6]);
});

Deno.test("Series ignores a clock that was set back", () => {
  const series = new Series(new RingBudget());
  series.record(SLOT, 1);
  series.record(SLOT - 10, 9);
  deepEqual(series.read(SLOT, last(2)), [null, 1]);
});
