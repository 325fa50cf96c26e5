import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { RateLimit } from "./rate_limit.ts";

Deno.test("RateLimit.take lets one through at once, and tells how long the next has to wait", () => {
  let nowMs = 1000;
  const limit = new RateLimit(10, () => nowMs);
  deepEqual([limit.take(), limit.take()], [0, 100]);
  nowMs += 40;
  equal(Math.round(limit.take()), 60);
  nowMs += 60;
  equal(limit.take(), 0);
});

Deno.test("RateLimit saves up what is not used for a second at most", () => {
  let nowMs = 0;
  const limit = new RateLimit(5, () => nowMs);
  nowMs += 60_000;
  let taken = 0;
  while (limit.take() === 0) taken++;
  equal(taken, 5);
});
