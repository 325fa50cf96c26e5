/** `nsq top` against a live nsqd, into a pipe and in a terminal. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client, eventually, inTerminal, type Nsqd, runTool, startNsqd } from "../harness/mod.ts";

function flagsFor(nsqd: Nsqd): string[] {
  return [`--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`, "--interval=100ms"];
}

async function startBusyNsqd(): Promise<Nsqd> {
  const nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await nsqd.create("busy", "c", "d");
  await nsqd.create("quiet");
  await nsqd.post("/mpub?topic=busy", "1\n2\n3");
  return nsqd;
}

Deno.test("nsq top prints one table into a pipe", async () => {
  await using nsqd = await startBusyNsqd();
  const { code, stdout, stderr } = await runTool("top", flagsFor(nsqd));
  deepEqual([code, stderr], [0, ""]);
  const [summary, , heading, ...rows] = stdout.trimEnd().split("\n");
  match(summary!, /^1 node +2 topics +2 channels +0 clients +0 in\/s/);
  match(heading!, /^topic +channel +in +out +depth▼ +memory/);
  deepEqual(rows.map((row) => row.split(/ +/).slice(0, 2)), [
    ["busy", "c"],
    ["busy", "d"],
    ["quiet", "0"],
  ]);
});

Deno.test("nsq top --json gives a view's rows, filtered and sorted", async () => {
  await using nsqd = await startBusyNsqd();
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: "me" });
  await client.subscribe("busy", "d");
  const json = async (...flags: string[]) =>
    JSON.parse((await runTool("top", [...flagsFor(nsqd), "--json", ...flags])).stdout);
  const { topics, errors } = await json("--view=topics", "--sort=topic");
  deepEqual(errors, []);
  deepEqual(
    topics.map((row: Record<string, unknown>) => [row.topic, row.messages, row.backlog]),
    [["busy", 3, 6], ["quiet", 0, 0]],
  );
  const { clients } = await json("--view=clients", "--filter=BUS");
  deepEqual(clients.map((row: Record<string, unknown>) => [row.client, row.channel]), [[
    "me",
    "d",
  ]]);
  deepEqual((await json("--view=nodes", "--filter=nowhere")).nodes, []);
});

Deno.test("nsq top ends with 1 when nobody answers, and with 2 for a column that is not there", async () => {
  const nobody = "--nsqd-http-address=127.0.0.1:1";
  const lost = await runTool("top", [nobody]);
  equal(lost.code, 1);
  match(lost.stderr, /^nsq top: no answer from 127\.0\.0\.1:1: .*\n$/);
  const unknown = await runTool("top", [nobody, "--sort=beauty"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /^nsq top: --sort: channels have no column "beauty" .*\n$/);
});

Deno.test("an option nobody knows is named as it was typed", async () => {
  for (
    const [tool, flag, says] of [
      ["top", "-x", "nsq top: unknown option '-x'\n"],
      ["top", "--x=1", "nsq top: unknown option '--x'\n"],
      ["top", "-onc", "nsq top: unknown option '-onc' (Did you mean --once?)\n"],
      ["tail", "-n1", "nsq tail: unknown option '-n1' (Did you mean -n 1?)\n"],
    ] as const
  ) {
    const { code, stderr } = await runTool(tool, [flag]);
    deepEqual([code, stderr], [2, says]);
  }
});

Deno.test("nsq top in a terminal obeys keys, and leaves the terminal as it was", async () => {
  await using nsqd = await startBusyNsqd();
  for (const last of ["q", "\x03"]) {
    const { shown, code, restored } = await inTerminal("top", flagsFor(nsqd), [
      ["busy", "2"],
      ["[2 topics]", "/qui"],
      ["/qui_", "\r"],
      ['1 with "qui"', "?"],
      ["this help", "resize"],
      ["\x1b[2J", last],
    ]);
    deepEqual([code, restored], [0, true]);
    ok(shown.includes("\x1b[?1049h"), "it has a screen of its own");
    ok(shown.endsWith("\x1b[?25h\x1b[?1049l"), JSON.stringify(shown.slice(-200)));
    equal(shown.split("\x1b[2J").length, 3, "cleared at the start and after the resize only");
  }
});

Deno.test("nsq top pauses, empties and looks into the marked channel, and keeps a lost node in sight", async () => {
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  const other = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await nsqd.create("work", "c");
  await nsqd.post("/mpub?topic=work", "first\nsecond");
  const watching = inTerminal("top", [
    ...flagsFor(nsqd),
    `--nsqd-http-address=127.0.0.1:${other.httpPort}`,
  ], [
    ["work", "p"],
    ["paused channel work/c", "\r"],
    ["second", "x"],
    ["paused", "e"],
    ["Emptying channel work/c loses 2 messages. Go on? [y/N]", "n"],
    ["nothing was done", "ey"],
    ["emptied channel work/c", "3"],
    ["[3 nodes]", " "],
    ["held still", " "],
    ["1 node lost", "q"],
  ]);
  await eventually(async () => equal((await nsqd.channel("work", "c")).depth, 0));
  await other.stop();
  const { shown, code } = await watching;
  equal(code, 0);
  equal((await nsqd.channel("work", "c")).paused, true);
  const escape = "\x1b";
  ok(shown.includes(`${escape}[1;31m1 node lost`), "in red");
  await other.removeFiles();
});
