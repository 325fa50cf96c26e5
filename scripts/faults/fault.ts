/** What all faults have in common. */
import { type Nsqd, startNsqd, targetCommand } from "../../tests/harness/mod.ts";
import type { Random } from "./random.ts";

/** How a fault is to be run. */
export interface FaultContext {
  /** Random numbers of this fault alone. */
  random: Random;
  /** A run for CI: fewer rounds, less load. */
  short: boolean;
  /** Executable and its first arguments; undefined: the nsqd that the tests would start. */
  command: readonly string[] | undefined;
  /** Brokers that the fault has started. */
  started: Set<Nsqd>;
}

/** One way of harming a broker. */
export interface Fault {
  name: string;
  /** It does little but wait: with others of this kind it may run at the same time. */
  mostlyWaits?: boolean;
  /** Harms it and returns the figures of what was seen. @throws {Error} if it did not stand it. */
  run(context: FaultContext): Promise<string>;
}

/** Kills whatever brokers a fault has left, so that one that hangs does not hang the run. */
export function killBrokers({ started }: FaultContext): Promise<unknown> {
  return Promise.allSettled([...started].map((nsqd) => nsqd.kill()));
}

/** Starts the broker that is to be harmed. */
export async function startBroker(
  context: FaultContext,
  flags: readonly string[] = [],
  dataPath?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Nsqd> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const command = context.command ?? targetCommand();
  const nsqd = await startNsqd({
    flags,
    ...(dataPath !== undefined && { dataPath }),
    command: variables.length === 0 ? command : ["env", ...variables, ...command],
  });
  context.started.add(nsqd);
  return nsqd;
}
