/** Who is held against whom: two brokers, or two tools or client libraries under one broker of ours. */

import { basename, join, resolve } from "node:path";
import { installLibrary } from "../../tests/interop/setup.ts";
import { nsqjs } from "../../tests/interop/libraries.ts";
import type { BrokerCommand, Side } from "./broker.ts";
import type { Subject, Tool } from "./model.ts";
import { brokerCommands, executable, type Options } from "./options.ts";
import type { ProgramCommand } from "./program.ts";

const CLIENTS = resolve(import.meta.dirname ?? ".", "clients");

/** One side of a comparison. */
export interface Contender {
  readonly side: Side;
  /** The broker's --io-threads; left out for as it comes. */
  readonly mode?: string | undefined;
  /** For tools and clients the same on both sides. */
  readonly broker: BrokerCommand;
  /** Only where tools are compared. */
  tool?(name: Tool): ProgramCommand;
  /** Does one job; only where client libraries are compared. */
  readonly client?: ProgramCommand;
}

/** Both sides of each kind of comparison, ours first, a broker once for each mode; ours alone where there is nothing to compare with. */
export type Contenders = Record<Subject, Contender[]>;

/** Looks for, or installs, what will be measured. Throws when something asked for does not exist. */
export async function findContenders(
  options: Options,
  subjects: ReadonlySet<Subject>,
): Promise<Contenders> {
  const brokers = await brokerCommands(options);
  const ours = brokers[0]!;
  return {
    broker: brokers.flatMap((broker) => inModes(broker, options.modes)),
    tool: subjects.has("tool") ? await toolContenders(options, ours) : [],
    client: subjects.has("client") ? await clientContenders(ours) : [],
  };
}

/** The reference has none. */
function inModes(broker: BrokerCommand, modes: string[] | undefined): Contender[] {
  const { side } = broker;
  if (side === "reference" || modes === undefined) return [{ side, broker }];
  return modes.map((mode) => ({ side, broker, mode }));
}

async function toolContenders(options: Options, broker: BrokerCommand): Promise<Contender[]> {
  const contenders: Contender[] = [{ side: "ours", broker, tool: (name) => ourTool(broker, name) }];
  const folder = options.toolsReference;
  if (folder === undefined) return contenders;
  const tool = (name: Tool) => ({ argv: [join(resolve(folder), referenceName(name))] });
  await executable(tool("tail").argv[0]!);
  return [...contenders, { side: "reference", broker, tool }];
}

/** A tool of the executable or the source that the broker is from. */
export function ourTool({ argv, cwd }: BrokerCommand, name: Tool): ProgramCommand {
  if (argv.at(-1) !== "nsqd") {
    throw new Error(`${basename(argv[0] ?? "")} has no tools: give --executable an nsq`);
  }
  return { argv: [...argv.slice(0, -1), name], cwd };
}

function referenceName(name: Tool): string {
  return `nsq_${name.replaceAll("-", "_")}`;
}

async function clientContenders(broker: BrokerCommand): Promise<Contender[]> {
  const ours: Contender = {
    side: "ours",
    broker,
    client: { argv: [Deno.execPath(), "run", "-A", join(CLIENTS, "ours.ts")], cwd: broker.cwd },
  };
  if (!await hasNode()) {
    console.error("no node on PATH: there is no nsqjs to compare with");
    return [ours];
  }
  const directory = await installLibrary(nsqjs);
  return [
    ours,
    {
      side: "reference",
      broker,
      client: {
        argv: ["node", join(CLIENTS, "nsqjs.cjs")],
        env: { NODE_PATH: join(directory, "node_modules") },
      },
    },
  ];
}

async function hasNode(): Promise<boolean> {
  try {
    return (await new Deno.Command("node", { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
