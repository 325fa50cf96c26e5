/** From samples to the table: medians, ratios, and whether a target was met. */

import type { Side } from "./broker.ts";
import type { Metric, Target, Unit, Workload } from "./model.ts";
import type { CpuMicros } from "./session.ts";

/** All that was measured, as `--json` writes it. */
export interface Report {
  command: string;
  /** Name and value of what describes the machine and the two sides. */
  machine: Record<string, string>;
  quick: boolean;
  rounds: number;
  rows: Row[];
  failures: Failure[];
}

export interface Row {
  metric: string;
  workload: string;
  unit: Unit;
  target?: Target;
  ours: number[];
  reference: number[];
  /** Processor time for a message, where that was counted. */
  cpu: { ours: CpuMicros[]; reference: CpuMicros[] };
}

export interface Failure {
  workload: string;
  side: Side;
  reason: string;
}

export function median(samples: number[]): number | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/** `undefined` when there is no target, or nothing to hold against it. */
export function isMet(row: Row, rows: Row[]): boolean | undefined {
  const ours = median(row.ours);
  if (ours === undefined || row.target === undefined) return undefined;
  const { target } = row;
  if (target.kind === "below") return ours < target.value;
  if (target.kind === "beaten") {
    const other = median(rows.find(({ metric }) => metric === target.by)?.ours ?? []);
    return other === undefined ? undefined : other >= target.times * ours;
  }
  if (target.kind === "bend") {
    const base = median(rows.find((other) => other.metric === target.base)?.ours ?? []);
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

function formatTarget(target: Target | undefined, unit: Unit): string {
  if (target === undefined) return "–";
  if (target.kind === "below") return `< ${target.value} ${unit}`;
  if (target.kind === "beaten") return `${target.by} ≥ ${target.times} ×`;
  if (target.kind === "bend") return `≥ ${target.atLeast} × ${target.base}`;
  return `${target.op === ">=" ? "≥" : "≤"} ${target.value}`;
}

/** All threads together, and in brackets the busiest. */
function formatCpu(samples: CpuMicros[]): string {
  const all = median(samples.map((each) => each.all));
  const busiest = median(samples.map((each) => each.busiest));
  return all === undefined || busiest === undefined
    ? "–"
    : `${all.toFixed(2)} (${busiest.toFixed(2)})`;
}

/** The messages a second for which the busiest thread alone would have the time. */
function formatBound(samples: CpuMicros[]): string {
  const busiest = median(samples.map((each) => each.busiest));
  return busiest ? formatValue(1e6 / busiest, "msg/s") : "–";
}

function formatRow(row: Row, report: Report): string {
  const failed = new Set(
    report.failures.filter((failure) => failure.workload === row.workload)
      .map((failure) => failure.side),
  );
  const cell = (side: Side) =>
    failed.has(side) ? "**FAILED**" : formatValue(median(row[side]), row.unit);
  const ours = median(row.ours), reference = median(row.reference);
  const comparable = failed.size === 0 && ours !== undefined && reference !== undefined;
  const ratio = comparable && reference > 0 ? (ours / reference).toFixed(2) : "–";
  const met = failed.has("ours") ? false : isMet(row, report.rows);
  const cells = [
    row.metric,
    row.unit,
    cell("ours"),
    cell("reference"),
    ratio,
    formatTarget(row.target, row.unit),
    met === undefined ? "–" : met ? "yes" : "**no**",
    formatCpu(row.cpu.ours),
    formatCpu(row.cpu.reference),
    formatBound(row.cpu.ours),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The whole report as Markdown. */
export function formatReport(report: Report, workloads: Workload[]): string {
  const lines = [
    `Command: \`${report.command}\``,
    "",
    ...Object.entries(report.machine).map(([name, value]) => `- ${name}: ${value}`),
    `- rounds: ${report.rounds}, alternating; figures are medians`,
    ...(report.quick ? ["- **quick run**: too short to hold against the targets"] : []),
    "",
    "| workload | unit | ours | reference | ratio | target | met | CPU µs a message (busiest thread) | reference's | busiest thread allows |",
    "|---|---|---:|---:|---:|---|---|---:|---:|---:|",
    ...report.rows.map((row) => formatRow(row, report)),
    "",
    ...workloads.map(({ name, what, flags: ofBoth, ourFlags = [], maxRounds }) => {
      const flags = [...ofBoth, ...ourFlags];
      const rounds = maxRounds === undefined ? "" : `, at most ${maxRounds} round`;
      return `- \`${name}\`: ${what}${
        flags.length > 0 ? ` (\`${flags.join(" ")}\`)` : ""
      }${rounds}`;
    }),
    ...report.failures.map(({ workload, side, reason }) =>
      `- **FAILED** ${workload}, ${side}: ${reason.split("\n")[0]}`
    ),
  ];
  return lines.join("\n") + "\n";
}

/** Empty rows for a workload's metrics. */
export function rowsOf(workload: Workload): Row[] {
  return workload.metrics.map(({ name, unit, target }: Metric) => ({
    metric: name,
    workload: workload.name,
    unit,
    ...(target === undefined ? {} : { target }),
    ours: [],
    reference: [],
    cpu: { ours: [], reference: [] },
  }));
}
