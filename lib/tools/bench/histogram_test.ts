import { ok, strictEqual as equal } from "node:assert/strict";
import { LatencyHistogram } from "./histogram.ts";

function assertNear(actual: number, expected: number): void {
  ok(Math.abs(actual - expected) <= 0.01 * expected, `${actual} is not near ${expected}`);
}

Deno.test("LatencyHistogram.percentileMs is right to one percent", () => {
  const histogram = new LatencyHistogram();
  for (let i = 1; i <= 10_000; i++) histogram.record(i / 10);
  assertNear(histogram.percentileMs(0.5), 500);
  assertNear(histogram.percentileMs(0.99), 990);
  assertNear(histogram.percentileMs(0.999), 999);
  equal(histogram.percentileMs(1), 1000);
  equal(histogram.maxMs, 1000);
  assertNear(histogram.meanMs, 500.05);
});

Deno.test("LatencyHistogram counts a batch as many", () => {
  const histogram = new LatencyHistogram();
  histogram.record(1, 99);
  histogram.record(100);
  equal(histogram.count, 100);
  assertNear(histogram.percentileMs(0.99), 1);
  equal(histogram.percentileMs(0.995), 100);
});

Deno.test("LatencyHistogram takes any duration, and none", () => {
  const histogram = new LatencyHistogram();
  equal(histogram.percentileMs(0.5), 0);
  equal(histogram.meanMs, 0);
  histogram.record(0);
  equal(histogram.percentileMs(1), 0);
  histogram.record(1e12);
  equal(histogram.maxMs, 1e12);
  ok(histogram.percentileMs(1) > 3e6);
});
