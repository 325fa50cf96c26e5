import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { FinishedSet } from "./finished_set.ts";

const LIMIT = 200_000;

/** All indexes below `LIMIT` that are not in the set, as ranges. */
function missing(set: FinishedSet): number[] {
  const ranges: number[] = [];
  for (let from = set.nextMissing(0, LIMIT); from < LIMIT;) {
    const to = set.nextPresent(from, LIMIT);
    ranges.push(from, to);
    from = set.nextMissing(to, LIMIT);
  }
  return ranges;
}

Deno.test("FinishedSet in order is a floor", () => {
  const set = new FinishedSet(5);
  for (let index = 5; index < 100_000; index++) strictEqual(set.add(index), true);
  deepStrictEqual([set.floor, set.size], [100_000, 0]);
  strictEqual(set.add(7), false);
});

Deno.test("FinishedSet agrees with a set of numbers, whatever is added and cut", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const start = Math.floor(random() * 70_000), set = new FinishedSet(start);
    const model = new Uint8Array(LIMIT).fill(1, 0, start);
    for (let step = 0; step < 60; step++) {
      const first = start + Math.floor(random() * (LIMIT - 100_000 - start));
      const count = random() < 0.3 ? Math.floor(random() * 100_000) : 1 + Math.floor(random() * 40);
      if (random() < 0.1) {
        set.cutAt(first);
        model.fill(0, first);
      } else if (random() < 0.5) {
        set.addRange(first, count);
        model.fill(1, first, first + count);
      } else {
        const lowest = model.indexOf(0);
        strictEqual(set.add(lowest), true);
        model[lowest] = 1;
      }
    }
    const expected: number[] = [];
    for (let from = model.indexOf(0); from >= 0;) {
      const to = model.indexOf(1, from);
      expected.push(from, to < 0 ? LIMIT : to);
      from = to < 0 ? -1 : model.indexOf(0, to);
    }
    deepStrictEqual(missing(set), expected, `seed ${seed}`);
    const floor = model.indexOf(0);
    strictEqual(set.floor, floor);
    strictEqual(set.size, model.subarray(floor).reduce((sum, bit) => sum + bit, 0));
  }
});
