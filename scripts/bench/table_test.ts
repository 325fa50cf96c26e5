import assert from "node:assert/strict";
import type { Target } from "./model.ts";
import type { Row } from "./samples.ts";
import { formatValue, isMet } from "./table.ts";

function row(ours: number[], reference: number[], target?: Target): Row {
  const use = { core: 10, io: 2, rest: 0.5, all: 12.5, busiest: 10 };
  const cpu = { ours: [use], reference: [{ ...use, all: 20 }] };
  const rest = { metric: "m", workload: "w", unit: "msg/s" as const, ours, reference, cpu };
  return target === undefined ? rest : { ...rest, target };
}

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
