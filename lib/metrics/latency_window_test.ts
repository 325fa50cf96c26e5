import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { LatencyWindow } from "./latency_window.ts";

const SETTINGS = { percentiles: [0.99, 0.5], windowMs: 1000 };

function count(window: LatencyWindow, nowMs: number): number {
  return LatencyWindow.figures([window], SETTINGS, nowMs).count;
}

Deno.test("LatencyWindow.figures gives the percentiles in the order asked for", () => {
  const window = new LatencyWindow(SETTINGS, 0);
  for (let ns = 1; ns <= 200; ns++) window.insert(ns, 10);
  deepStrictEqual(LatencyWindow.figures([window], SETTINGS, 20), {
    count: 200,
    percentiles: [{ quantile: 0.99, value: 198 }, { quantile: 0.5, value: 100 }],
  });
});

Deno.test("LatencyWindow.figures takes several windows together", () => {
  const [low, high] = [new LatencyWindow(SETTINGS, 0), new LatencyWindow(SETTINGS, 0)];
  low.insert(1, 10);
  high.insert(9, 10);
  deepStrictEqual(LatencyWindow.figures([low, high], SETTINGS, 20), {
    count: 2,
    percentiles: [{ quantile: 0.99, value: 9 }, { quantile: 0.5, value: 1 }],
  });
});

Deno.test("LatencyWindow forgets what is older than the window, and nothing younger than half of it", () => {
  const window = new LatencyWindow(SETTINGS, 0);
  window.insert(1, 400);
  window.insert(1, 600);
  strictEqual(count(window, 900), 2);
  strictEqual(count(window, 1001), 1);
  strictEqual(count(window, 1100), 1);
  strictEqual(count(window, 1501), 0);
});

Deno.test("LatencyWindow forgets everything after a long silence", () => {
  const window = new LatencyWindow(SETTINGS, 0);
  window.insert(1, 100);
  strictEqual(count(window, 1_000_250), 0);
  window.insert(1, 1_000_260);
  strictEqual(count(window, 1_000_800), 1);
});

Deno.test("LatencyWindow of no length keeps nothing", () => {
  const settings = { percentiles: [0.5], windowMs: 0 };
  const window = new LatencyWindow(settings, 0);
  window.insert(1, 1);
  strictEqual(LatencyWindow.figures([window], settings, 2).count, 0);
});
