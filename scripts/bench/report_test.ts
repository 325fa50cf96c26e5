import assert from "node:assert/strict";
import {
  formatReport,
  formatValue,
  isMet,
  median,
  type Report,
  type Row,
  rowsOf,
} from "./report.ts";
import type { Target } from "./model.ts";

function row(ours: number[], reference: number[], target?: Target): Row {
  const use = { core: 10, io: 2, rest: 0.5, all: 12.5, busiest: 10 };
  const cpu = { ours: [use], reference: [{ ...use, all: 20 }] };
  const rest = { metric: "m", workload: "w", unit: "msg/s" as const, ours, reference, cpu };
  return target === undefined ? rest : { ...rest, target };
}

Deno.test("median takes the middle, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 10]), 3);
  assert.equal(median([]), undefined);
});

Deno.test("isMet holds the ratio of medians against the target", () => {
  const twice: Target = { kind: "ratio", op: ">=", value: 2 };
  assert.equal(isMet(row([1, 20, 21], [10]), []), undefined);
  assert.equal(isMet(row([1, 20, 21], [10], twice), []), true);
  assert.equal(isMet(row([19], [10], twice), []), false);
  assert.equal(isMet(row([19], [], twice), []), undefined);
  const atMost: Target = { kind: "ratio", op: "<=", value: 1 };
  assert.equal(isMet(row([0], [0], atMost), []), true);
  assert.equal(isMet(row([1], [0], atMost), []), false);
});

Deno.test("isMet holds an absolute target and a bend against ours alone", () => {
  assert.equal(isMet(row([199], [900], { kind: "below", value: 200 }), []), true);
  assert.equal(isMet(row([200], [], { kind: "below", value: 200 }), []), false);
  const base = { ...row([100], [1]), metric: "base" };
  const bend: Target = { kind: "bend", base: "base", atLeast: 0.5 };
  assert.equal(isMet(row([50], [], bend), [base]), true);
  assert.equal(isMet(row([49], [], bend), [base]), false);
  assert.equal(isMet(row([49], [], bend), []), undefined);
});

Deno.test("formatValue keeps three digits or so", () => {
  assert.equal(formatValue(1_304_000, "msg/s"), "1.30 M");
  assert.equal(formatValue(48_230, "msg/s"), "48.2 k");
  assert.equal(formatValue(0.694, "ms"), "0.69");
  assert.equal(formatValue(238.6, "MB"), "239");
  assert.equal(formatValue(undefined, "MB"), "–");
});

Deno.test("formatReport marks a failed side and gives its reason", () => {
  const report: Report = {
    command: "bench",
    machine: { cores: "2" },
    quick: false,
    rounds: 3,
    rows: [row([], [10], { kind: "ratio", op: ">=", value: 1 })],
    failures: [{ workload: "w", side: "ours", reason: "1 duplicate\nits log ends: …" }],
  };
  const text = formatReport(report, []);
  assert.match(text, /\| m \| msg\/s \| \*\*FAILED\*\* \| 0\.0 k \| – \| ≥ 1 \| \*\*no\*\* \|/);
  assert.match(
    text,
    /\| 10.00 \+ 2.00 \+ 0.50 = 12.50 \(10.00\) \| 20.00 \(10.00\) \| 100.0 k \|$/m,
  );
  assert.match(text, /FAILED\*\* w, ours: 1 duplicate$/m);
  assert.match(text, /- cores: 2/);
});

Deno.test("formatReport has a row for each mode, and holds it against the first", () => {
  const workload = {
    name: "w",
    what: "",
    flags: [],
    metrics: [{ name: "m", unit: "msg/s" as const }],
    measure: () => Promise.resolve({}),
  };
  const rows = rowsOf(workload, ["0", "2"]);
  rows.forEach((row, i) => row.ours.push([2000, 1500][i]!));
  rows.forEach((row) => row.reference.push(1000));
  const failures = [{ workload: "w", side: "ours" as const, mode: "4", reason: "" }];
  const report = { command: "", machine: {}, quick: false, rounds: 1, rows, failures };
  const text = formatReport(report, []);
  assert.match(text, /\| workload \| I\/O threads \| unit \| ours \| \/ ours with 0 \|/);
  assert.match(text, /\| m \| 0 \| msg\/s \| 2.0 k \| – \| 1.0 k \| 2.00 \|/);
  assert.match(text, /\| m \| 2 \| msg\/s \| 1.5 k \| 0.75 \| 1.0 k \| 1.50 \|/);
  assert.match(text, /FAILED\*\* w, ours with 4 I\/O threads/);
});
