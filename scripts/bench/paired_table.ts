/** From samples in pairs to a table: medians, the ratio of neighbours, and how far that can be trusted. */

import type { Unit } from "./model.ts";
import type { Report, Row } from "./samples.ts";
import { median, medianRange, pairedRatios } from "./statistics.ts";
import { formatValue } from "./table.ts";

/** Few hundredths is what is looked for. */
const RATIO_DIGITS = 3;
const CPU_UNIT = "CPU µs a message";

/** One quantity of a row, by pairs. */
interface Paired {
  readonly name: string;
  readonly unit: Unit | typeof CPU_UNIT;
  readonly ours: readonly number[];
  readonly reference: readonly number[];
}

/** Of each metric and mode a line, and two of the processor time for a message. */
export function formatPairedTable({ rows, failures }: Report): string[] {
  const withModes = rows.some(({ mode }) => mode !== undefined);
  const texts = ["workload", ...withModes ? ["I/O threads"] : [], "unit"];
  const figures = ["ours", "reference", "ratio", "95 % range"];
  const failed = new Set(failures.map(({ workload }) => workload));
  return [
    `| ${[...texts, ...figures].join(" | ")} |`,
    `|${[...texts.map(() => "---"), ...figures.map(() => "---:")].join("|")}|`,
    ...rows.flatMap((row) =>
      quantities(row).map((paired) => {
        const { name, unit } = paired;
        const cells = failed.has(row.workload) ? ["**FAILED**", "", "", ""] : cellsOf(paired);
        return `| ${[name, ...withModes ? [row.mode ?? "–"] : [], unit, ...cells].join(" | ")} |`;
      })
    ),
  ];
}

function quantities({ metric, unit, ours, reference, cpu }: Row): Paired[] {
  const cpuOf = (threads: string, of: "core" | "all"): Paired => ({
    name: `${metric}, ${threads}`,
    unit: CPU_UNIT,
    ours: cpu.ours.map((each) => each[of]),
    reference: cpu.reference.map((each) => each[of]),
  });
  return [
    { name: metric, unit, ours, reference },
    cpuOf("main thread", "core"),
    cpuOf("all threads", "all"),
  ];
}

function cellsOf({ unit, ours, reference }: Paired): string[] {
  const value = (samples: readonly number[]) => {
    const middle = median(samples);
    return unit === CPU_UNIT ? middle?.toFixed(RATIO_DIGITS) ?? "–" : formatValue(middle, unit);
  };
  return [value(ours), value(reference), ...ratioCells(pairedRatios(ours, reference))];
}

/** The middle and the range; neither where a thread of the reference's had nothing to do. */
function ratioCells(ratios: readonly number[]): string[] {
  const middle = median(ratios), range = medianRange(ratios);
  if (middle === undefined || !ratios.every(Number.isFinite)) return ["–", "–"];
  const digits = (value: number) => value.toFixed(RATIO_DIGITS);
  return [
    digits(middle),
    range === undefined ? "–" : `${digits(range.low)} to ${digits(range.high)}`,
  ];
}
