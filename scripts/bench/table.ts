/** From samples of rounds to a table: medians, ratios, and whether a target was met. */

import type { Side } from "./broker.ts";
import type { Figure, Metric, Target, Unit } from "./model.ts";
import type { ThreadUse } from "./proc.ts";
import type { Report, Row } from "./samples.ts";
import { median } from "./statistics.ts";

/** `undefined` when there is no target, or nothing to hold against it. */
export function isMet(row: Row, rows: Row[]): boolean | undefined {
  const ours = median(row.ours);
  if (ours === undefined || row.target === undefined) return undefined;
  const { target } = row;
  const other = (metric: string) =>
    median(rows.find((each) => each.metric === metric && each.mode === row.mode)?.ours ?? []);
  if (target.kind === "below") return ours < target.value;
  if (target.kind === "beaten") {
    const by = other(target.by);
    return by === undefined ? undefined : by >= target.times * ours;
  }
  if (target.kind === "bend") {
    const base = other(target.base);
    return base === undefined ? undefined : ours >= target.atLeast * base;
  }
  const reference = median(row.reference);
  if (reference === undefined) return undefined;
  // Multiplied, not divided: a reference that used no time at all is no division by zero.
  return target.op === ">=" ? ours >= target.value * reference : ours <= target.value * reference;
}

export function formatValue(value: number | undefined, unit: Unit): string {
  if (value === undefined) return "–";
  if (unit === "msg/s" || unit === "answers/s") {
    return value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : `${(value / 1e3).toFixed(1)} k`;
  }
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** The values of one measurement, in a line. */
export function describeFigures(metrics: Metric[], values: Record<string, Figure>): string {
  return metrics.map(({ name, unit }) => {
    const figure = values[name];
    const value = typeof figure === "object" ? figure.value : figure;
    return `${name} ${formatValue(value, unit)} ${unit}`;
  }).join(", ");
}

function formatTarget(target: Target | undefined, unit: Unit): string {
  if (target === undefined) return "–";
  if (target.kind === "below") return `< ${target.value} ${unit}`;
  if (target.kind === "beaten") return `${target.by} ≥ ${target.times} ×`;
  if (target.kind === "bend") return `≥ ${target.atLeast} × ${target.base}`;
  return `${target.op === ">=" ? "≥" : "≤"} ${target.value}`;
}

const CPU_HEADING = "CPU µs a message: core + I/O + rest = all (busiest thread)";

/** By what threads are for, all together, and in brackets the busiest. */
function formatCpu(samples: ThreadUse[], side: Side): string {
  if (samples.length === 0) return "–";
  const [core, io, rest, all, busiest] = (["core", "io", "rest", "all", "busiest"] as const)
    .map((of) => median(samples.map((each) => each[of]))!.toFixed(2));
  const parts = side === "ours" ? `${core} + ${io} + ${rest} = ` : "";
  return `${parts}${all} (${busiest})`;
}

/** The messages a second for which the busiest thread alone would have the time. */
function formatBound(samples: ThreadUse[]): string {
  const busiest = median(samples.map((each) => each.busiest));
  return busiest ? formatValue(1e6 / busiest, "msg/s") : "–";
}

/** Headings, and whether figures stand below. */
function columns(first: string | undefined): [heading: string, isFigure: boolean][] {
  return [
    ["workload", false],
    ...first === undefined ? [] : [["I/O threads", true] as [string, boolean]],
    ["unit", false],
    ["ours", true],
    ...first === undefined ? [] : [[`/ ours with ${first}`, true] as [string, boolean]],
    ["reference", true],
    ["ratio", true],
    ["target", false],
    ["met", false],
    [CPU_HEADING, true],
    ["reference's", true],
    ["busiest thread allows", true],
  ];
}

/** A line for each metric and mode, with its target. */
export function formatTable(report: Report): string[] {
  const first = report.rows.find(({ mode }) => mode !== undefined)?.mode;
  const all = columns(first);
  return [
    `| ${all.map(([heading]) => heading).join(" | ")} |`,
    `|${all.map(([, isFigure]) => isFigure ? "---:" : "---").join("|")}|`,
    ...report.rows.map((row) => formatRow(row, report, first)),
  ];
}

function formatRow(row: Row, report: Report, first: string | undefined): string {
  const failed = new Set(
    report.failures.filter((failure) =>
      failure.workload === row.workload &&
      (failure.side === "reference" || failure.mode === row.mode)
    ).map((failure) => failure.side),
  );
  const cell = (side: Side) =>
    failed.has(side) ? "**FAILED**" : formatValue(median(row[side]), row.unit);
  const ours = median(row.ours), reference = median(row.reference);
  const base = median(
    report.rows.find(({ metric, mode }) => metric === row.metric && mode === first)?.ours ?? [],
  );
  const ratio = (to: number | undefined) =>
    failed.size === 0 && ours !== undefined && to !== undefined && to > 0
      ? (ours / to).toFixed(2)
      : "–";
  const met = failed.has("ours") ? false : isMet(row, report.rows);
  const cells = [
    row.metric,
    ...first === undefined ? [] : [row.mode ?? "–"],
    row.unit,
    cell("ours"),
    ...first === undefined ? [] : [row.mode === first ? "–" : ratio(base)],
    cell("reference"),
    ratio(reference),
    formatTarget(row.target, row.unit),
    met === undefined ? "–" : met ? "yes" : "**no**",
    formatCpu(row.cpu.ours, "ours"),
    formatCpu(row.cpu.reference, "reference"),
    formatBound(row.cpu.ours),
  ];
  return `| ${cells.join(" | ")} |`;
}
