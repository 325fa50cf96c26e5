/** Starts a broker on ephemeral ports in a fresh data directory. */

import { basename, dirname, join } from "node:path";
import { WorkloadFailure } from "./failure.ts";
import { TextLineStream } from "./lines.ts";
import { RAISE_FILE_LIMIT, type Resources } from "./resources.ts";

const START_LIMIT_MS = 30_000;
const LOG_LINES_KEPT = 20;

/** Of a comparison. */
export type Side = "ours" | "reference";

/** How one side of the comparison is started. */
export interface BrokerCommand {
  side: Side;
  /** Program and arguments, to which the broker's flags are added. */
  argv: string[];
  cwd: string;
  /** Default: nsqd. */
  role?: "lookupd";
}

/** The command that starts another role of the same side; the reference's lies beside its nsqd. */
export function roleCommand(command: BrokerCommand, role: BrokerCommand["role"]): BrokerCommand {
  if (role === undefined) return command;
  const path = command.argv[0] ?? "";
  const argv = command.argv.at(-1) === "nsqd"
    ? [...command.argv.slice(0, -1), role]
    : [join(dirname(path), basename(path).replace(/^nsqd/, "nsqlookupd"))];
  return { ...command, argv, role };
}

export interface Broker {
  pid: number;
  /** HOST:PORT of the TCP protocol. */
  tcp: string;
  /** HOST:PORT of the HTTP API. */
  http: string;
  /** From spawning it to the log line of the second listener. */
  startMs: number;
  /** The newest lines of its log. */
  log: string[];
  /** Whether the process is gone: then whatever failed, failed because of that. */
  hasEnded(): boolean;
  /** Ends the process and starts it again on the same data. @returns ms until it answers that it is ready */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<number>;
  stop(): Promise<void>;
}

/** Throws a {@link WorkloadFailure} if the broker ends or is silent instead of listening. */
export async function startBroker(
  command: BrokerCommand,
  flags: string[],
  resources: Resources,
): Promise<Broker> {
  const dataPath = await resources.tempDir();
  const start = () => startOn(dataPath, command, flags, resources);
  let { child, ...running } = await start();
  const broker: Broker = {
    ...running,
    restart: async (signal) => {
      child.kill(signal);
      await child.status;
      const beganMs = performance.now();
      ({ child, ...running } = await start());
      Object.assign(broker, running);
      while (!(await fetch(`http://${broker.http}/ping`)).ok);
      return performance.now() - beganMs;
    },
    stop: async () => {
      await resources.end(child);
      await resources.removeDir(dataPath);
    },
  };
  return broker;
}

type Running = Omit<Broker, "restart" | "stop"> & { child: Deno.ChildProcess };

async function startOn(
  dataPath: string,
  command: BrokerCommand,
  flags: string[],
  resources: Resources,
): Promise<Running> {
  const startedMs = performance.now();
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      RAISE_FILE_LIMIT,
      ...command.argv,
      "--tcp-address=127.0.0.1:0",
      "--http-address=127.0.0.1:0",
      ...command.role === "lookupd" ? [] : [`--data-path=${dataPath}`],
      ...flags,
    ],
    cwd: command.cwd,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  resources.own(child);
  let ended = false;
  void child.status.then(() => ended = true);
  const log: string[] = [];
  const addresses = await awaitAddresses(child, log);
  const startMs = performance.now() - startedMs;
  return { child, pid: child.pid, ...addresses, startMs, log, hasEnded: () => ended };
}

/** Follows the log to its end, and gives the addresses as soon as both have been seen. */
function awaitAddresses(
  child: Deno.ChildProcess,
  log: string[],
): Promise<{ tcp: string; http: string }> {
  return new Promise((resolve, reject) => {
    const found = new Map<string, string>();
    const fail = (why: string) => reject(new WorkloadFailure([why, ...log].join("\n  ")));
    const timer = setTimeout(() => fail("the broker is not listening"), START_LIMIT_MS);
    const follow = async () => {
      const lines = child.stderr.pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream());
      for await (const line of lines) {
        log.push(line);
        if (log.length > LOG_LINES_KEPT) log.shift();
        const [, kind, address] = /\b(TCP|HTTP): listening on (\S+)/.exec(line) ?? [];
        if (kind !== undefined && address !== undefined) found.set(kind, address);
        const tcp = found.get("TCP"), http = found.get("HTTP");
        if (tcp !== undefined && http !== undefined) {
          clearTimeout(timer);
          resolve({ tcp, http });
        }
      }
      clearTimeout(timer);
      fail("the broker ended");
    };
    follow().catch(reject);
  });
}
