import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { Client, eventually, projectFolder, TemporaryDirectory } from "../harness/mod.ts";
import { Daemon } from "../harness/daemon.ts";
import { ourCommand } from "../harness/target.ts";

/** How long the end may take that one signal asks for. */
const STOP_LIMIT_MS = 5000;
const READY =
  /^nsq standalone: broker on 127\.0\.0\.1, ports (\d+).* and (\d+).*; lookupd on ports (\d+).* and (\d+).*; console on (http:\S+\/);/;

interface Running {
  daemon: Daemon;
  tcpPort: number;
  lookupd: string;
  /** URL of the console. */
  console: string;
}

function spawn(dataPath: string, ...flags: string[]): Deno.ChildProcess {
  const [executable, ...first] = ourCommand().slice(0, -1);
  const free = ["tcp", "http", "lookupd-tcp", "lookupd-http", "admin-http"].map((name) =>
    `--${name}-port=0`
  );
  return new Deno.Command(executable!, {
    args: [...first, "standalone", `--data-path=${dataPath}`, ...free, ...flags],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function start(dataPath: string, ...flags: string[]): Promise<Running> {
  const daemon = new Daemon("standalone", spawn(dataPath, ...flags));
  try {
    const [, tcp, http, , lookupdHttp, console = ""] = READY.exec(await daemon.waitForLog(READY))!;
    daemon.httpPort = Number(http);
    const lookupd = `http://127.0.0.1:${lookupdHttp}`;
    return { daemon, tcpPort: Number(tcp), lookupd, console };
  } catch (error) {
    await daemon.abandon();
    throw error;
  }
}

Deno.test("nsq standalone serves messages and tells where they are, and ends at one Ctrl-C", async () => {
  using dir = new TemporaryDirectory();
  const dataPath = `${dir.path}/made/for it`;
  {
    const { daemon, tcpPort, lookupd } = await start(dataPath);
    await using _ = daemon;
    await daemon.post("/pub?topic=t", "kept");
    await eventually(async () => {
      const answer = await fetch(`${lookupd}/lookup?topic=t`);
      const { producers } = await answer.json();
      deepEqual(
        producers?.map((producer: { broadcast_address: string; tcp_port: number }) => [
          producer.broadcast_address,
          producer.tcp_port,
        ]),
        [["127.0.0.1", tcpPort]],
      );
    });
    const startMs = performance.now();
    await daemon.stop("SIGINT");
    ok(performance.now() - startMs < STOP_LIMIT_MS, "both end at once");
  }

  const { daemon, tcpPort } = await start(dataPath);
  await using _ = daemon;
  using client = await Client.connect(tcpPort);
  await client.subscribe("t", "c", 1);
  equal((await client.consume(1)).length, 1);
});

Deno.test("nsq standalone serves a console that sees the broker", async () => {
  using dir = new TemporaryDirectory();
  const { daemon, console } = await start(dir.path);
  await using _ = daemon;
  await daemon.post("/pub?topic=seen", "m");
  await eventually(async () => {
    const topic = await (await fetch(`${console}api/topics/seen`)).json();
    deepEqual([topic.depth, topic.message], [1, ""]);
  });
});

Deno.test("nsq standalone passes flags after -- to the broker", async () => {
  using dir = new TemporaryDirectory();
  const { daemon } = await start(dir.path, "--", "--msg-timeout=7s");
  await using _ = daemon;
  const answer = await daemon.http("/config/msg_timeout");
  equal(await answer.text(), "7000000000");
});

Deno.test("nsq standalone ends with one line when the broker cannot start", async () => {
  using dir = new TemporaryDirectory();
  const { daemon } = await start(dir.path, "--log-level=error");
  await using _ = daemon;
  const { code, stderr } = await spawn(dir.path, "--log-level=fatal").output();
  equal(code, 1);
  match(new TextDecoder().decode(stderr), /^nsq standalone: failed to lock data-path: [^\n]+\n$/);
});

Deno.test("nsq standalone names the port of the console that is taken, and ends", async () => {
  using dir = new TemporaryDirectory();
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = taken.addr;
    const child = spawn(dir.path, "--log-level=fatal", `--admin-http-port=${port}`);
    const { code, stderr } = await child.output();
    equal(code, 1);
    const line = new RegExp(`^nsq standalone: [^\\n]*127\\.0\\.0\\.1:${port}[^\\n]*\\n$`);
    match(new TextDecoder().decode(stderr), line);
  } finally {
    taken.close();
  }
});

Deno.test("nsq standalone ends with its broker when that is drained", async () => {
  using dir = new TemporaryDirectory();
  const { daemon } = await start(dir.path);
  await using _ = daemon;
  await daemon.post("/drain?deadline=1m");
  equal(await daemon.ended(), 0);
});

Deno.test("nsq standalone takes the log level from the broker's configuration file, and goes on with SIGUSR2", async () => {
  using dir = new TemporaryDirectory();
  const config = `${dir.path}/nsqd.toml`;
  dir.write("nsqd.toml", 'log_level = "info"\n');
  const { daemon, lookupd, console } = await start(`${dir.path}/data`, "--", `--config=${config}`);
  await using _ = daemon;
  const broker = `http://127.0.0.1:${daemon.httpPort}`;
  /** Which of the three tell of a request. */
  const telling = async () => {
    const path = `/nowhere-${crypto.randomUUID()}`;
    const servers = [broker, lookupd, console.replace(/\/$/, "")];
    for (const server of [...servers, ...servers]) {
      await (await fetch(server + path)).body?.cancel();
    }
    return ["nsqd", "nsqlookupd", "nsqadmin"].filter((name) =>
      daemon.logLines.some((line) => line.startsWith(`[${name}] `) && line.includes(path))
    );
  };
  await eventually(async () => deepEqual(await telling(), ["nsqd", "nsqlookupd", "nsqadmin"]));
  dir.write("nsqd.toml", 'log_level = "error"\n');
  Deno.kill(daemon.pid, "SIGUSR2");
  await eventually(async () => deepEqual(await telling(), []));
  dir.write("nsqd.toml", 'log_level = "info"\n');
  Deno.kill(daemon.pid, "SIGUSR2");
  await eventually(async () => deepEqual(await telling(), ["nsqd", "nsqlookupd", "nsqadmin"]));
});
