/** What every tool's `--help` and `--version` say: the examples are run as they stand there. */
import { equal, match, ok } from "../harness/assert.ts";
import {
  eventually,
  isToolsReference,
  type Lookupd,
  type Nsqd,
  runTool,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
  toolCommand,
} from "../harness/mod.ts";
import { JournalWriter } from "./journal_directory.ts";

/** Our name of each tool, that of nsqio/nsq if it has one, and what all its examples print together. */
const TOOLS: readonly [name: string, alias: string, prints: RegExp][] = [
  ["tail", "nsq_tail", /^\{"topic":"orders",.*"body":/m],
  ["to-file", "nsq_to_file", /^\d\d+$/m],
  ["to-http", "nsq_to_http", /^$/],
  ["to-nsq", "nsq_to_nsq", /^$/],
  ["pub", "to_nsq", /^\{"topic":"orders","messages":2,/m],
  ["stat", "nsq_stat", /^-+rate-+\+-+depth-+\+/m],
  ["top", "", /^\{.*"topics":/m],
  ["bench", "", /^consumed +[\d,]+ messages/m],
  ["journal", "", /^\{"topic":"orders","index":0,/m],
];

/** An example that does not end by itself is told to after so long: enough for three rows of stat. */
const RUN_SECONDS = 8;
const STARTS_EARLY = new Set(["tail", "to-file", "to-http", "to-nsq"]);
const SHORT_RUN_SECONDS = 3;
/** These end by themselves, and read what they are given once. */
const ENDS_ITSELF = new Set(["pub"]);
const LONG_RUN_SECONDS = 120;

/** The commands under "Examples:", a line each, without their titles. */
function examplesIn(help: string): string[] {
  const text = /\nExamples?:\n([^]*)$/.exec(help)?.[1] ?? "";
  return text.replaceAll(/\\\n\s*/g, "").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** A folder to run examples in: with a program `nsq` that ends in time, and the file that one reads. */
function prepare(folder: TemporaryDirectory, name: string): void {
  const seconds = ENDS_ITSELF.has(name)
    ? LONG_RUN_SECONDS
    : STARTS_EARLY.has(name)
    ? SHORT_RUN_SECONDS
    : RUN_SECONDS;
  const command = toolCommand("tail").slice(0, -1).join(" ");
  // On a busy machine it may be told to stop before it hears signals, which then ends it: so it gets more time.
  folder.write(
    "nsq",
    `#!/bin/sh
    for seconds in ${seconds} ${4 * seconds} ${16 * seconds}; do
      timeout --preserve-status $seconds ${command} "$@"
      code=$?
      [ $code = 143 ] || exit $code
    done
    exit $code\n`,
  );
  Deno.chmodSync(`${folder.path}/nsq`, 0o755);
  folder.write("orders.txt", '{"id":1}\n{"id":2}\n');
}

async function runExamples(
  name: string,
  addresses: Record<string, string>,
): Promise<{ stdout: string; stderr: string }> {
  using folder = new TemporaryDirectory();
  prepare(folder, name);
  const { stdout: help } = await runTool(name, ["--help"]);
  const examples = examplesIn(help);
  ok(examples.length > 0, `${name} --help has an example`);
  let script = `set -e\nPATH="$PWD:$PATH"\n${examples.join("\n")}\n`;
  for (const [usual, actual] of Object.entries(addresses)) {
    script = script.replaceAll(usual, actual);
  }
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd: folder.path,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const outcome = { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  equal(code, 0, `${script}\n${outcome.stderr}`);
  return outcome;
}

/** Messages that suit every example, and channels for those that look at one. */
async function fill(nsqd: Nsqd, lookupd: Lookupd): Promise<void> {
  const channels = ["archive", "nsq_to_file", "nsq_to_http", "nsq_to_nsq"];
  await nsqd.create("orders", ...channels);
  const orders = Array.from({ length: 50 }, (_, id) => JSON.stringify({ id, country: "de" }));
  await nsqd.post("/mpub?topic=orders", orders.join("\n"));
  await eventually(async () => equal((await lookupd.topics()).includes("orders"), true));
}

/** A journal of `orders`, with messages that channel `archive` has not finished. */
async function fillJournal(path: string): Promise<void> {
  const writer = new JournalWriter(path, "orders");
  writer.journal.createChannel("archive", 0);
  await writer.publish("first", "second");
  await writer.close();
}

for (const [name, alias, prints] of TOOLS) {
  Deno.test({
    name: `the examples of ${name} --help work`,
    ignore: isToolsReference,
    async fn() {
      await using lookupd = await startLookupd();
      const flags = [
        `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
        "--broadcast-address=127.0.0.1",
      ];
      await using nsqd = await startNsqd({ flags });
      await using other = await startNsqd();
      await using web = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () => new Response("OK"),
      );
      await fill(nsqd, lookupd);
      using journals = new TemporaryDirectory();
      await fillJournal(journals.path);
      let publishing = true;
      const published = (async () => {
        for (let i = 0; name === "tail" && publishing; i++) {
          await nsqd.post("/pub?topic=orders", `{"id":${i}}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      })();
      try {
        const { stdout, stderr } = await runExamples(name, {
          "127.0.0.1:4150": `127.0.0.1:${nsqd.tcpPort}`,
          "127.0.0.1:4151": `127.0.0.1:${nsqd.httpPort}`,
          "127.0.0.1:4161": `127.0.0.1:${lookupd.httpPort}`,
          "127.0.0.1:5150": `127.0.0.1:${other.tcpPort}`,
          "127.0.0.1:8080": `127.0.0.1:${web.addr.port}`,
          "/var/lib/nsq": journals.path,
          "--duration=5s": "--duration=1s",
          "--rate=5000": "--rate=5000 --duration=1s",
        });
        match(stdout, prints);
        equal(/ERROR|FATAL|Uncaught/.test(stderr), false, stderr);
      } finally {
        publishing = false;
        await published;
      }
    },
  });

  Deno.test({
    name: `${name} says its version under each of its names`,
    ignore: isToolsReference,
    async fn() {
      for (const each of [name, alias]) {
        if (each === "") continue;
        const { code, stdout } = await runTool(each, ["--version"]);
        equal(code, 0);
        match(stdout, /^(nsq|to)_\w+ v1\.3\.0\b.*\n$/);
      }
    },
  });
}
