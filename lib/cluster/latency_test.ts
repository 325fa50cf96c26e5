import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { aggregateLatency, latencyFrom } from "./latency.ts";

function node(count: number, percentiles: Record<number, number> | null) {
  return latencyFrom({
    count,
    percentiles: percentiles &&
      Object.entries(percentiles).map(([quantile, value]) => ({
        quantile: Number(quantile),
        value,
      })),
  });
}

Deno.test("aggregateLatency weighs each node by its count, and keeps the extremes", () => {
  const latency = aggregateLatency(
    [node(10, { 0.99: 100 }), node(30, { 0.99: 200, 0.5: 7 })],
    { topic: "t", channel: "c" },
  );
  deepEqual(latency, {
    count: 40,
    percentiles: [
      { average: 175, count: 40, max: 200, min: 100, quantile: 0.99 },
      { average: 7, count: 30, max: 7, min: 7, quantile: 0.5 },
    ],
    topic: "t",
    channel: "c",
    host: "*",
  });
});

Deno.test("aggregateLatency of nodes without messages is zero, of nodes without percentiles null", () => {
  const idle = aggregateLatency([node(0, { 0.5: 9 }), node(0, { 0.5: 3 })], {
    topic: "t",
    channel: "",
  });
  deepEqual(idle.percentiles, [{ average: 0, count: 0, max: 9, min: 3, quantile: 0.5 }]);
  deepEqual(aggregateLatency([node(0, null)], { topic: "t", channel: "" }).percentiles, null);
});
