import assert from "node:assert/strict";
import { touchAhead } from "./touch_ahead.ts";

Deno.test("touching stops where the records end, also in the middle of a line", () => {
  const view = new DataView(new ArrayBuffer(1000));
  assert.deepEqual(touchAhead(view, 10, 1000), 1000);
  assert.deepEqual(touchAhead(view, 999, 1000), 1000);
  assert.deepEqual(touchAhead(view, 1000, 1000), 1000);
});

Deno.test("touching does a part at a time of what is long, and goes on from there", () => {
  const view = new DataView(new ArrayBuffer(20_000));
  const ends: number[] = [];
  for (let at = 0; at < 20_000;) ends.push(at = touchAhead(view, at, 20_000));
  assert.deepEqual(ends, [8192, 16_384, 20_000]);
});
