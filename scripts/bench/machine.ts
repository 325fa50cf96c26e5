/** What a reader must know of the machine to make sense of the figures. */

import { basename } from "node:path";
import type { BrokerCommand } from "./broker.ts";
import { goVersion } from "./generator.ts";

/** Name and value, in the order to print. Throws when there is no Go. */
export async function describeMachine(): Promise<Record<string, string>> {
  const cpuInfo = await Deno.readTextFile("/proc/cpuinfo");
  const memoryGib = Deno.systemMemoryInfo().total / 2 ** 30;
  return {
    cpu: `${
      /^model name\s*:\s*(.+)$/m.exec(cpuInfo)?.[1] ?? "unknown"
    }, ${navigator.hardwareConcurrency} cores`,
    memory: `${memoryGib.toFixed(1)} GiB`,
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    versions: `Deno ${Deno.version.deno}, ${await goVersion()} (load generator)`,
  };
}

/** What is measured on one side: how it is started, and what version it says it is. */
export async function describeBroker({ argv, cwd }: BrokerCommand): Promise<string> {
  const [program = "", ...args] = argv;
  const output = await new Deno.Command(program, { args: [...args, "--version"], cwd }).output();
  const said = new TextDecoder().decode(output.stdout).trim().split("\n")[0];
  const version = said === undefined || said === "" ? "says no version" : said;
  return `\`${[basename(program), ...args].join(" ")}\` (${version})`;
}
