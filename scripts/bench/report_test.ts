import assert from "node:assert/strict";
import type { Target } from "./model.ts";
import { formatReport } from "./report.ts";
import { type Report, type Row, rowsOf } from "./samples.ts";

function row(ours: number[], reference: number[], target?: Target): Row {
  const use = { core: 10, io: 2, rest: 0.5, all: 12.5, busiest: 10 };
  const cpu = { ours: [use], reference: [{ ...use, all: 20 }] };
  const rest = { metric: "m", workload: "w", unit: "msg/s" as const, ours, reference, cpu };
  return target === undefined ? rest : { ...rest, target };
}

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
