import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { aggregateChannel } from "../../cluster/aggregate.ts";
import { topicStatsFrom } from "../../cluster/stats.ts";
import { rowJson } from "./row.ts";

/** A channel with these [messages, depth] on each node. */
function channel(nodes: Record<string, [messages: number, depth: number]>) {
  return aggregateChannel(
    Object.entries(nodes).flatMap(([node, [message_count, depth]]) => {
      const channels = [{ channel_name: "c", message_count, depth }];
      const origin = { node, hostname: node, topologyZone: "", topologyRegion: "", nowMs: 0 };
      const [topic] = topicStatsFrom({ topics: [{ topic_name: "t", channels }] }, origin);
      return topic!.channels!;
    }),
  );
}

function ratesOf(...looks: Parameters<typeof channel>[0][]) {
  const [last, now] = looks.map(channel);
  const row = { stats: now!, last: last!, elapsedMs: 500 };
  const { ingress, egress, message_count } = JSON.parse(rowJson(row, new Date(0)));
  return { ingress, egress, message_count };
}

Deno.test("rates of a row are those of all nodes together", () => {
  deepEqual(
    ratesOf({ a: [10, 5], b: [10, 0] }, { a: [20, 10], b: [12, 0] }),
    { ingress: 24, egress: 14, message_count: 32 },
  );
});

Deno.test("rates of a row leave out nodes that came, went or began anew", () => {
  deepEqual(
    ratesOf({ a: [10, 0], gone: [9000, 7] }, { a: [15, 0] }),
    { ingress: 10, egress: 10, message_count: 15 },
  );
  deepEqual(
    ratesOf({ a: [10, 0] }, { a: [15, 0], back: [9000, 7] }),
    { ingress: 10, egress: 10, message_count: 9015 },
  );
  deepEqual(
    ratesOf({ a: [10, 0], restarted: [9000, 7] }, { a: [15, 0], restarted: [3, 3] }),
    { ingress: 10, egress: 10, message_count: 18 },
  );
});
