/** Names, hosts, user agents and bodies that strangers chose: on terminals, in logs, and in names of files. */
import { join } from "node:path";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  inTerminal,
  isToolsReference,
  Registrant,
  runTool,
  startAdmin,
  startLookupd,
  startNsqd,
  startTool,
  TemporaryDirectory,
} from "../harness/mod.ts";

/** Clears the screen, forges a log line, turns letters around, and ends in half a character. */
const HOSTILE =
  "x\x1b[2J\r\n[nsqd] 2026/01/01 00:00:00.000000 INFO: forged\x9b31m\u202egpj\u2028\x7f";

/** What must never reach a terminal or a log. */
// deno-lint-ignore no-control-regex
const HIDDEN = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/;

function ignoring(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: isToolsReference, fn });
}

function checkLog(daemon: { log(): string; logLines: string[] }): void {
  ok(!HIDDEN.test(daemon.log()), JSON.stringify(daemon.log()));
  deepEqual(daemon.logLines.filter((line) => line.startsWith("[nsqd] 2026/01/01 00:00:00.0")), []);
}

ignoring("lookupd's and the console's log show what producers chose, and no more", async () => {
  await using lookupd = await startLookupd({ flags: ["--log-level=debug"] });
  using hostile = await Registrant.identified(lookupd.tcpPort, HOSTILE, {
    hostname: HOSTILE,
    version: HOSTILE,
  });
  await hostile.command("REGISTER t c");
  equal((await hostile.ask(`REGISTER \x1b[2J\u202e`))?.startsWith("E_"), true);
  await lookupd.waitForLog(/forged/);
  await using admin = await startAdmin({
    flags: [`--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`, "--log-level=debug"],
  });
  for (const path of ["/api/topics/t", "/api/nodes", "/api/nodes/x%1b%5b2J%0aforged"]) {
    await (await admin.http(path)).text();
  }
  await admin.waitForLog(/WARN|ERROR/);
  checkLog(lookupd);
  checkLog(admin);
});

ignoring("nsqd's log shows what clients chose, and no more", async () => {
  await using nsqd = await startNsqd({ flags: ["--log-level=debug"] });
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: HOSTILE, hostname: HOSTILE, user_agent: HOSTILE });
  await client.subscribe("t", "c", 1);
  await client.send("\x1b[2JFIN\u202e x\n");
  await client.expectEnd();
  await (await nsqd.http("/pub?topic=%1b%5b2J%0a%e2%80%ae", { method: "POST", body: HOSTILE }))
    .text();
  await (await nsqd.http("/%1b%0aforged%c2%9b")).text();
  await nsqd.waitForLog(/E_INVALID|invalid command/i);
  checkLog(nsqd);
});

ignoring("a log in JSON is whole and shows itself, too", async () => {
  await using lookupd = await startLookupd({ flags: ["--log-format=json"] });
  await using nsqd = await startNsqd({ flags: ["--log-format=json"] });
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: HOSTILE, hostname: HOSTILE, user_agent: HOSTILE });
  using hostile = await Registrant.identified(lookupd.tcpPort, HOSTILE, { version: HOSTILE });
  equal((await hostile.ask(`REGISTER \x1b[2J\u202e`))?.startsWith("E_"), true);
  for (const daemon of [lookupd, nsqd]) {
    const line = await daemon.waitForLog(/forged/);
    ok(!HIDDEN.test(daemon.log()), JSON.stringify(daemon.log()));
    ok(JSON.parse(line).msg.includes("\x9b31m"), line);
  }
});

ignoring("/stats shows in a terminal what clients chose, and no more", async () => {
  await using nsqd = await startNsqd();
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: HOSTILE, hostname: HOSTILE, user_agent: HOSTILE });
  await client.subscribe("t", "c");
  using producer = await Client.connect(nsqd.tcpPort);
  await producer.identify({ client_id: HOSTILE, hostname: HOSTILE, user_agent: HOSTILE });
  await producer.publish("t", "m");
  const text = await (await nsqd.http("/stats")).text();
  equal(text.match(/x\\x1b\[2J/g)?.length, 4); // host and user agent of both
  ok(!HIDDEN.test(text.replaceAll("\t", "")), JSON.stringify(text));
});

