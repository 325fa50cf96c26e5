/**
 * Measures the broker, the tools and the client library, and what they are compared with in turn, with the same load:
 * given `--reference PATH` another nsqd, given `--tools-reference DIR` other tools, and always nsqjs.
 * Prints a table of medians and ratios as Markdown on stdout, progress on stderr. Exit code 1 when a
 * count was wrong: then a row says FAILED. `--list` names the workloads.
 */

import { runBursts } from "./bench/bursts.ts";
import { type Contender, type Contenders, findContenders } from "./bench/contender.ts";
import { WorkloadFailure } from "./bench/failure.ts";
import { buildGenerator, type Generator } from "./bench/generator.ts";
import { describeContenders, describeMachine } from "./bench/machine.ts";
import type { Peers, Workload } from "./bench/model.ts";
import { type Options, parseOptions, select, selectRepeatable } from "./bench/options.ts";
import { findPeers } from "./bench/peers.ts";
import { formatReport } from "./bench/report.ts";
import { Resources } from "./bench/resources.ts";
import {
  addSample,
  type Failure,
  failureOf,
  nameOf,
  type Report,
  type Row,
  rowsOf,
} from "./bench/samples.ts";
import { measureOnce, type Sample } from "./bench/session.ts";
import { describeFigures } from "./bench/table.ts";
import { CLIENTS } from "./bench/workloads/clients.ts";
import { FOOTPRINT } from "./bench/workloads/footprint.ts";
import { HTTP } from "./bench/workloads/http.ts";
import { GROWTH } from "./bench/workloads/growth.ts";
import { LOOKUP } from "./bench/workloads/lookup.ts";
import { SPEED } from "./bench/workloads/speed.ts";
import { TOOLS } from "./bench/workloads/tools.ts";
import { DURABLE_GROWTH } from "./bench/workloads/durable_growth.ts";
import { DURABLE_TOPICS } from "./bench/workloads/durable.ts";
import { TRANSPORT } from "./bench/workloads/transport.ts";
import { Random } from "./faults/random.ts";

const WORKLOADS = [
  ...SPEED,
  ...HTTP,
  ...TRANSPORT,
  ...LOOKUP,
  ...FOOTPRINT,
  ...GROWTH,
  ...DURABLE_TOPICS,
  ...DURABLE_GROWTH,
  ...TOOLS,
  ...CLIENTS,
];
const EXIT_INTERRUPTED = 130;

async function main(): Promise<void> {
  const options = parseOptions(Deno.args);
  if (options.list) {
    for (const { name, what } of WORKLOADS) console.log(`${name.padEnd(20)} ${what}`);
    return;
  }
  const resources = new Resources();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      void resources.releaseAll().finally(() => Deno.exit(EXIT_INTERRUPTED));
    });
  }
  try {
    const report = await runAll(options, resources);
    console.log(formatReport(report, chosen(options)));
    if (options.json !== undefined) {
      await Deno.writeTextFile(options.json, JSON.stringify(report, null, 2) + "\n");
    }
    Deno.exitCode = report.failures.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = 1;
  } finally {
    await resources.releaseAll();
  }
}

/** What is to be measured, in the way that is asked for. */
function chosen({ bursts, only }: Options): Workload[] {
  return bursts === undefined ? select(WORKLOADS, only) : selectRepeatable(WORKLOADS, only);
}

async function runAll(options: Options, resources: Resources): Promise<Report> {
  const { bursts, seed } = options, random = new Random(seed, "bursts");
  const workloads = chosen(options);
  const subjects = new Set(workloads.map(({ subject = "broker" }) => subject));
  const contenders = await findContenders(options, subjects);
  const machine = { ...await describeMachine(), ...await describeContenders(contenders) };
  const generator = await buildGenerator(resources);
  const peers = options.peers === undefined ? undefined : await findPeers(options.peers, resources);
  const report: Report = {
    command: ["deno task bench", ...Deno.args].join(" "),
    machine,
    quick: options.quick,
    rounds: options.rounds,
    ...bursts !== undefined && { bursts: { count: bursts, seed } },
    rows: [],
    failures: [],
  };
  const context = { generator, peers, quick: options.quick, resources, report };
  for (const workload of workloads) {
    const sides = contendersOf(workload, contenders);
    const modes = sides.filter(({ side }) => side === "ours").map(({ mode }) => mode);
    const rows = rowsOf(workload, modes);
    report.rows.push(...rows);
    if (bursts === undefined) await runRounds(workload, rows, sides, options.rounds, context);
    else await runBursts(workload, rows, sides, bursts, random.derive(workload.name), context);
  }
  return report;
}

/** Who does it. Only brokers have modes. */
function contendersOf(workload: Workload, contenders: Contenders): Contender[] {
  const all = contenders[workload.subject ?? "broker"]
    .filter(({ side }) => side === "ours" || workload.oursOnly !== true);
  if (workload.role === undefined) return all;
  const ours = all.find(({ side }) => side === "ours")!;
  return [{ ...ours, mode: undefined }, ...all.filter(({ side }) => side === "reference")];
}

interface RoundContext {
  generator: Generator;
  peers: Peers | undefined;
  quick: boolean;
  resources: Resources;
  report: Report;
}

/** Each side in turn, on brokers of their own. */
async function runRounds(
  workload: Workload,
  rows: Row[],
  sides: Contender[],
  asked: number,
  context: RoundContext,
): Promise<void> {
  const rounds = Math.min(asked, workload.maxRounds ?? Infinity);
  for (let round = 1; round <= rounds; round++) {
    for (const contender of sides) {
      await runRound(`${workload.name} ${round}/${rounds}`, workload, rows, contender, context);
    }
  }
}

/** Adds one sample of one side to the rows, or the failure to the report. */
async function runRound(
  title: string,
  workload: Workload,
  rows: Row[],
  contender: Contender,
  { generator, peers, quick, resources, report }: RoundContext,
): Promise<void> {
  const { side, mode } = contender;
  const isItsOwn = (failure: Failure) =>
    failure.workload === workload.name && failure.side === side && failure.mode === mode;
  if (report.failures.some(isItsOwn)) return; // its row says FAILED whatever the other rounds give
  const who = nameOf(contender);
  try {
    const sample = await measureOnce(workload, contender, generator, quick, resources, peers);
    addSample(rows, contender, sample.values);
    console.error(`${title} ${who}: ${describe(workload, sample)}`);
  } catch (error) {
    if (!(error instanceof WorkloadFailure)) throw error;
    report.failures.push(failureOf(workload, contender, error));
    console.error(`${title} ${who}: FAILED ${error.message}`);
  }
}

function describe({ metrics }: Workload, { values, cores, sendLagMs }: Sample): string {
  const parts = [describeFigures(metrics, values)];
  if (cores !== undefined) {
    const { generator, broker } = cores;
    parts.push(`cores: generator ${generator.toFixed(2)}, broker ${broker.toFixed(2)}`);
  }
  if (sendLagMs !== undefined) parts.push(`sent late (p99): ${sendLagMs.toFixed(2)} ms`);
  return parts.join(", ");
}

await main();
