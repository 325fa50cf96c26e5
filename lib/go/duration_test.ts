import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { durationToNanoseconds, formatDuration, parseDuration } from "./duration.ts";
import { ValueError } from "../value_error.ts";

Deno.test("parseDuration reads Go's durations", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["-0", 0],
    ["0s", 0],
    ["250ms", 250],
    ["1s", 1000],
    ["1.5s", 1500],
    [".5s", 500],
    ["1.s", 1000],
    ["1m30s", 90_000],
    ["30s1m", 90_000],
    ["1h", 3_600_000],
    ["1.5h", 5_400_000],
    ["-2s", -2000],
    ["+2s", 2000],
    ["5us", 0.005],
    ["5µs", 0.005],
    ["5μs", 0.005],
    ["1ns", 0.000001],
    ["0.3ns", 0],
    ["2562047h47m16.854775807s", 9223372036854.775807],
  ];
  for (const [text, ms] of cases) strictEqual(parseDuration(text) + 0, ms, text);
});

Deno.test("parseDuration refuses what Go refuses", () => {
  const cases = ["", "-", "5", "5.", "s", ".s", "abc", "1x", "1 s", " 1s", "1s ", "1s5", "1e3s"];
  const tooLarge = ["2562047h47m16.854775808s", "99999999999999h", "9223372036855ms"];
  for (const text of [...cases, ...tooLarge]) {
    throws(() => parseDuration(text), ValueError, JSON.stringify(text));
  }
});

Deno.test("formatDuration prints as Go prints", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [0.000001, "1ns"],
    [0.0011, "1.1µs"],
    [2.2, "2.2ms"],
    [250, "250ms"],
    [999.999, "999.999ms"],
    [1000, "1s"],
    [3300, "3.3s"],
    [60_000, "1m0s"],
    [90_000, "1m30s"],
    [245_001, "4m5.001s"],
    [3_600_000, "1h0m0s"],
    [5 * 3_600_000 + 6 * 60_000 + 7001, "5h6m7.001s"],
    [-1500, "-1.5s"],
  ];
  deepStrictEqual(cases.map(([ms]) => formatDuration(ms)), cases.map(([, text]) => text));
});

Deno.test("durationToNanoseconds gives whole nanoseconds", () => {
  strictEqual(durationToNanoseconds(250), 250_000_000);
  strictEqual(durationToNanoseconds(0.1 + 0.2), 300_000);
});
