/** `nsq tail`: a process that prints topics of a live nsqd. */
import { deepEqual, equal, match, notEqual, ok } from "../harness/assert.ts";
import {
  eventually,
  isToolsReference,
  type Nsqd,
  nsqdSuite,
  pause,
  projectFolder,
  runTool,
  startLookupd,
  startNsqd,
  startTool,
  toolCommand,
  topicName,
} from "../harness/mod.ts";

const TOOL = "nsq_tail";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

async function publish(nsqd: Nsqd, topic: string, bodies: readonly string[]): Promise<void> {
  await nsqd.create(topic, "c");
  await nsqd.post(`/mpub?topic=${topic}`, bodies.join("\n"));
}

function flagsFor(nsqd: Nsqd, ...topics: string[]): string[] {
  return [
    `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
    ...topics.map((topic) => `--topic=${topic}`),
    "--consumer-opt=output_buffer_timeout,25ms",
    "--channel=c",
  ];
}

/** Messages of a topic that {@link startStuck} fills. */
const STUCK = 3000;

/** So often in a row nothing must move: less may be a busy machine. */
const STUCK_LOOKS = 10;

/** A tail that nobody reads: its pipe is full, and what is in flight waits for that. */
async function startStuck(nsqd: Nsqd, topic: string): Promise<Deno.ChildProcess> {
  await publish(nsqd, topic, numbers(STUCK).map((text) => text + "x".repeat(500)));
  const [executable, ...first] = toolCommand(TOOL);
  const child = new Deno.Command(executable!, {
    args: [...first, ...flagsFor(nsqd, topic), "--max-in-flight=100"],
    cwd: projectFolder,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let before = NaN, looks = 0;
  await eventually(async () => {
    const { depth, in_flight_count } = await nsqd.channel(topic, "c");
    looks = depth === before && in_flight_count > 0 ? looks + 1 : 0;
    before = depth;
    await pause(100);
    ok(looks >= STUCK_LOOKS, `depth ${depth}, in flight ${in_flight_count}`);
  });
  return child;
}

nsqdSuite([], (test) => {
  const testOurs: typeof test | (() => void) = isToolsReference ? () => {} : test;

  test("tail prints each message as it is and finishes it, until it is told to stop", async (nsqd) => {
    const topic = topicName();
    await publish(nsqd, topic, numbers(5000));
    await using tool = startTool(TOOL, ...flagsFor(nsqd, topic));
    await eventually(() => equal(tool.stdout.split("\n").length, 5001));
    await nsqd.post(`/pub?topic=${topic}`, '{"a":\n"ü"}\t');
    await eventually(() => match(tool.stdout, /ü/));
    await tool.stop("SIGINT");
    equal(tool.stdout, [...numbers(5000), '{"a":\n"ü"}\t', ""].join("\n"));
    const { depth, in_flight_count } = await nsqd.channel(topic, "c");
    deepEqual([depth, in_flight_count], [0, 0]);
  });

  test("tail finishes what it prints to a slow reader when it is told to stop", async (nsqd) => {
    const topic = topicName();
    const child = await startStuck(nsqd, topic);
    child.kill("SIGTERM");
    child.kill("SIGINT"); // at once, as `timeout` and process groups do it: no second request
    await pause(300);
    const { code, stdout } = await child.output();
    equal(code, 0);
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    await eventually(async () => { // the broker need not have noticed yet that it has gone
      const { depth, in_flight_count } = await nsqd.channel(topic, "c");
      deepEqual([lines.length + depth, in_flight_count], [STUCK, 0]);
    });
  });

  testOurs("tail ends at once when it is told to stop a second time", async (nsqd) => {
    const child = await startStuck(nsqd, topicName());
    child.kill("SIGTERM");
    await pause(500);
    child.kill("SIGINT");
    const { code } = await child.status;
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    equal(code, 130);
  });

  test("tail keeps bytes that are no text", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "c");
    const body = Uint8Array.of(0xff, 0, 0x0d, 0xc3);
    await nsqd.post(`/pub?topic=${topic}`, body);
    const [executable, ...first] = toolCommand(TOOL);
    const { stdout } = await new Deno.Command(executable!, {
      args: [...first, ...flagsFor(nsqd, topic), "-n", "1"],
      cwd: projectFolder,
    }).output();
    deepEqual([...stdout], [...body, 0x0a]);
  });

  test("tail prints the topic in front, of several", async (nsqd) => {
    const [one, two] = [topicName(), topicName()];
    await publish(nsqd, one, ["a", "b"]);
    await publish(nsqd, two, ["c"]);
    await using tool = startTool(TOOL, ...flagsFor(nsqd, one, two), "--print-topic");
    await eventually(() => equal(tool.stdout.split("\n").length, 4));
    const lines = tool.stdout.split("\n").sort();
    deepEqual(lines, ["", `${one} | a`, `${one} | b`, `${two} | c`].sort());
  });

  testOurs(
    "tail ends after as many messages as are wanted, and leaves the others",
    async (nsqd) => {
      const topic = topicName();
      await publish(nsqd, topic, numbers(10));
      const { code, stdout } = await runTool(TOOL, [...flagsFor(nsqd, topic), "-n", "4"]);
      deepEqual([code, stdout], [0, "m0\nm1\nm2\nm3\n"]);
      await eventually(async () => {
        const { depth, in_flight_count } = await nsqd.channel(topic, "c");
        deepEqual([depth, in_flight_count], [6, 0]);
      });
    },
  );

  testOurs("tail prints JSON", async (nsqd) => {
    const topic = topicName();
    await publish(nsqd, topic, ['say "hi"']);
    const flags = [...flagsFor(nsqd, topic), "-n=1", "--json"];
    const { stdout } = await runTool(TOOL, flags);
    const { id, timestamp, ...rest } = JSON.parse(stdout);
    deepEqual(rest, { topic, attempts: 1, body: 'say "hi"' });
    match(id, /^[0-9a-f]{16}$/);
    ok(Math.abs(timestamp / 1e6 - Date.now()) < 60_000);
  });

  test("tail takes a channel of its own, which goes away with it", async (nsqd) => {
    const topic = topicName();
    await publish(nsqd, topic, ["not for tail"]);
    const flags = flagsFor(nsqd, topic).filter((flag) => flag !== "--channel=c");
    const channels = async () =>
      (await nsqd.topic(topic)).channels.map((channel) => channel.channel_name);
    await using tool = startTool(TOOL, ...flags);
    const [, own] = await eventually(async () => {
      const names = await channels();
      equal(names.length, 2);
      return names.sort();
    });
    match(own!, /^tail\d{6}#ephemeral$/);
    await nsqd.post(`/pub?topic=${topic}`, "new");
    await eventually(() => equal(tool.stdout, "new\n"));
    await tool.stop();
    await eventually(async () => deepEqual(await channels(), ["c"]));
  });

  testOurs("tail refuses to be a topic's first channel, and says how to go on", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic);
    await nsqd.post(`/pub?topic=${topic}`, "waits");
    const flags = flagsFor(nsqd, topic).filter((flag) => flag !== "--channel=c");
    const refused = await runTool(TOOL, flags);
    equal(refused.code, 1);
    match(refused.stderr, /topic\(.*\) has no channel.* --channel=.*--force/);
    const kept = await nsqd.topic(topic);
    deepEqual([kept.depth, kept.channels.length], [1, 0]);
    const forced = await runTool(TOOL, [...flags, "--force", "-n=1"]);
    deepEqual([forced.code, forced.stdout], [0, "waits\n"]);
  });

  testOurs(
    "tail waits for a topic and its first channel, and takes neither's place",
    async (nsqd) => {
      const topic = topicName();
      const flags = flagsFor(nsqd, topic).filter((flag) => flag !== "--channel=c");
      await using tool = startTool(TOOL, ...flags);
      await tool.waitForLog(/topic\(.*\) is not there yet: waiting for it/);
      deepEqual(await nsqd.topics(topic), []);
      await nsqd.post(`/pub?topic=${topic}`, "first");
      await nsqd.create(topic, "c");
      await eventually(async () => equal((await nsqd.topic(topic)).channels.length, 2));
      await nsqd.post(`/pub?topic=${topic}`, "second");
      await eventually(() => equal(tool.stdout, "second\n"));
      equal((await nsqd.channel(topic, "c")).depth, 2);
      await tool.stop();
      ok(!/ERROR/.test(tool.log()), tool.log());
    },
  );

  testOurs("tail gives up a topic that it waited for when nobody makes a channel", async (nsqd) => {
    const topic = topicName();
    const flags = flagsFor(nsqd, topic).filter((flag) => flag !== "--channel=c");
    await using tool = startTool(TOOL, ...flags);
    await tool.waitForLog(/waiting for it/);
    await nsqd.post(`/pub?topic=${topic}`, "kept");
    await tool.waitForLog(/has no channel/);
    equal((await nsqd.topic(topic)).depth, 1);
    equal(await tool.ended(), 1);
  });

  testOurs("tail ends quietly when nobody reads on", async (nsqd) => {
    const topic = topicName();
    await publish(nsqd, topic, numbers(20_000));
    const script = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", script, "bash", ...toolCommand(TOOL), ...flagsFor(nsqd, topic)],
      cwd: projectFolder,
    }).output();
    const decoder = new TextDecoder();
    deepEqual([decoder.decode(stdout), decoder.decode(stderr)], ["m0\n0\n", ""]);
    await eventually(async () => equal((await nsqd.channel(topic, "c")).in_flight_count, 0));
    ok((await nsqd.channel(topic, "c")).depth > 0);
  });

  testOurs("tail does not finish what it cannot print", async (nsqd) => {
    const topic = topicName();
    await publish(nsqd, topic, numbers(10));
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", '"$@" >/dev/full', "sh", ...toolCommand(TOOL), ...flagsFor(nsqd, topic)],
      cwd: projectFolder,
    }).output();
    equal(code, 1);
    match(new TextDecoder().decode(stderr), /FATAL: cannot write to stdout - No space left/);
    await eventually(async () => {
      const { depth, in_flight_count } = await nsqd.channel(topic, "c");
      deepEqual([depth, in_flight_count], [10, 0]);
    });
  });

  testOurs(
    "tail has no more messages in flight than it may while its reader is slow",
    async (nsqd) => {
      const topic = topicName();
      await publish(nsqd, topic, Array(3000).fill("x".repeat(1000)));
      const [executable, ...first] = toolCommand(TOOL);
      const child = new Deno.Command(executable!, {
        args: [...first, ...flagsFor(nsqd, topic), "--max-in-flight=30"],
        cwd: projectFolder,
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const stuck = await eventually(async () => {
        const before = await nsqd.channel(topic, "c");
        await new Promise((resolve) => setTimeout(resolve, 200));
        const after = await nsqd.channel(topic, "c");
        notEqual(after.in_flight_count, 0);
        equal(after.depth, before.depth);
        return after;
      });
      ok(stuck.in_flight_count <= 30 && stuck.depth > 2000, JSON.stringify(stuck));
      child.kill("SIGKILL");
      await child.stdout.cancel();
      await child.status;
    },
  );

  test("tail refuses flags that contradict each other, in one line", async (nsqd) => {
    const nsqdFlag = `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
    const refused: [string[], RegExp][] = [
      [[nsqdFlag], /--topic/],
      [["--topic=t"], /--nsqd-tcp-address or --lookupd-http-address/],
      [[nsqdFlag, "--topic=t", "--lookupd-http-address=127.0.0.1:1"], /not both/],
    ];
    for (const [flags, message] of refused) {
      const { code, stderr } = await runTool(TOOL, flags);
      notEqual(code, 0);
      match(stderr, message);
      equal(stderr.split("\n").length, 2);
    }
  });
});

