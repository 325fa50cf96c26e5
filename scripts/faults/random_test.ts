import assert from "node:assert/strict";
import { Random } from "./random.ts";

Deno.test("shuffle keeps all values, and gives the same order for the same seed and name", () => {
  const values = Array.from({ length: 20 }, (_, index) => index);
  const order = new Random(1, "a").shuffle(values);
  assert.deepEqual(order.toSorted((a, b) => a - b), values);
  assert.notDeepEqual(order, values);
  assert.deepEqual(new Random(1, "a").shuffle(values), order);
  assert.notDeepEqual(new Random(2, "a").shuffle(values), order);
});

Deno.test("shuffle puts each of two first about as often", () => {
  const random = new Random(3, "a");
  const first = Array.from({ length: 1000 }, () => random.shuffle(["a", "b"])[0]);
  const share = first.filter((value) => value === "a").length / first.length;
  assert.ok(share > 0.4 && share < 0.6, `${share}`);
});
