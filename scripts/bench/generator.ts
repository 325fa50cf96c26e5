/** Builds and runs the load generator, which is written in Go. */

import { join } from "node:path";
import { TextLineStream } from "./lines.ts";
import { WorkloadFailure } from "./failure.ts";
import { RAISE_FILE_LIMIT, type Resources } from "./resources.ts";

/** What a connection agrees on with IDENTIFY, or nothing. */
export type Transport = "plain" | "tls" | "snappy" | "deflate";

/** What to do in one run; see load/plan.go for the meaning and defaults. */
export interface LoadPlan {
  prefix: string;
  transport?: Transport;
  topics?: number;
  channels?: number;
  producers?: number;
  consumers?: number;
  perTopic?: number;
  expect?: number;
  first?: number;
  numbers?: number;
  batch?: number;
  pipeline?: number;
  size?: number;
  rdy?: number;
  rate?: number;
  timeoutMs?: number;
}

export interface Spread {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** What it counted; see load/result.go. */
export interface LoadResult {
  published: number;
  received: number;
  duplicates: number;
  strangers: number;
  publishSeconds: number;
  consumeSeconds: number;
  consumeTimed: number;
  cpuSeconds: number;
  latencyMs?: Spread;
  sendLagMs?: Spread;
  errors: string[];
}

/** Publishing over HTTP, one request at a time on each connection; see load/post.go. */
export interface PostPlan {
  topic: string;
  connections: number;
  messages: number;
  /** Messages of one /mpub; left out for /pub. */
  batch?: number;
}

export interface PostResult {
  published: number;
  seconds: number;
  cpuSeconds: number;
}

/** Paths of what a broker needs for TLS. */
export interface Certificate {
  cert: string;
  key: string;
}

export interface Generator {
  load(address: string, plan: LoadPlan): Promise<LoadResult>;
  post(http: string, plan: PostPlan): Promise<PostResult>;
  /** Makes a certificate in a directory that is removed with everything else. */
  certificate(): Promise<Certificate>;
  /** Asks a lookupd; gives answers per second. */
  lookups(tcp: string, http: string, count: number): Promise<number>;
  idle(
    address: string,
    connections: number,
    topic: string,
    during: () => Promise<void>,
  ): Promise<void>;
}

/** The version of Go on this machine. Throws when there is none. */
export async function goVersion(): Promise<string> {
  try {
    const output = await new Deno.Command("go", { args: ["env", "GOVERSION"] }).output();
    return new TextDecoder().decode(output.stdout).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("the load generator is built with Go: no `go` was found on PATH");
  }
}

/** Compiles the generator into a temporary directory. Throws with the compiler's words. */
export async function buildGenerator(resources: Resources): Promise<Generator> {
  const path = join(await resources.tempDir(), "nsqload");
  const { success, stderr } = await new Deno.Command("go", {
    args: ["build", "-o", path, "."],
    cwd: join(import.meta.dirname ?? ".", "load"),
    env: { GOTOOLCHAIN: "local", GOWORK: "off" },
  }).output();
  if (!success) throw new Error(`go build failed:\n${new TextDecoder().decode(stderr)}`);
  return {
    load: async (address, plan) =>
      await runToEnd(path, loadArgs(address, plan), resources) as LoadResult,
    post: async (http, plan) => {
      const flags = Object.entries(plan).map(([name, value]) => `-${name}=${value}`);
      return await runToEnd(path, ["post", `-http=${http}`, ...flags], resources) as PostResult;
    },
    certificate: async () => {
      const dir = await resources.tempDir();
      const args = [`-cert=${join(dir, "cert.pem")}`, `-key=${join(dir, "key.pem")}`];
      return await runToEnd(path, ["certificate", ...args], resources) as Certificate;
    },
    lookups: (tcp, http, count) => runLookups(path, { tcp, http }, count, resources),
    idle: (address, connections, topic, during) =>
      runIdle(
        path,
        [`-addr=${address}`, `-topic=${topic}`, `-connections=${connections}`],
        during,
        resources,
      ),
  };
}

/** The generator's arguments for a plan. */
export function loadArgs(address: string, plan: LoadPlan): string[] {
  const { perTopic, timeoutMs, ...same } = plan;
  const args = ["load", `-addr=${address}`];
  if (perTopic !== undefined) args.push(`-per-topic=${perTopic}`);
  if (timeoutMs !== undefined) args.push(`-timeout=${timeoutMs}ms`);
  for (const [name, value] of Object.entries(same)) args.push(`-${name}=${value}`);
  return args;
}

async function runLookups(
  path: string,
  { tcp, http }: { tcp: string; http: string },
  count: number,
  resources: Resources,
): Promise<number> {
  const args = ["lookup", `-tcp=${tcp}`, `-http=${http}`, `-lookups=${count}`];
  const { answers, seconds } = await runToEnd(path, args, resources) as {
    answers: number;
    seconds: number;
  };
  return answers / seconds;
}

/** The JSON that the generator prints. Throws a {@link WorkloadFailure} with its words when it fails. */
async function runToEnd(path: string, args: string[], resources: Resources): Promise<unknown> {
  const child = new Deno.Command(path, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  resources.own(child);
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  if (!success) throw new WorkloadFailure(text.decode(stderr).trim());
  return JSON.parse(text.decode(stdout));
}

async function runIdle(
  path: string,
  args: string[],
  during: () => Promise<void>,
  resources: Resources,
): Promise<void> {
  const child = new Deno.Command("sh", {
    args: ["-c", RAISE_FILE_LIMIT, path, "idle", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  resources.own(child);
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  const first = await lines.read();
  if (first.value !== "ready") throw new WorkloadFailure("the idle connections never stood");
  await during();
  await child.stdin.close();
  const answer = JSON.parse((await lines.read()).value ?? "{}") as { errors?: string[] };
  await child.status;
  const errors = answer.errors ?? ["the load generator gave no answer"];
  if (errors.length > 0) {
    throw new WorkloadFailure(`${errors.length} connections lost, the first: ${errors[0]}`);
  }
}
