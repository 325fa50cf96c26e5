import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { topicStatsFrom } from "../../lib/cluster/stats.ts";
import { ClientWatch } from "./client_watch.ts";

const ORIGIN = { node: "a:4151", hostname: "a", topologyZone: "", topologyRegion: "", nowMs: 0 };

/** What is wrong with each client after some looks, 5 s apart; a look names each client's figures. */
function faultsAfter(depth: number, ...looks: Record<string, Record<string, number | string>>[]) {
  const watch = new ClientWatch();
  for (const [at, look] of looks.entries()) {
    const clients = Object.entries(look)
      .map(([remote_address, figures]) => ({ remote_address, ...figures }));
    const channels = [{ channel_name: "c", depth, clients }];
    const topics = topicStatsFrom({ topics: [{ topic_name: "t", channels }] }, ORIGIN);
    watch.note("k", topics, at * 5_000);
  }
  return Object.fromEntries(
    [...watch.faults("k")].map(([name, fault]) => [name.split(" ")[1], fault]),
  );
}

Deno.test("ClientWatch marks a consumer whose flight is full and that finishes nothing", () => {
  const held = { in_flight_count: 5, ready_count: 5, message_count: 5 };
  deepEqual(faultsAfter(9, { x: held }, { x: held }, { x: held }), {});
  deepEqual(faultsAfter(9, { x: held }, { x: held }, { x: held }, { x: held }), {
    x: "in flight full, nothing finished for 15 s",
  });
});

Deno.test("ClientWatch marks a consumer whose messages time out", () => {
  const before = { in_flight_count: 2, ready_count: 9, message_count: 2 };
  const after = { in_flight_count: 2, ready_count: 9, message_count: 5 };
  deepEqual(faultsAfter(0, { x: before }, { x: after }), {
    x: "timing out: 3 since the last look",
  });
});

Deno.test("ClientWatch marks one that has never finished anything at first sight", () => {
  const sleeper = { in_flight_count: 2, ready_count: 2, message_count: 7 };
  deepEqual(faultsAfter(0, { x: sleeper, y: { ...sleeper, finish_count: 1 } }), {
    x: "nothing finished so far, 5 timed out",
  });
});

Deno.test("ClientWatch marks a consumer that is not ready although messages wait", () => {
  deepEqual(faultsAfter(1, { x: { ready_count: 0 } }), { x: "not ready: backed off, or RDY 0" });
  deepEqual(faultsAfter(0, { x: { ready_count: 0 } }), {});
  deepEqual(faultsAfter(1, { x: { ready_count: 0, version: "HTTP" } }), {}, "it asks by and by");
});

Deno.test("ClientWatch marks a consumer that is behind its peers", () => {
  const client = (count: number) => ({
    ready_count: 9,
    in_flight_count: 1,
    finish_count: count,
    message_count: count + 1,
  });
  const start = { x: client(0), y: client(0), z: client(0) };
  const end = { x: client(500), y: client(10), z: client(480) };
  deepEqual(faultsAfter(7, start, end), { y: "behind its peers" });
  deepEqual(faultsAfter(0, start, end), {}, "nothing waits");
});
