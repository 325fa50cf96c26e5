/** Other servers whose answer means an fsync too, each with the load generator that comes with it. */

import { basename, join, resolve } from "node:path";
import { WorkloadFailure } from "./failure.ts";
import type { PeerLoad, Peers } from "./model.ts";
import { executable } from "./options.ts";
import type { Resources } from "./resources.ts";

const START_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** @param folder has nats-server, nats, redis-server, redis-benchmark. @throws Error when one is missing */
export async function findPeers(folder: string, resources: Resources): Promise<Peers> {
  const [natsServer, nats, redisServer, redisBenchmark] = await Promise.all(
    ["nats-server", "nats", "redis-server", "redis-benchmark"].map(async (name) => {
      const path = resolve(folder, name);
      await executable(path);
      return path; // not the real one: Debian's redis-server acts by the name it is called by
    }),
  ) as [string, string, string, string];
  return {
    jetStream: (load) =>
      withServer(resources, async (port, directory) => {
        const config = join(directory, "nats.conf");
        await Deno.writeTextFile(
          config,
          `listen: 127.0.0.1:${port}\njetstream { store_dir: "${directory}/store", sync_interval: always }\n`,
        );
        return [natsServer, "-c", config];
      }, (port) => publishToJetStream(nats, port, load)),
    redis: (load) =>
      withServer(resources, (port, directory) =>
        Promise.resolve([
          redisServer,
          ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""],
          ...["--appendonly", "yes", "--appendfsync", "always"],
        ]), (port) => publishToRedis(redisBenchmark, port, load)),
  };
}

async function publishToJetStream(nats: string, port: number, load: PeerLoad): Promise<number> {
  const way = load.batch === 1 ? ["sync"] : ["async", "--batch", String(load.batch)];
  const output = await run(nats, [
    ...["bench", "js", "pub", ...way, "bench.subject", "--create", "--no-progress"],
    ...["--msgs", String(load.messages), "--size", `${load.sizeBytes}B`],
    ...["--clients", String(load.clients), "--timeout", "120s", "-s", `nats://127.0.0.1:${port}`],
  ]);
  return figure(output, /([\d,]+) msgs\/sec/g);
}

async function publishToRedis(benchmark: string, port: number, load: PeerLoad): Promise<number> {
  const output = await run(benchmark, [
    ...["-h", "127.0.0.1", "-p", String(port), "-n", String(load.messages)],
    ...["-c", String(load.clients), "-P", String(load.batch), "-q"],
    ...["XADD", "stream", "*", "body", "x".repeat(load.sizeBytes)],
  ]);
  return figure(output, /: ([\d.]+) requests per second/g);
}

/** The last of what matches: the sum of all clients, where there are several. */
function figure(output: string, pattern: RegExp): number {
  const found = [...output.matchAll(pattern)];
  const aggregated = output.split("\n").find((line) =>
    /aggregated/.test(line) && line.search(pattern) >= 0
  );
  const text = aggregated === undefined
    ? found.at(-1)?.[1]
    : [...aggregated.matchAll(pattern)][0]?.[1];
  if (text === undefined) throw new WorkloadFailure(`no figure in: ${output.slice(-500)}`);
  return Number(text.replaceAll(",", ""));
}

async function run(program: string, args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new WorkloadFailure(`${program} failed: ${output.slice(-500)}`);
  return output;
}

async function withServer(
  resources: Resources,
  prepare: (port: number, directory: string) => Promise<string[]>,
  use: (port: number) => Promise<number>,
): Promise<number> {
  const directory = await resources.tempDir(), port = freePort();
  const [program = "", ...args] = await prepare(port, directory);
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" })
    .spawn();
  resources.own(child);
  try {
    await awaitListener(port, basename(program));
    return await use(port);
  } finally {
    await resources.end(child);
    await resources.removeDir(directory);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function awaitListener(port: number, name: string): Promise<void> {
  const giveUpMs = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (performance.now() > giveUpMs) {
        throw new WorkloadFailure(`${name} does not listen`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