Deno.test("tail finds the topic through lookupd", async () => {
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({
    flags: [`--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`, "--broadcast-address=127.0.0.1"],
  });
  await publish(nsqd, "found", ["here"]);
  await eventually(async () => deepEqual(await lookupd.topics(), ["found"]));
  const ended = runTool(TOOL, [
    `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
    ...["--lookupd-http-address=127.0.0.1:1", "--consumer-opt=lookupd_poll_interval,10ms"],
    ...["--topic=found", "--channel=c", "-n=2"],
  ]);
  await eventually(async () => equal((await nsqd.channel("found", "c")).depth, 0));
  await pause(200); // lookupds are asked many times
  await nsqd.post("/pub?topic=found", "there");
  const { stdout, stderr } = await ended;
  equal(stdout, "here\nthere\n");
  if (!isToolsReference) {
    match(
      stderr,
      /^[^\n]*WARNING: [^\n]*127\.0\.0\.1:1 - [^\n]*\n$/,
      "one warning for the one that is down",
    );
  }
});

Deno.test("tail and to-file print their version, and help with an example", async () => {
  for (const [name, command] of [["nsq_tail", "tail"], ["nsq_to_file", "to-file"]] as const) {
    const version = await runTool(name, ["--version"]);
    match(version.stdout, new RegExp(`^${name} v1\\.3\\.0`));
    if (isToolsReference) continue;
    const help = await runTool(name, ["--help"]);
    match(
      help.stdout,
      new RegExp(`^Usage: nsq ${command} [^]*\nExamples:\n  # .+\n  nsq ${command} --topic`),
    );
  }
});

Deno.test({
  name: "tail says of no topic that it is not there where no lookupd has answered",
  ignore: isToolsReference,
  async fn() {
    await using lookupd = await startLookupd();
    const silent = "127.0.0.1:1";
    const flags = (...lookupds: string[]) => [
      "--topic=nope",
      ...lookupds.map((address) => `--lookupd-http-address=${address}`),
    ];
    await using one = startTool(TOOL, ...flags(silent, `127.0.0.1:${lookupd.httpPort}`));
    await one.waitForLog(/topic\(nope\) is not there yet/);
    await using none = startTool(TOOL, ...flags(silent), "--log-level=debug");
    await none.waitForLog(/error querying nsqlookupd 127\.0\.0\.1:1 - /);
    await none.stop();
    ok(!none.log().includes("is not there yet"), none.log());
  },
});
