import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { Counters } from "./counters.ts";
import { History } from "./history.ts";
import { buildModel } from "./build_model.ts";
import { findProblems } from "./problems.ts";
import { STEP_MS } from "./series.ts";
import { type Figures, snapshotOf } from "./testing.ts";

/** Kinds of problems, and what they are about, after some looks, 5 s apart. */
function problemsAfter(...looks: Parameters<typeof snapshotOf>[]): [kind: string, what: string][] {
  const counters = new Counters(), history = new History();
  let found: ReturnType<typeof findProblems> = [];
  for (const [at, look] of looks.entries()) {
    const model = buildModel(snapshotOf(...look), counters, 1e12 + at * STEP_MS);
    history.record(model);
    found = findProblems(model, history);
  }
  return found.map(({ kind, items: [item] }) => [
    kind,
    [item!.topic, item!.channel, item!.node].filter((part) => part !== undefined).join("/"),
  ]);
}

const channel = (figures: Record<string, number | boolean>): Figures => ({
  "a:4151": { t: [{}, { c: figures }] },
});

Deno.test("findProblems finds nothing where all is well", () => {
  const look = channel({ depth: 5, in_flight_count: 1, client_count: 1, message_count: 9 });
  deepEqual(problemsAfter([look], [look], [look], [look], [look]), []);
});

Deno.test("findProblems finds a backlog that nobody takes", () => {
  deepEqual(problemsAfter([channel({ depth: 5 })]), [["noConsumer", "t/c"]]);
});

Deno.test("findProblems finds messages of a topic without channels", () => {
  deepEqual(problemsAfter([{ "a:4151": { t: { depth: 5 } } }]), [["noChannel", "t"]]);
});

Deno.test("findProblems finds what is paused, and nothing else about it", () => {
  deepEqual(problemsAfter([channel({ depth: 5, paused: true })]), [["paused", "t/c"]]);
});

Deno.test("findProblems finds consumers that take nothing, only after a while", () => {
  const looks = [10, 20, 30, 40].map((count) =>
    [channel({ depth: count, client_count: 1, message_count: count })] as [Figures]
  );
  deepEqual(problemsAfter(...looks.slice(0, 3)), []);
  deepEqual(problemsAfter(...looks), [["stuck", "t/c"]]);
});

Deno.test("findProblems does not call consumers stuck that take less than what comes in", () => {
  const looks = [10, 20, 30, 40].map((count) =>
    [channel({ depth: count, client_count: 1, message_count: 3 * count })] as [Figures]
  );
  deepEqual(problemsAfter(...looks), []);
});

Deno.test("findProblems finds dead messages, also where nothing else waits", () => {
  deepEqual(problemsAfter([channel({ dead_count: 2, client_count: 1 })]), [["dead", "t/c"]]);
  deepEqual(problemsAfter([channel({ dead_count: 0, client_count: 1 })]), []);
});

Deno.test("findProblems finds a backlog that keeps growing", () => {
  const looks = Array.from({ length: 37 }, (_, at) =>
    [channel({
      depth: at * 10,
      client_count: 1,
      in_flight_count: 1,
      message_count: at * 30,
    })] as [Figures]);
  deepEqual(problemsAfter(...looks), [["growing", "t/c"]]);
});

Deno.test("findProblems finds clients that time out, for a minute", () => {
  const before: [Figures] = [channel({ client_count: 1 })];
  const after: [Figures] = [channel({ client_count: 1, timeout_count: 3 })];
  deepEqual(problemsAfter(before, after), [["timeouts", "t/c"]]);
  deepEqual(problemsAfter(before, ...Array.from({ length: 14 }, () => after)), []);
});

Deno.test("findProblems finds daemons that are gone or disagree, the most urgent first", () => {
  const all = { "a:4151": {}, "b:4151": {} };
  deepEqual(
    problemsAfter([all, {
      lookupds: [
        { address: "l1:4161", nodes: ["a:4151", "b:4151"], topics: [] },
        { address: "l2:4161", nodes: ["a:4151"], topics: [] },
        { address: "l3:4161", nodes: null, topics: null },
      ],
      health: [
        { node: "a:4151", version: "1", health: "NOK - disk", start_time: 1, isDraining: true },
      ],
      errors: [{ address: "l3:4161", message: "refused" }, { address: "b:4151", message: "gone" }],
    }]),
    [
      ["nodeLost", "b:4151"],
      ["nodeSick", "a:4151"],
      ["lookupdLost", "l3:4161"],
      ["lookupdDisagrees", "b:4151"],
      ["draining", "a:4151"],
    ],
  );
});
