import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Counters } from "./counters.ts";
import { KnownNodes } from "./known_nodes.ts";
import { channelLacking, clusterLacking, heldDepth, presenceOf, queueLacking } from "./lost.ts";
import { buildModel } from "./build_model.ts";
import { snapshotOf } from "./testing.ts";

Deno.test("buildModel sums a topic and its channels up over the nodes", () => {
  const model = buildModel(
    snapshotOf({
      "a:4151": { t: [{ depth: 1, message_count: 5 }, { c: { depth: 3, client_count: 2 } }] },
      "b:4151": {
        t: [{ depth: 2, backend_depth: 2, message_count: 7, paused: true }, {
          c: { depth: 4, in_flight_count: 1 },
        }],
      },
    }),
    new Counters(),
    0,
  );
  const { figures, channels, clients, inFlight } = model.topics.get("t")!;
  deepEqual(
    [figures.depth, figures.memoryDepth, figures.backendDepth, figures.messages, figures.paused],
    [3, 1, 2, 12, true],
  );
  deepEqual([channels.get("c")!.figures.depth, clients, inFlight], [7, 2, 1]);
  equal(model.totals.depth, 10);
});

Deno.test("buildModel makes rates of counts, also across a restart and an absence", () => {
  const counters = new Counters();
  const rateAt = (seconds: number, count: number | null) => {
    const figures = count === null ? {} : { t: { message_count: count } };
    const snapshot = snapshotOf({ "a:4151": figures });
    const stats = count === null ? { ...snapshot, stats: [], health: [] } : snapshot;
    return buildModel(stats, counters, seconds * 1000).topics.get("t")?.figures.rate ?? null;
  };
  equal(rateAt(0, 1000), null, "nothing is known of the time before");
  equal(rateAt(10, 1050), 5);
  equal(rateAt(15, null), null);
  equal(rateAt(30, 1150), 5, "over the 20 seconds since it answered");
  equal(rateAt(40, 20), 2, "it started again at 0");
});

Deno.test("buildModel tells deliveries and what is finished from what nsqd counts", () => {
  const counters = new Counters();
  const ratesAt = (seconds: number, channel: Record<string, number>) => {
    const snapshot = snapshotOf({ "a:4151": { t: [{}, { c: channel }] } });
    const { rates } = buildModel(snapshot, counters, seconds * 1000);
    return [rates.messages, rates.delivered, rates.finished, rates.requeues, rates.timeouts];
  };
  deepEqual(ratesAt(0, { message_count: 100, depth: 100 }), [NaN, NaN, NaN, NaN, NaN]);
  const busy = { message_count: 200, depth: 50, in_flight_count: 30, deferred_count: 20 };
  deepEqual(
    ratesAt(10, { ...busy, requeue_count: 40, timeout_count: 10 }),
    [10, 18, 10, 4, 1],
    "100 finished, 40 requeued, 10 timed out and 30 in flight: 180 deliveries",
  );
  deepEqual(ratesAt(20, { message_count: 5, depth: 60 }), [0.5, 0, 0, 0, 0], "it was restarted");
});

Deno.test("buildModel counts a new topic of a known node from 0", () => {
  const counters = new Counters();
  buildModel(snapshotOf({ "a:4151": { t: { message_count: 1 } } }), counters, 0);
  const next = snapshotOf({ "a:4151": { t: { message_count: 1 }, u: { message_count: 20 } } });
  equal(buildModel(next, counters, 10_000).topics.get("u")!.figures.rate, 2);
});

Deno.test("buildModel counts a first topic of a node from 0, which had none", () => {
  const counters = new Counters();
  buildModel(snapshotOf({ "a:4151": {} }), counters, 0);
  const next = snapshotOf({ "a:4151": { u: { message_count: 20 } } });
  equal(buildModel(next, counters, 10_000).topics.get("u")!.figures.rate, 2);
});

Deno.test("buildModel names a node that gave no figures, with the reason", () => {
  const snapshot = snapshotOf({ "a:4151": {}, "b:4151": {} }, {
    health: [{ node: "a:4151", version: "1.3.0", health: "OK", start_time: 1 }],
    errors: [{ address: "b:4151", message: "timeout" }, { address: "c:4151", message: "refused" }],
  });
  const { nodes, totals } = buildModel(snapshot, new Counters(), 0);
  deepEqual(
    [...nodes.values()].map(({ name, error }) => [name, error]),
    [["a:4151", ""], ["b:4151", "timeout"], ["c:4151", "refused"]],
  );
  equal(totals.nodesLost, 2);
});

