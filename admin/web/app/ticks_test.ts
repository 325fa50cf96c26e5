import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { ticksOf } from "./ticks.ts";

Deno.test("ticksOf gives round numbers from 0 on", () => {
  deepEqual(ticksOf(0, 4, true), [0], "nothing happened: no fractions of nothing");
  deepEqual(ticksOf(1.1, 4, true), [0, 1]);
  deepEqual(ticksOf(1.1, 4, false), [0, 0.5, 1]);
  deepEqual(ticksOf(110, 4, true), [0, 50, 100]);
  deepEqual(ticksOf(1_100_000, 2, true), [0, 1_000_000]);
  deepEqual(ticksOf(0.08, 4, false), [0, 0.02, 0.04, 0.06, 0.08]);
});
