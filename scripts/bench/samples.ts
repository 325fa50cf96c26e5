/** What was measured: a row of samples for each metric, and what failed. */

import type { Side } from "./broker.ts";
import type { Contender } from "./contender.ts";
import type { WorkloadFailure } from "./failure.ts";
import type { Figure, Target, Unit, Workload } from "./model.ts";
import type { ThreadUse } from "./proc.ts";

/** All that was measured, as `--json` writes it. */
export interface Report {
  command: string;
  /** Name and value of what describes the machine and the two sides. */
  machine: Record<string, string>;
  quick: boolean;
  rounds: number;
  /** Where bursts were measured, in place of rounds: then a row's samples of the same index are a pair. */
  bursts?: { count: number; seed: number };
  rows: Row[];
  failures: Failure[];
}

export interface Row {
  metric: string;
  workload: string;
  /** Our --io-threads, where several were measured. */
  mode?: string;
  unit: Unit;
  target?: Target;
  ours: number[];
  reference: number[];
  /** Processor time for a message, in µs, where that was counted. */
  cpu: { ours: ThreadUse[]; reference: ThreadUse[] };
}

export interface Failure {
  workload: string;
  side: Side;
  mode?: string;
  reason: string;
}

/** Empty rows for a workload's metrics, each once for every mode. */
export function rowsOf(workload: Workload, modes: readonly (string | undefined)[]): Row[] {
  const each = workload.metrics.flatMap((metric) => modes.map((mode) => ({ metric, mode })));
  return each.map(({ metric: { name, unit, target }, mode }) => ({
    metric: name,
    workload: workload.name,
    ...(mode !== undefined && { mode }),
    unit,
    ...(target === undefined ? {} : { target }),
    ours: [],
    reference: [],
    cpu: { ours: [], reference: [] },
  }));
}

/** Who a sample or a failure is of. */
type Who = Pick<Contender, "side" | "mode">;

/** Adds what one side gave, to a mode's rows if it has one. */
export function addSample(rows: Row[], { side, mode }: Who, values: Record<string, Figure>): void {
  for (const row of rows) {
    if (side === "ours" && row.mode !== mode) continue;
    const figure = values[row.metric];
    if (figure === undefined) continue; // of peers, where none are given
    row[side].push(typeof figure === "number" ? figure : figure.value);
    if (typeof figure !== "number") row.cpu[side].push(figure.cpu);
  }
}

export function failureOf(
  { name }: Workload,
  { side, mode }: Who,
  error: WorkloadFailure,
): Failure {
  return { workload: name, side, ...mode !== undefined && { mode }, reason: error.message };
}

/** For progress and failures. */
export function nameOf({ side, mode }: Who): string {
  return mode === undefined ? side : `${side}, ${mode} I/O threads`;
}
