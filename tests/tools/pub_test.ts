/** `nsq pub`: a process that publishes its stdin to live nsqds. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { putPolicy } from "../policies/support.ts";
import {
  Client,
  eventually,
  isToolsReference,
  type Nsqd,
  nsqdSuite,
  projectFolder,
  runTool,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
  toolCommand,
  topicName,
  withDeadline,
} from "../harness/mod.ts";

const TOOL = "to_nsq";
const CLOSED_ADDRESS = "127.0.0.1:1";
const STOP_DEADLINE_MS = 60_000;
const encoder = new TextEncoder();

/** What only ours does. */
const betterThanReference = { ignore: isToolsReference };

function to(nsqd: { tcpPort: number }): string {
  return `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
}

/** The bodies in a topic, in the order of an only connection. */
async function take(nsqd: Nsqd, topic: string): Promise<string[]> {
  const { message_count } = await nsqd.topic(topic);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", 100);
  return (await client.consume(message_count)).map(({ body }) => body);
}

/** A tool whose stdin stays open. */
function startPub(...flags: string[]) {
  const [executable, ...first] = toolCommand(TOOL);
  const child = new Deno.Command(executable!, {
    args: [...first, ...flags],
    cwd: projectFolder,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  return { child, writer: child.stdin.getWriter(), stderr: new Response(child.stderr).text() };
}

nsqdSuite([], (test) => {
  test("pub publishes each line, and leaves empty ones out", async (nsqd) => {
    const topic = topicName();
    const outcome = await runTool(TOOL, [`--topic=${topic}`, to(nsqd)], "one\n\ntwo two\n");
    equal(outcome.code, 0, outcome.stderr);
    equal(outcome.stdout, "");
    deepEqual(await take(nsqd, topic), ["one", "two two"]);
  });

  test("pub splits at the delimiter that it is given", async (nsqd) => {
    const topic = topicName();
    await runTool(TOOL, [`--topic=${topic}`, "--delimiter=,", to(nsqd)], "one,two\n,three,");
    deepEqual(await take(nsqd, topic), ["one", "two\n", "three"]);
  });

  test("pub publishes lines as they come, and ends with 0 when it is interrupted", async (nsqd) => {
    const topic = topicName();
    const { child, writer, stderr } = startPub(`--topic=${topic}`, to(nsqd));
    await writer.write(encoder.encode("one\ntwo\nunfinis"));
    await eventually(async () => equal((await nsqd.topic(topic)).message_count, 2));
    child.kill("SIGINT");
    const { code } = await withDeadline(child.status, STOP_DEADLINE_MS, "end");
    const told = await stderr;
    equal(code, 0, told);
    const said = /nsq pub: 2 messages acknowledged; interrupted, the rest of the input was left\n$/;
    if (!isToolsReference) match(told, said);
    await writer.abort().catch(() => {});
  });

  test("pub keeps to its rate", async (nsqd) => {
    const topic = topicName();
    const startMs = performance.now();
    await runTool(TOOL, [`--topic=${topic}`, "--rate=50", to(nsqd)], "x\n".repeat(31));
    ok(performance.now() - startMs >= 600, "30 more messages take 600 ms");
    equal((await nsqd.topic(topic)).message_count, 31);
  });
});

Deno.test("pub sends every message to every nsqd that it is given", async () => {
  await using one = await startNsqd();
  await using two = await startNsqd();
  const { code } = await runTool(TOOL, ["--topic=topic", to(one), to(two)], "a\nb\n");
  equal(code, 0);
  deepEqual(await take(one, "topic"), ["a", "b"]);
  deepEqual(await take(two, "topic"), ["a", "b"]);
});

Deno.test({
  name: "pub publishes a last line without its delimiter whole",
  ...betterThanReference,
  async fn() {
    await using nsqd = await startNsqd();
    await runTool(TOOL, ["--topic=topic", to(nsqd)], "one\nlast");
    deepEqual((await take(nsqd, "topic")).sort(), ["last", "one"]);
  },
});

Deno.test({
  name: "pub publishes long and many lines, and sums them up as JSON",
  ...betterThanReference,
  async fn() {
    await using nsqd = await startNsqd();
    const long = "x".repeat(500_000);
    const input = `${long}\n` + "line\n".repeat(50_000);
    const outcome = await runTool(TOOL, ["--topic=topic", "--json", to(nsqd)], input);
    const { duration_ms: _, ...figures } = JSON.parse(outcome.stdout);
    deepEqual(figures, {
      topic: "topic",
      messages: 50_001,
      bytes: 700_000,
      acknowledged: 50_001,
      failed: 0,
      unknown: 0,
      nsqd: { [`127.0.0.1:${nsqd.tcpPort}`]: 50_001 },
    });
    const { message_count, message_bytes } = await nsqd.topic("topic");
    deepEqual({ message_count, message_bytes }, { message_count: 50_001, message_bytes: 700_000 });
  },
});

Deno.test({
  name: "pub sends each message to one of the nsqds that lookupds know, also when one is killed",
  ...betterThanReference,
  async fn() {
    await using lookupd = await startLookupd();
    const flags = [
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      "--broadcast-address=127.0.0.1",
    ];
    await using kept = await startNsqd({ flags });
    await using killed = await startNsqd({ flags });
    await eventually(async () => equal((await lookupd.nodes()).length, 2));
    const source = `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`;
    const { child, writer, stderr } = startPub("--topic=topic", source);
    const write = (from: number, count: number) =>
      writer.write(
        encoder.encode(Array.from({ length: count }, (_, i) => `m${from + i}\n`).join("")),
      );
    const count = async (nsqd: Nsqd) => (await nsqd.topics("topic"))[0]?.message_count ?? 0;
    for (let sent = 0; await count(killed) === 0; sent++) await write(0, 1);
    await killed.kill();
    const before = await count(kept);
    await write(1000, 1000);
    await writer.close();
    const { code } = await withDeadline(child.status, STOP_DEADLINE_MS, "end");
    equal(code, 0, await stderr);
    await stderr;
    ok(await count(kept) >= before + 1000);
  },
});

Deno.test("pub ends with an error when nsqd cannot be reached", async () => {
  const flags = ["--topic=topic", `--nsqd-tcp-address=${CLOSED_ADDRESS}`];
  const { code, stderr } = await runTool(TOOL, flags, "one\n");
  equal(code, 1);
  match(stderr, /127\.0\.0\.1:1.*refused/);
});

Deno.test({
  name: "pub ends with 1 when it cannot read its input, with what was read published",
  ...betterThanReference,
  async fn() {
    await using nsqd = await startNsqd();
    const script = '(echo one; cat) < "$0" | "$@"; "$@" < /';
    using folder = new TemporaryDirectory();
    folder.write("input", "two\n");
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", script, `${folder.path}/input`, ...toolCommand(TOOL), "--topic=topic", to(nsqd)],
      cwd: projectFolder,
    }).output();
    equal(code, 1);
    match(new TextDecoder().decode(stderr), /FATAL: cannot read stdin - Is a directory/);
    deepEqual(await take(nsqd, "topic"), ["one", "two"]);
  },
});

Deno.test({
  name: "pub names the message that nsqd refuses, and counts the others",
  ...betterThanReference,
  async fn() {
    await using nsqd = await startNsqd({ flags: ["--max-msg-size=10"] });
    const flags = ["--topic=topic", "--json", "--log-level=error", to(nsqd)];
    const { code, stdout, stderr } = await runTool(TOOL, flags, `one\n${"x".repeat(11)}\nthree\n`);
    equal(code, 1);
    const [first, second] = stderr.split("\n");
    match(
      first!,
      /ERROR: message 2 was not published - .*E_BAD_MESSAGE PUB message too big 11 > 10/,
    );
    match(second!, /^nsq pub: 2 messages acknowledged, 1 not(; the rest of the input was left)?$/);
    const { acknowledged, failed } = JSON.parse(stdout);
    deepEqual({ acknowledged, failed }, { acknowledged: 2, failed: 1 });
  },
});

Deno.test({
  name: "pub counts what it published behind a refused message, and says that the rest was left",
  ...betterThanReference,
  async fn() {
    await using nsqd = await startNsqd({ flags: ["--max-msg-size=10"] });
    const { child, writer, stderr } = startPub("--topic=topic", "--log-level=error", to(nsqd));
    await writer.write(encoder.encode(`${"x".repeat(11)}\nbehind\n`));
    await eventually(async () => equal((await nsqd.topics("topic"))[0]?.message_count, 1));
    await writer.write(encoder.encode("left\n".repeat(100_000))).catch(() => {});
    await withDeadline(child.status, STOP_DEADLINE_MS, "end");
    match(
      await stderr,
      /\nnsq pub: 1 message acknowledged, 1 not; the rest of the input was left\n$/,
    );
    await writer.abort().catch(() => {});
    deepEqual(await take(nsqd, "topic"), ["behind"]);
  },
});

Deno.test({
  name: "pub counts as not published what a full channel refuses",
  ...betterThanReference,
  async fn() {
    await using nsqd = await startNsqd();
    await putPolicy(nsqd, { name: "p", topic: "*", channel: "ch", set: { max_depth: 2 } });
    await nsqd.create("topic", "ch");
    const flags = ["--topic=topic", "--log-level=error", "--producer-opt=max_attempts,2", to(nsqd)];
    const { code, stderr } = await runTool(TOOL, flags, "a\nb\nc\n");
    equal(code, 1);
    match(stderr, /message 1 was not published - .*channel topic:ch is full, its max_depth is 2/);
    match(
      stderr,
      /\nnsq pub: 0 messages acknowledged, 3 not(; the rest of the input was left)?\n$/,
    );
  },
});

Deno.test({
  name: "pub, tail and stat say that NSQ_LOOKUPD is not for them",
  ...betterThanReference,
  async fn() {
    for (const [name, ...flags] of [["pub"], ["tail"], ["stat", "--channel=c"]] as const) {
      const [executable, ...first] = toolCommand(name);
      const { code, stderr } = await new Deno.Command(executable!, {
        args: [...first, "--topic=t", ...flags],
        cwd: projectFolder,
        env: { NSQ_LOOKUPD: "127.0.0.1:1", NSQ_NSQD: "", NSQ_CONTEXT: "" },
      }).output();
      equal(code, 2);
      match(
        new TextDecoder().decode(stderr),
        /required.* \(NSQ_LOOKUPD: for commands such as nsq topic alone\)\n$/,
      );
    }
  },
});

Deno.test({
  name: "pub refuses flags that are missing or contradict each other",
  ...betterThanReference,
  async fn() {
    const nsqd = "--nsqd-tcp-address=127.0.0.1:4150";
    const lookupd = "--lookupd-http-address=127.0.0.1:4161";
    const cases: [string[], string][] = [
      [[nsqd], "--topic is required"],
      [
        ["--topic=t"],
        "--nsqd-tcp-address or --lookupd-http-address is required, as in --nsqd-tcp-address=127.0.0.1:4150",
      ],
      [["--topic=t", nsqd, lookupd], "use --nsqd-tcp-address or --lookupd-http-address, not both"],
      [["--topic=t", lookupd, "--failover"], "--failover needs --nsqd-tcp-address"],
      [["--topic=t", nsqd, "--delimiter=ab"], "--delimiter: must be a single byte"],
      [["--topic=a b", nsqd], '--topic: "a b" is not a valid topic name'],
      [
        ["--topic=t", nsqd, "--producer-opt=nonsense,1"],
        '--producer-opt: invalid option "nonsense"',
      ],
    ];
    for (const [flags, message] of cases) {
      const { code, stderr } = await runTool(TOOL, flags);
      deepEqual([code, stderr], [2, `nsq pub: ${message}\n`]);
    }
  },
});
