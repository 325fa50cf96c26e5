import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { RequestTimings, timingsWarning } from "./request_timings.ts";

function report(every: number, durationsMs: readonly number[]): string[] {
  const lines: string[] = [];
  const timings = new RequestTimings("[aggregate]:", every, (line) => lines.push(line));
  for (const ms of durationsMs) timings.add(ms);
  return lines;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => count - index);

Deno.test("RequestTimings reports percentiles and average of each full set", () => {
  const expected = "[aggregate]: finished 200 - 99th: 198.00ms - 95th: 190.00ms - avg: 100.50ms";
  deepEqual(report(200, upTo(200)), [expected]);
  deepEqual(report(200, upTo(199)), []);
  deepEqual(report(200, [...upTo(200), ...upTo(200)]), [expected, expected]);
});

Deno.test("RequestTimings counts each set by itself", () => {
  deepEqual(report(2, [1, 3, 0.123, 0.123]), [
    "[aggregate]: finished 2 - 99th: 3.00ms - 95th: 3.00ms - avg: 2.00ms",
    "[aggregate]: finished 2 - 99th: 0.12ms - 95th: 0.12ms - avg: 0.12ms",
  ]);
});

Deno.test("RequestTimings reports nothing for every 0", () => {
  deepEqual(report(0, upTo(1000)), []);
});

Deno.test("timingsWarning warns of sets too small for percentiles", () => {
  match(timingsWarning(99) ?? "", /--status-every=99/);
  equal(timingsWarning(100), undefined);
  equal(timingsWarning(0), undefined);
});
