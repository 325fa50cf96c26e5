import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Counters } from "./counters.ts";
import { KnownNodes } from "./known_nodes.ts";
import { buildModel } from "./model.ts";
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
  equal(rateAt(0, 1000), 0, "nothing is known of the time before");
  equal(rateAt(10, 1050), 5);
  equal(rateAt(15, null), null);
  equal(rateAt(30, 1150), 5, "over the 20 seconds since it answered");
  equal(rateAt(40, 20), 2, "it started again at 0");
});

Deno.test("buildModel counts a new topic of a known node from 0", () => {
  const counters = new Counters();
  buildModel(snapshotOf({ "a:4151": { t: { message_count: 1 } } }), counters, 0);
  const next = snapshotOf({ "a:4151": { t: { message_count: 1 }, u: { message_count: 20 } } });
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

Deno.test("KnownNodes tells of a node that is not listed any more, for a quarter of an hour", () => {
  const known = new KnownNodes();
  const [both, one] = [snapshotOf({ "a:4151": {}, "b:4151": {} }), snapshotOf({ "a:4151": {} })];
  deepEqual(known.update(both, 0), []);
  deepEqual(known.update(one, 5_000).map(({ name }) => name), ["b:4151"]);
  deepEqual(known.update(both, 10_000), []);
  deepEqual(known.update(one, 10_000 + 16 * 60_000), []);
});

Deno.test("buildModel counts a node once that is lost and is called otherwise than it is asked", () => {
  const known = new KnownNodes();
  const before = snapshotOf({ "a:4151": {} }, {
    addresses: new Map([["a:4151", "10.0.0.1:4151"]]),
  });
  known.update(before, 0);
  const errors = [{ address: "10.0.0.1:4151", message: "refused" }];
  const after = snapshotOf({}, { lookupds: [], errors });
  const gone = buildModel(after, new Counters(), 5_000, known.update(after, 5_000));
  const mute = buildModel({ ...before, health: [], errors }, new Counters(), 5_000);
  for (const { nodes, totals } of [gone, mute]) {
    deepEqual([...nodes.values()].map(({ name, error }) => [name, error]), [["a:4151", "refused"]]);
    equal(totals.nodesLost, 1);
  }
});
