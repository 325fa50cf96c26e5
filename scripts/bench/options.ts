/** The command line of the benchmark, and how each side is started. */

import { basename, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { sourceCommand } from "../program.ts";
import type { BrokerCommand } from "./broker.ts";
import type { Workload } from "./model.ts";

const DEFAULT_ROUNDS = 3;
/** Fewer say nothing of how far their median can be trusted. */
const LEAST_BURSTS = 6;
const MAX_SEED = 1e9;
const PROJECT_ROOT = resolve(import.meta.dirname ?? ".", "../..");

export interface Options {
  reference?: string;
  toolsReference?: string;
  executable?: string;
  /** Folder of other servers. */
  peers?: string;
  /** Values of --io-threads. */
  modes?: string[];
  rounds: number;
  /** Pairs of bursts, in place of rounds. */
  bursts?: number;
  /** Of the order of bursts. */
  seed: number;
  only?: string[];
  quick: boolean;
  json?: string;
  list: boolean;
}

/** Ends the process with a message on stderr when the arguments make no sense. */
export function parseOptions(args: string[]): Options {
  const command = new Command("bench")
    .description("Measure broker, tools and client library, against others that are given.")
    .option("--reference <path>", "an nsqd executable to compare with")
    .option("--tools-reference <dir>", "nsq_tail, nsq_to_file and nsq_to_nsq to compare with")
    .option("--peers <dir>", "nats-server, nats, redis-server, redis-benchmark to compare with")
    .option("--executable <path>", "measure this (dist/nsq) in place of the source")
    .option("--modes <list>", "measure ours with each of these --io-threads: 0,2", parseModes)
    .option("--rounds <n>", "how often each side is measured", parseRounds, DEFAULT_ROUNDS)
    .addOption(
      new Option("--bursts <n>", "measure in so many pairs of short bursts; needs --reference")
        .argParser(parseBursts).conflicts("rounds"),
    )
    .addOption(
      new Option("--seed <n>", "of the order of bursts").argParser(parseSeed)
        .default(Math.floor(Math.random() * MAX_SEED), "random"),
    )
    .option("--only <names>", "workloads or groups, with commas between", parseNames)
    .option("--quick", "a tenth of the messages, to see that it works", false)
    .option("--json <file>", "write all samples to this file")
    .option("--list", "name the workloads and end", false)
    .allowExcessArguments(false)
    .parse(args, { from: "user" });
  const options = command.opts<Options>();
  if (options.bursts !== undefined && options.reference === undefined) {
    command.error("error: --bursts needs --reference: a burst is held against its neighbour");
  }
  return options;
}

function parseRounds(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("must be 1 to 999.");
  return Number(text);
}

function parseBursts(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) < LEAST_BURSTS) {
    throw new InvalidArgumentError(`must be ${LEAST_BURSTS} to 999.`);
  }
  return Number(text);
}

function parseSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("must be a number of 1 to 9 digits.");
  return Number(text);
}

function parseModes(text: string): string[] {
  const modes = parseNames(text);
  if (modes.length === 0 || !modes.every((mode) => /^(auto|\d{1,2})$/.test(mode))) {
    throw new InvalidArgumentError("must be numbers, or auto, with commas between.");
  }
  return [...new Set(modes)];
}

function parseNames(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** The workloads whose name, or the start of it (`growth`, `disk`), is given. Throws on others. */
export function select(workloads: Workload[], only: string[] | undefined): Workload[] {
  if (only === undefined) return workloads;
  const fits = (workload: Workload, name: string) =>
    workload.name === name || workload.name.startsWith(`${name}-`);
  for (const name of only) {
    if (!workloads.some((workload) => fits(workload, name))) {
      throw new Error(`no workload "${name}"; there are ${workloads.map((w) => w.name).join(" ")}`);
    }
  }
  return workloads.filter((workload) => only.some((name) => fits(workload, name)));
}

/** The same of those that can be repeated on a broker. Throws on others that are given, by name or group. */
export function selectRepeatable(workloads: Workload[], only: string[] | undefined): Workload[] {
  const repeatable = workloads.filter(({ pass }) => pass !== undefined);
  if (only === undefined) return repeatable;
  const chosen = select(workloads, only);
  const others = chosen.filter((workload) => !repeatable.includes(workload));
  if (others.length > 0) {
    const names = (all: Workload[]) => all.map(({ name }) => name).join(" ");
    throw new Error(
      `--bursts: cannot be repeated on one broker: ${names(others)}; can be: ${names(repeatable)}`,
    );
  }
  return chosen;
}

/** Both sides; ours first. Throws when a given executable does not exist. */
export async function brokerCommands(options: Options): Promise<BrokerCommand[]> {
  const commands: BrokerCommand[] = [{
    side: "ours",
    argv: options.executable === undefined
      ? sourceCommand()
      : await executableCommand(options.executable),
    cwd: PROJECT_ROOT,
  }];
  if (options.reference !== undefined) {
    const argv = await executableCommand(options.reference);
    commands.push({ side: "reference", argv, cwd: PROJECT_ROOT });
  }
  return commands;
}

/** Its real path. Throws when it does not exist. */
export async function executable(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => {
    throw new Error(`no executable at ${path}`);
  });
}

/** An `nsqd` takes its flags at once, an `nsq` wants to be told its role. */
async function executableCommand(path: string): Promise<string[]> {
  const found = await executable(path);
  return basename(found).startsWith("nsqd") ? [found] : [found, "nsqd"];
}
