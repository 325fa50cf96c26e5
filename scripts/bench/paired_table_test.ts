import assert from "node:assert/strict";
import { formatPairedTable } from "./paired_table.ts";
import type { Report, Row } from "./samples.ts";

const PAIRS = 6;

/** Ours at 1 to 6 times the reference, with half of its processor time. */
function row(core: number): Row {
  const times = Array.from({ length: PAIRS }, (_, index) => index + 1);
  const use = (all: number) => ({ core, io: 0, rest: all - core, all, busiest: all });
  return {
    metric: "m",
    workload: "w",
    unit: "msg/s",
    ours: times.map((each) => each * 1000),
    reference: times.map(() => 1000),
    cpu: { ours: times.map(() => use(2)), reference: times.map(() => use(4)) },
  };
}

const report = (rows: Row[]): Report => ({
  command: "bench",
  machine: {},
  quick: false,
  rounds: 3,
  bursts: { count: PAIRS, seed: 1 },
  rows,
  failures: [],
});

Deno.test("the table has the ratio of neighbours and its range, for the value and for processor time", () => {
  assert.deepEqual(formatPairedTable(report([row(1)])), [
    "| workload | unit | ours | reference | ratio | 95 % range |",
    "|---|---|---:|---:|---:|---:|",
    "| m | msg/s | 3.5 k | 1.0 k | 3.500 | 1.000 to 6.000 |",
    "| m, main thread | CPU µs a message | 1.000 | 1.000 | 1.000 | 1.000 to 1.000 |",
    "| m, all threads | CPU µs a message | 2.000 | 4.000 | 0.500 | 0.500 to 0.500 |",
  ]);
});

Deno.test("the table gives no ratio to a thread that did nothing", () => {
  const [, , , main] = formatPairedTable(report([row(0)]));
  assert.equal(main, "| m, main thread | CPU µs a message | 0.000 | 0.000 | – | – |");
});

Deno.test("the table names modes, and gives no figures of what failed", () => {
  const rows = [{ ...row(1), mode: "2" }, { ...row(1), workload: "v", ours: [], mode: "2" }];
  const failures = [{ workload: "v", side: "reference" as const, reason: "" }];
  const table = formatPairedTable({ ...report(rows), failures });
  assert.equal(
    table[0],
    "| workload | I/O threads | unit | ours | reference | ratio | 95 % range |",
  );
  assert.equal(table[2], "| m | 2 | msg/s | 3.5 k | 1.0 k | 3.500 | 1.000 to 6.000 |");
  assert.equal(table[5], "| m | 2 | msg/s | **FAILED** |  |  |  |");
});
