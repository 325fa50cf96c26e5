/** What a reader must know of the machine to make sense of the figures. */

import { basename } from "node:path";
import type { BrokerCommand } from "./broker.ts";
import type { Contenders } from "./contender.ts";
import type { ProgramCommand } from "./program.ts";
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

/** What is measured on both sides: how it is started, and what version it says it is. */
export async function describeContenders(
  contenders: Contenders,
): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const { side, broker } of contenders.broker) all[side] = await describeProgram(broker);
  for (const { side, tool } of contenders.tool) {
    if (tool !== undefined) all[`${side}, tools`] = await describeProgram(tool("tail"));
  }
  if (contenders.client.some(({ side }) => side === "reference")) {
    all["reference, client"] = await describeNsqjs();
  }
  return all;
}

async function describeNsqjs(): Promise<string> {
  const node = await new Deno.Command("node", { args: ["--version"] }).output();
  const manifest = new URL("../../tests/interop/programs/node/package.json", import.meta.url);
  const { dependencies } = JSON.parse(await Deno.readTextFile(manifest)) as {
    dependencies: Record<string, string>;
  };
  return `nsqjs ${dependencies.nsqjs}, Node ${new TextDecoder().decode(node.stdout).trim()}`;
}

async function describeProgram({ argv, cwd }: BrokerCommand | ProgramCommand): Promise<string> {
  const [program = "", ...args] = argv;
  const output = await new Deno.Command(program, {
    args: [...args, "--version"],
    ...(cwd !== undefined && { cwd }),
  }).output();
  const said = new TextDecoder().decode(output.stdout).trim().split("\n")[0];
  const version = said === undefined || said === "" ? "says no version" : said;
  return `\`${[basename(program), ...args].join(" ")}\` (${version})`;
}
