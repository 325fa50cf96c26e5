/** Runs what is measured beside the broker: tools until they are told to stop, clients to their end. */

import type { ClientJob, ClientResult } from "./clients/job.ts";
import { WorkloadFailure } from "./failure.ts";
import { peakRssBytes } from "./proc.ts";
import type { Resources } from "./resources.ts";

const STOP_LIMIT_MS = 30_000;
/** Of what it said last, in characters. */
const LOG_KEPT = 1000;

/** How a program is started; arguments are added. */
export interface ProgramCommand {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A tool at work. */
export interface RunningTool {
  hasEnded(): boolean;
  /** The most memory that it has had, in bytes. */
  peakRssBytes(): Promise<number>;
  /** As Ctrl-C does. Throws a {@link WorkloadFailure} unless it finishes what it has and ends well. */
  stop(): Promise<void>;
}

/** Starts a tool; what it prints is thrown away. */
export function startTool(
  { argv: [path = "", ...args], cwd, env }: ProgramCommand,
  flags: string[],
  resources: Resources,
): RunningTool {
  const child = new Deno.Command(path, {
    args: [...args, ...flags],
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  resources.own(child);
  let ended = false;
  let said = "";
  void child.status.then(() => ended = true);
  const listen = async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said = (said + text).slice(-LOG_KEPT);
    }
  };
  const silent = listen();
  return {
    hasEnded: () => ended,
    peakRssBytes: () => peakRssBytes(child.pid),
    async stop() {
      if (!ended) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
      const { code, signal } = await child.status;
      clearTimeout(timer);
      await silent;
      if (code !== 0) throw new WorkloadFailure(`it ended with ${signal ?? code}: ${said.trim()}`);
    },
  };
}

/** Gives a client program one job. Throws a {@link WorkloadFailure} with its words when it fails. */
export async function runClient(
  { argv: [path = "", ...args], cwd, env }: ProgramCommand,
  job: ClientJob,
  resources: Resources,
): Promise<ClientResult> {
  const child = new Deno.Command(path, {
    args: [...args, JSON.stringify(job)],
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  resources.own(child);
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  if (!success) throw new WorkloadFailure(text.decode(stderr).trim());
  return JSON.parse(text.decode(stdout)) as ClientResult;
}