const NO_LISTING = { state: "fresh", atMs: 0, silent: [] } as const;

/** A model with what is remembered, as the collector makes it. */
function lookAt(known: KnownNodes, snapshot: ReturnType<typeof snapshotOf>, atMs: number) {
  known.update(snapshot, atMs);
  const memory = { known: known.all, listing: { ...NO_LISTING, silent: [] }, topics: [] };
  return buildModel(snapshot, new Counters(), atMs, memory);
}

Deno.test("KnownNodes forgets a node that is not there after 15 minutes, one with messages after a day", () => {
  const known = new KnownNodes();
  const names = () => [...known.all.keys()];
  known.update(snapshotOf({ "a:4151": {}, "b:4151": { t: [{}, { c: { depth: 1 } }] } }), 0);
  const none = snapshotOf({});
  known.update(none, 5_000);
  deepEqual(names(), ["a:4151", "b:4151"]);
  known.update(none, 16 * 60_000);
  deepEqual(names(), ["b:4151"]);
  known.update(none, 25 * 3600_000);
  deepEqual(names(), []);
});

Deno.test("KnownNodes starts anew when other lookupds are asked", () => {
  const known = new KnownNodes();
  known.update(snapshotOf({ "a:4151": {} }), 0);
  const lookupds = [{ address: "other:4161", nodes: [], topics: [] }];
  known.update(snapshotOf({}, { lookupds }), 5_000);
  equal(known.all.size, 0);
});

Deno.test("buildModel counts a node once that is lost and is called otherwise than it is asked", () => {
  const addresses = new Map([["a:4151", "10.0.0.1:4151"]]);
  const before = snapshotOf({ "a:4151": {} }, { addresses });
  const errors = [{ address: "10.0.0.1:4151", message: "refused" }];
  const { nodes, totals } = buildModel({ ...before, health: [], errors }, new Counters(), 5_000);
  deepEqual([...nodes.values()].map(({ name, error }) => [name, error]), [["a:4151", "refused"]]);
  equal(totals.nodesLost, 1);
});

Deno.test("sums leave a lost node out and say what it had", () => {
  const known = new KnownNodes();
  const both = snapshotOf({
    "a:4151": { t: [{ depth: 1 }, { c: { depth: 10, client_count: 1 } }] },
    "b:4151": { t: [{ depth: 2 }, { c: { depth: 20, in_flight_count: 3 } }], u: {} },
  });
  lookAt(known, both, 1_000);
  const model = lookAt(known, {
    ...both,
    stats: both.stats.filter(({ node }) => node === "a:4151"),
    health: both.health.filter(({ node }) => node === "a:4151"),
  }, 6_000);
  equal(model.totals.depth, 11);
  const lacking = clusterLacking(model)!;
  deepEqual([lacking.nodes, lacking.sinceMs, lacking.isPartlyUnknown], [["b:4151"], 1_000, false]);
  deepEqual([lacking.last.depth, lacking.last.inFlight], [22, 3]);
  const t = model.topics.get("t")!;
  equal(heldDepth(t), 33, "a line does not fall");
  equal(channelLacking(t, "c")!.last.depth, 20);
  deepEqual([presenceOf(model, "t"), presenceOf(model, "u")], ["here", "lost"]);
  deepEqual([presenceOf(model, "t", "x"), presenceOf(model, "x")], ["unsure", "unsure"]);
});

Deno.test("a topic that lookupd lists on a node which never answered is not called absent", () => {
  const snapshot = snapshotOf({ "a:4151": {} });
  const [node] = snapshot.nodes;
  const nodes = [{ ...node!, topics: [{ topic: "t", tombstoned: false }] }];
  const model = buildModel({ ...snapshot, nodes, health: [] }, new Counters(), 1_000);
  equal(presenceOf(model, "t"), "lost");
  const { isPartlyUnknown, sinceMs } = queueLacking(model.topics.get("t")!)!;
  deepEqual([isPartlyUnknown, sinceMs], [true, 0]);
});