ignoring("tail shows bodies at a terminal without risk, and passes them on raw", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("t", "terminal", "json", "pipe");
  const body = new Uint8Array([...new TextEncoder().encode(HOSTILE), 0xff]);
  await nsqd.post("/pub?topic=t", body);
  const flags = (channel: string) => [
    ...["--topic=t", "-n=1", `--channel=${channel}`],
    `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
  ];
  const { shown, code } = await inTerminal("nsq_tail", flags("terminal"), []);
  equal(code, 0);
  equal(
    shown,
    "x\\x1b[2J\\r\\n[nsqd] 2026/01/01 00:00:00.000000 INFO: forged\\u009b31m\\u202egpj\\u2028\\x7f\\xff\r\n",
  );
  await nsqd.post("/topic/empty?topic=t");
  await nsqd.post("/channel/empty?topic=t&channel=json");
  await nsqd.post("/pub?topic=t", HOSTILE);
  const json = await inTerminal("nsq_tail", [...flags("json"), "--json"], []);
  ok(!HIDDEN.test(json.shown.trimEnd()), JSON.stringify(json.shown));
  equal(JSON.parse(json.shown).body, HOSTILE);
  const piped = await runTool("nsq_tail", [...flags("pipe"), "--print-topic"]);
  equal(piped.stdout, `t | ${new TextDecoder().decode(body)}\n`);
});

ignoring("top shows what clients chose, and no more", async () => {
  await using nsqd = await startNsqd();
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: HOSTILE, hostname: HOSTILE, user_agent: HOSTILE });
  await client.subscribe("t", "c");
  const { stdout } = await runTool("top", [
    ...["--once", "--view=clients", "--interval=100ms"],
    `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`,
  ]);
  ok(!HIDDEN.test(stdout), JSON.stringify(stdout));
  match(stdout, /x\\x1b\[2J/);
});

for (const more of [[], ["--gzip"], ["--work-dir"]]) {
  ignoring(
    `to-file ${more.join(" ")} stays in its directories, whatever a topic is called`,
    async () => {
      await using nsqd = await startNsqd();
      using directory = new TemporaryDirectory();
      const root = directory.path;
      const topics = ["..", ".", "ok"];
      for (const topic of topics) {
        await nsqd.create(topic, "c");
        await nsqd.post(`/pub?topic=${topic}`, "m");
      }
      const flags = more.map((flag) => flag === "--work-dir" ? `--work-dir=${root}/a/work` : flag);
      const revision = more.length > 0 ? "<REV>" : "";
      {
        await using tool = startTool(
          "nsq_to_file",
          ...topics.map((topic) => `--topic=${topic}`),
          "--channel=c",
          `--output-dir=${root}/a/out`,
          `--filename-format=<TOPIC>/<TOPIC>${revision}.log`,
          `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
          ...flags,
        );
        for (const topic of topics) {
          await eventually(async () => {
            equal((await nsqd.channel(topic, "c")).in_flight_count, 1);
          });
        }
        await tool.stop();
      }
      const files = filesUnder(root).map((path) => path.replace(/-0+/, ""));
      const end = more[0] === "--gzip" ? ".log.gz" : ".log";
      const wanted = [`a/out/%2E%2E/..${end}`, `a/out/%2E/.${end}`, `a/out/ok/ok${end}`];
      deepEqual(files.sort(), wanted.sort());
    },
  );
}

function filesUnder(root: string, folder = ""): string[] {
  return [...Deno.readDirSync(join(root, folder))].flatMap(({ name, isDirectory }) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    return isDirectory ? filesUnder(root, path) : [path];
  });
}
