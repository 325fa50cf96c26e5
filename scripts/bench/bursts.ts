/**
 * Short loads in turn on brokers that stay up together for a while. Neighbours meet the same machine, whatever else it does just then,
 * and code that is compiled already: so ratios of neighbours scatter less than those of rounds.
 */

import type { Random } from "../faults/random.ts";
import { deleteTopics } from "./api.ts";
import type { Contender } from "./contender.ts";
import { WorkloadFailure } from "./failure.ts";
import type { Generator } from "./generator.ts";
import type { Bench, Figure, Pass, Workload } from "./model.ts";
import type { Resources } from "./resources.ts";
import { addSample, failureOf, nameOf, type Report, type Row } from "./samples.ts";
import { type Session, startSession } from "./session.ts";
import { describeFigures } from "./table.ts";

/** Turns of a broker that are not counted. */
const WARM_UP_TURNS = 4;
/**
 * Then all start anew: what a process happens to have got, such as where its memory lies and when its code was compiled, stays with it, and makes
 * up to a tenth.
 */
const TURNS_OF_A_BROKER = 8;
/** A burst has a part of a full run's messages. */
const BURSTS_IN_A_RUN = 3;

/** What bursts run with. */
export interface BurstContext {
  generator: Generator;
  quick: boolean;
  resources: Resources;
  report: Report;
}

/** Adds to the rows as many samples of each contender as there are turns; of a workload that fails, the failure to the report, and no more. */
export async function runBursts(
  workload: Workload,
  rows: Row[],
  contenders: Contender[],
  turns: number,
  random: Random,
  { generator, quick, resources, report }: BurstContext,
): Promise<void> {
  const { pass } = workload;
  if (pass === undefined) throw new Error(`${workload.name} cannot be repeated on one broker`);
  for (let first = 1; first <= turns; first += TURNS_OF_A_BROKER) {
    const sessions = new Map<Contender, Session>();
    let current = contenders[0]!;
    try {
      for (current of contenders) {
        const session = await startSession(workload, current, generator, quick, resources);
        sessions.set(current, session);
      }
      const last = Math.min(first + TURNS_OF_A_BROKER - 1, turns);
      for (let turn = first - WARM_UP_TURNS; turn <= last; turn++) {
        const samples = new Map<Contender, Record<string, Figure>>();
        for (current of random.shuffle(contenders)) {
          const prefix = `burst${turn + WARM_UP_TURNS}`;
          const session = sessions.get(current)!;
          samples.set(current, await session.run((bench) => burst(bench, pass, prefix)));
        }
        if (turn >= first) note(samples, rows, workload, `${turn}/${turns}`);
      }
    } catch (error) {
      if (!(error instanceof WorkloadFailure)) throw error;
      report.failures.push(failureOf(workload, current, error));
      console.error(`${workload.name} ${nameOf(current)}: FAILED ${error.message}`);
      return;
    } finally {
      for (const session of sessions.values()) await session.end();
    }
  }
}

/** Adds what was measured in a turn to the rows, and says it. */
function note(
  samples: ReadonlyMap<Contender, Record<string, Figure>>,
  rows: Row[],
  { name, metrics }: Workload,
  turn: string,
): void {
  for (const [contender, values] of samples) addSample(rows, contender, values);
  const said = [...samples].map(([contender, values]) =>
    `${nameOf(contender)}: ${describeFigures(metrics, values)}`
  );
  console.error(`${name} ${turn} ${said.join("; ")}`);
}

/** One, on topics that are gone afterwards: the next must not find a larger heap. */
async function burst(bench: Bench, pass: Pass, prefix: string): Promise<Record<string, Figure>> {
  const figures = await pass.run(bench, prefix, burstSize(bench.count(pass.full), pass.step));
  await deleteTopics(bench.broker.http, prefix);
  return figures;
}

/** How many messages a burst has, where a run has `full`: a multiple of `step`. */
export function burstSize(full: number, step: number): number {
  return Math.max(Math.floor(full / BURSTS_IN_A_RUN / step), 1) * step;
}
