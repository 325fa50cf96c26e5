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
  const names = { topic: "t", channel: "" };
  const idle = aggregateLatency([node(0, { 0.5: 0 }), node(0, { 0.5: 0 })], names);
  deepEqual(idle.percentiles, [{ average: 0, count: 0, max: 0, min: 0, quantile: 0.5 }]);
  deepEqual(aggregateLatency([node(0, null)], { topic: "t", channel: "" }).percentiles, null);
});

Deno.test("aggregateLatency leaves out nodes that have seen no message", () => {
  const busy = node(4, { 0.5: 100 }), idle = node(0, { 0.5: 0 });
  for (const nodes of [[idle, busy], [busy, idle], [idle, busy, idle]]) {
    const { percentiles } = aggregateLatency(nodes, { topic: "t", channel: "" });
    deepEqual(percentiles, [{ average: 100, count: 4, max: 100, min: 100, quantile: 0.5 }]);
  }
});
