/** What nobody foresaw is logged with its stack, and the process ends in order: a broker's memory is on disk. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { Client, Daemon, projectFolder, START_DEADLINE_MS, startNsqd } from "../harness/mod.ts";
import { TemporaryDirectory } from "../harness/mod.ts";
import { ourCommand } from "../harness/target.ts";

const PLANT = `--preload=${projectFolder}tests/life/plant_error.ts`;
const FREE = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];

/** An error can be planted in a role that runs from source. */
const ignore = ourCommand()[1] !== "run";

/** The command that runs a role from source, with the errors' planter. */
function planted(role: string): [string, ...string[]] {
  const [deno, run, ...options] = ourCommand().slice(0, -1) as [string, string, ...string[]];
  return [deno, run, PLANT, ...options, role];
}

for (const [signal, kind] of [["SIGURG", "rejection"], ["SIGWINCH", "exception"]] as const) {
  Deno.test({
    name: `an unhandled ${kind} ends a broker with its memory on disk and exit code 1`,
    ignore,
    async fn() {
      using directory = new TemporaryDirectory();
      {
        const settings = { dataPath: directory.path, command: planted("nsqd") };
        await using nsqd = await startNsqd(settings);
        await nsqd.create("t", "c");
        await nsqd.post("/mpub?topic=t", "one\ntwo");
        Deno.kill(nsqd.pid, signal);
        equal(await nsqd.ended(), 1);
        const stack = `FATAL: unhandled ${kind} - Error: planted ${kind}\\\\n +at .*plant_error`;
        match(nsqd.log(), new RegExp(stack));
      }
      await using again = await startNsqd({ dataPath: directory.path });
      using client = await Client.connect(again.tcpPort);
      await client.subscribe("t", "c", 2);
      const bodies = (await client.consume(2)).map(({ body }) => body);
      deepEqual(bodies.sort(), ["one", "two"]);
    },
  });
}

const others: Record<string, string[]> = {
  lookupd: [...FREE, "--log-format=json"],
  admin: ["--http-address=127.0.0.1:0", "--lookupd-http-address=127.0.0.1:1"],
  tail: ["--topic=t", "--nsqd-tcp-address=127.0.0.1:1", "--log-level=info"],
};

for (const [role, flags] of Object.entries(others)) {
  Deno.test({
    name: `an unhandled rejection ends ${role} with its stack and exit code 1`,
    ignore,
    async fn() {
      const [deno, ...first] = planted(role);
      const daemon = new Daemon(
        role,
        new Deno.Command(deno, {
          args: [...first, ...flags],
          cwd: projectFolder,
          stdin: "null",
          stdout: "null",
          stderr: "piped",
        }).spawn(),
      );
      await daemon.waitForLog(/HTTP: listening|connect/, START_DEADLINE_MS);
      Deno.kill(daemon.pid, "SIGURG");
      equal(await daemon.ended(), 1);
      const log = flags.includes("--log-format=json")
        ? daemon.logLines.map((line) => JSON.parse(line).msg).join("\n")
        : daemon.log();
      match(log, /unhandled rejection - Error: planted rejection(\\n|\n) +at /);
    },
  });
}
