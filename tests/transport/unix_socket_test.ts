/** Unix sockets in place of the TCP and HTTP ports. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { join } from "node:path";
import {
  betterThanReference,
  concat,
  MAGIC,
  runRefusedNsqd,
  TemporaryDirectory,
  text,
} from "../harness/mod.ts";
import { ourCommand, projectFolder } from "../harness/target.ts";
import { expectOk, pub, readFrame, send } from "./stream_client.ts";

const encoder = new TextEncoder();

/** A Unix socket has none, whatever the mode of the tests. */
const NO_THREADS = "--io-threads=0";

/** Starts an nsqd on two sockets in `directory`; it has said that it listens on both. */
async function start(directory: string): Promise<Deno.ChildProcess> {
  const [executable, ...args] = ourCommand() as [string, ...string[]];
  const child = new Deno.Command(executable, {
    args: [
      ...args,
      `--data-path=${directory}`,
      `--tcp-address=${join(directory, "tcp.sock")}`,
      NO_THREADS,
      `--http-address=${join(directory, "http.sock")}`,
    ],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const decoder = new TextDecoder();
  const reader = child.stderr.getReader();
  while (!["TCP", "HTTP"].every((each) => log.includes(`${each}: listening on`))) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`nsqd ended:\n${log}`);
    log += decoder.decode(value);
  }
  reader.releaseLock();
  return child;
}

async function stop(child: Deno.ChildProcess): Promise<number> {
  const rest = child.stderr.cancel();
  child.kill("SIGTERM");
  await rest;
  return (await child.status).code;
}

async function get(socketPath: string, path: string): Promise<string> {
  using conn = await Deno.connect({ transport: "unix", path: socketPath });
  await send(
    conn,
    encoder.encode(`GET ${path} HTTP/1.1\r\nHost: nsqd\r\nConnection: close\r\n\r\n`),
  );
  return await new Response(conn.readable).text();
}

betterThanReference("a host without a port is not taken for the path of a socket", async () => {
  using folder = new TemporaryDirectory();
  for (const host of ["127.0.0.1", "localhost", "::1", "[::1]"]) {
    for (const flag of ["--tcp-address", "--http-address"]) {
      const { code, stderr } = await runRefusedNsqd({
        dataPath: folder.path,
        flags: [`${flag}=${host}`],
      });
      equal(code, 2);
      match(stderr, /-address: ".*" has no port: give <addr>:<port>, or \.\/.* for a Unix socket/);
    }
  }
});

Deno.test("nsqd serves both protocols over Unix sockets, and removes them when it stops", async () => {
  using folder = new TemporaryDirectory();
  const directory = folder.path;
  const child = await start(directory);
  try {
    using conn = await Deno.connect({ transport: "unix", path: join(directory, "tcp.sock") });
    await send(conn, concat(MAGIC, pub("t", "hello")));
    await expectOk(conn);
    await send(conn, encoder.encode("SUB t ch\nRDY 1\n"));
    await expectOk(conn);
    equal(text((await readFrame(conn)).data).endsWith("hello"), true);
    const info = await get(join(directory, "http.sock"), "/info");
    match(info, /"http_port":-1,"tcp_port":-1/);
    const stats = await get(join(directory, "http.sock"), "/stats?format=json");
    match(stats, /"remote_address":"@"/);
  } finally {
    equal(await stop(child), 0);
  }
  const left = [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".sock"));
  deepEqual(left, []);
});

Deno.test("nsqd takes over the socket of one that was killed, and no other file", async () => {
  using folder = new TemporaryDirectory();
  using data = new TemporaryDirectory();
  const directory = folder.path, dataPath = data.path;
  const killed = await start(directory);
  const rest = killed.stderr.cancel();
  killed.kill("SIGKILL");
  await rest;
  await killed.status;
  const child = await start(directory);
  const socket = join(directory, "tcp.sock");
  const inUse = await runRefusedNsqd({ dataPath, flags: [`--tcp-address=${socket}`, NO_THREADS] });
  match(inUse.stderr, /listen \(.*tcp\.sock\) failed - address already in use/);
  const file = join(dataPath, "file");
  await Deno.writeTextFile(file, "mine");
  const noSocket = await runRefusedNsqd({ dataPath, flags: [`--tcp-address=${file}`, NO_THREADS] });
  match(noSocket.stderr, /failed - file exists and is no socket/);
  equal(await Deno.readTextFile(file), "mine");
  equal(await stop(child), 0);
});
