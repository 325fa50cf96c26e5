/** `nsq to-file`: a process that archives topics of a live nsqd. */
import { gunzipSync } from "node:zlib";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  betterThanReference,
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
  TemporaryDirectory,
  toolCommand,
  topicName,
} from "../harness/mod.ts";
import { drained } from "./drained.ts";

const TOOL = "nsq_to_file";
const CHANNEL = "nsq_to_file";

/** Short, as messages of a killed tool come again only after it. */
const MESSAGE_TIMEOUT = "--msg-timeout=1500ms";

const SYNC_OFTEN = "--sync-interval=50ms";
const SOME_INTERVALS_MS = 200;
const MANY = 30_000;

/** Long enough that a test must not wait for it. */
const NEVER = "--sync-interval=10m";

/** None is the beginning of another, so that half a line is not taken for a message. */
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `m${index}.`);

async function publish(nsqd: Nsqd, topic: string, bodies: readonly string[]): Promise<void> {
  await nsqd.create(topic, CHANNEL);
  await nsqd.post(`/mpub?topic=${topic}`, bodies.join("\n"));
}

function flagsFor(nsqd: Nsqd, topic: string, output: TemporaryDirectory): string[] {
  return [
    `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
    `--topic=${topic}`,
    `--output-dir=${output.path}`,
    "--consumer-opt=output_buffer_timeout,25ms",
  ];
}

/** Lines of all files, a torn last one of each left out. */
function linesIn(directory: TemporaryDirectory, names = directory.names()): string[] {
  return names.flatMap((name) => {
    const bytes = directory.read(name);
    const text = new TextDecoder().decode(name.endsWith(".gz") ? unzipWhatIsWhole(bytes) : bytes);
    return text.split("\n").slice(0, -1);
  });
}

/** The gzip members before one that a crash has torn, which can only be the last. */
function unzipWhatIsWhole(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch {
    return gunzipSync(bytes, { finishFlush: 2 /* Z_SYNC_FLUSH: what there is */ });
  }
}

/** Runs the tool to its end where a file can have 32 KB, and writing more fails as it does when a disk is full. */
async function runLimited(flags: string[]): Promise<{ code: number; stderr: string }> {
  const limited = 'trap "" XFSZ; ulimit -f 64; exec "$@"';
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", limited, "sh", ...toolCommand(TOOL), ...flags],
    cwd: projectFolder,
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

nsqdSuite([], (test) => {
  const testOurs: typeof test | (() => void) = isToolsReference ? () => {} : test;

  test("to-file writes each message in a line and finishes it", async (nsqd) => {
    using output = new TemporaryDirectory();
    const topic = topicName();
    await publish(nsqd, topic, numbers(5000));
    const name = "--filename-format=<TOPIC>.<HOST>.<DATETIME>.log";
    await using tool = startTool(
      TOOL,
      ...flagsFor(nsqd, topic, output),
      ...[SYNC_OFTEN, name, "--host-identifier=here", "--datetime-format=day%%"],
    );
    await drained(nsqd, topic, CHANNEL);
    await tool.stop();
    deepEqual(linesIn(output), numbers(5000));
    deepEqual(output.names(), [`${topic}.here.day%.log`]);
  });

  testOurs(
    "to-file syncs before the interval is over when no more messages may come",
    async (nsqd) => {
      using output = new TemporaryDirectory();
      const topic = topicName();
      await publish(nsqd, topic, numbers(100));
      const flags = flagsFor(nsqd, topic, output);
      await using _tool = startTool(TOOL, ...flags, NEVER, "--max-in-flight=10");
      await eventually(() => equal(linesIn(output).length, 100));
      await eventually(async () => { // the line is there before its FIN has been read
        const { in_flight_count } = await nsqd.channel(topic, CHANNEL);
        ok(in_flight_count < 10, `${in_flight_count} in flight`);
      });
    },
  );

  test("to-file syncs and finishes what it has when it is told to stop", async (nsqd) => {
    using output = new TemporaryDirectory();
    const topic = topicName();
    await publish(nsqd, topic, numbers(7));
    await using tool = startTool(TOOL, ...flagsFor(nsqd, topic, output), NEVER, "--gzip");
    await eventually(async () => equal((await nsqd.channel(topic, CHANNEL)).depth, 0));
    await tool.stop("SIGINT");
    await eventually(async () => {
      const { depth, in_flight_count, message_count } = await nsqd.channel(topic, CHANNEL);
      deepEqual([depth, in_flight_count, message_count], [0, 0, 7]);
    });
    deepEqual(linesIn(output), numbers(7));
  });

  test("to-file rotates by size into gzip files that are all valid", async (nsqd) => {
    using output = new TemporaryDirectory();
    const topic = topicName();
    await publish(nsqd, topic, numbers(1000));
    const flags = [...flagsFor(nsqd, topic, output), SYNC_OFTEN, "--gzip", "--rotate-size=1000"];
    await using tool = startTool(TOOL, ...flags, "--filename-format=<TOPIC><REV>");
    await drained(nsqd, topic, CHANNEL);
    await tool.stop();
    ok(output.names().length > 4);
    equal(output.names()[0], `${topic}-000000.gz`);
    for (const name of output.names()) ok(gunzipSync(output.read(name)).length <= 1010);
    deepEqual(linesIn(output), numbers(1000));
  });

  test("to-file moves finished files out of the work directory, overwriting none", async (nsqd) => {
    using output = new TemporaryDirectory();
    using work = new TemporaryDirectory();
    const topic = topicName();
    output.write(`${topic}-000000`, "theirs\n");
    await publish(nsqd, topic, ["a"]);
    await using tool = startTool(
      TOOL,
      ...flagsFor(nsqd, topic, output),
      ...[`--work-dir=${work.path}`, "--filename-format=<TOPIC><REV>", SYNC_OFTEN],
    );
    await drained(nsqd, topic, CHANNEL);
    deepEqual(work.names(), [`${topic}-000001`]);
    deepEqual(output.names(), [`${topic}-000000`]);
    output.write(`${topic}-000001`, "theirs too\n");
    await tool.stop();
    deepEqual(work.names(), []);
    deepEqual(linesIn(output), ["theirs", "theirs too", "a"]);
  });

  test("to-file opens its file anew at SIGHUP, for logrotate", async (nsqd) => {
    using output = new TemporaryDirectory();
    const topic = topicName();
    await publish(nsqd, topic, ["a"]);
    const flags = [...flagsFor(nsqd, topic, output), NEVER, "--skip-empty-files"];
    await using tool = startTool(TOOL, ...flags, "--filename-format=log");
    await eventually(() => deepEqual(linesIn(output), ["a"]));
    Deno.renameSync(`${output.path}/log`, `${output.path}/log.1`);
    Deno.kill(tool.pid, "SIGHUP");
    await drained(nsqd, topic, CHANNEL);
    await publish(nsqd, topic, ["b"]);
    await eventually(() => deepEqual(linesIn(output, ["log"]), ["b"]));
    deepEqual(linesIn(output, ["log.1"]), ["a"]);
  });

  test("to-file makes no empty file when told so, and one otherwise", async (nsqd) => {
    using output = new TemporaryDirectory();
    const topic = topicName();
    await nsqd.create(topic, CHANNEL, "other");
    const flags = [...flagsFor(nsqd, topic, output), SYNC_OFTEN];
    await using _empty = startTool(TOOL, ...flags, "--filename-format=empty");
    await using _none = startTool(
      TOOL,
      ...[...flags, "--filename-format=none", "--skip-empty-files", "--channel=other"],
    );
    await eventually(async () => equal((await nsqd.channel(topic, "other")).client_count, 1));
    await eventually(() => deepEqual(output.names(), ["empty"]));
    await pause(SOME_INTERVALS_MS);
    deepEqual(output.names(), ["empty"]);
    await nsqd.post(`/pub?topic=${topic}`, "a");
    await eventually(() => deepEqual(linesIn(output), ["a", "a"]));
  });

  for (const mode of ["plain", "gzip"]) {
    test(`to-file loses nothing when it is killed again and again (${mode})`, async () => {
      using output = new TemporaryDirectory();
      await using nsqd = await startNsqd({ flags: [MESSAGE_TIMEOUT] });
      const topic = topicName();
      await publish(nsqd, topic, numbers(MANY));
      let published = MANY;
      const flags = flagsFor(nsqd, topic, output);
      const gzip = mode === "gzip" ? ["--gzip"] : [];
      for (let kill = 1; kill <= 2; kill++) {
        await using tool = startTool(TOOL, ...flags, ...gzip, "--max-in-flight=50");
        await eventually(async () => {
          const { depth } = await nsqd.channel(topic, CHANNEL);
          if (depth === 0) { // it was faster than this: there is more to do
            await publish(nsqd, topic, numbers(published + MANY).slice(published));
            published += MANY;
          }
          ok(depth < published - kill * 3000 && depth > 0, `depth ${depth}`);
        });
        await tool.kill();
      }
      const left = await nsqd.channel(topic, CHANNEL);
      ok(left.depth > 0, "killed in the middle");
      await using tool = startTool(TOOL, ...flags, ...gzip, SYNC_OFTEN);
      await drained(nsqd, topic, CHANNEL);
      await tool.stop();
      const kept = new Set(linesIn(output));
      deepEqual(numbers(published).filter((body) => !kept.has(body)), []);
      const whole = numbers(published).filter((body) => kept.has(body)).join("").length;
      equal(whole, (await nsqd.topic(topic)).message_bytes, "bytes that were published");
    });
  }

  testOurs("to-file requeues what a full disk does not take, and ends with 1", async (nsqd) => {
    using output = new TemporaryDirectory();
    const topic = topicName();
    await publish(nsqd, topic, Array(50).fill("x".repeat(1000)));
    const { code, stderr } = await runLimited([...flagsFor(nsqd, topic, output), NEVER]);
    equal(code, 1);
    match(stderr, /FATAL: \[.*\] cannot write .*\/topic_\d+\..*\.log - File too large/);
    await eventually(async () => { // the broker notices that it has gone
      const { depth, in_flight_count, message_count } = await nsqd.channel(topic, CHANNEL);
      deepEqual([depth, in_flight_count, message_count], [50, 0, 50]);
    });
  });

  testOurs(
    "to-file leaves valid files with all that it finished when the disk gets full",
    async (nsqd) => {
      using output = new TemporaryDirectory();
      const topic = topicName();
      await publish(nsqd, topic, numbers(MANY));
      const { code, stderr } = await runLimited([...flagsFor(nsqd, topic, output), "--gzip"]);
      match(stderr, /FATAL: \[.*\] cannot write .* - File too large/);
      equal(code, 1);
      const { depth } = await eventually(async () => { // the broker notices that it has gone
        const channel = await nsqd.channel(topic, CHANNEL);
        equal(channel.in_flight_count, 0);
        return channel;
      });
      const lines = output.names().flatMap((name) =>
        new TextDecoder().decode(gunzipSync(output.read(name))).split("\n").slice(0, -1)
      );
      ok(lines.length > 0 && depth > 0, `${lines.length} lines, depth ${depth}`);
      equal(lines.length + depth, MANY);
    },
  );

  testOurs("to-file refuses a directory that it cannot write to", async (nsqd) => {
    using output = new TemporaryDirectory();
    output.write("file", "");
    const flags = flagsFor(nsqd, topicName(), output);
    const { code, stderr } = await runTool(TOOL, [...flags, `--work-dir=${output.path}/file/x`]);
    equal(code, 1);
    match(
      stderr,
      /^\[nsq_to_file\] \S+ \S+ FATAL: cannot write to directory .*\/file\/x - [^\n]+\n$/,
    );
  });

  testOurs("to-file warns of what looks like a placeholder and is none, and uses it", async () => {
    using output = new TemporaryDirectory();
    const flags = ["--topic=t", `--nsqd-tcp-address=127.0.0.1:1`, `--output-dir=${output.path}`];
    await using tool = startTool(TOOL, ...flags, "--filename-format=<TOPC>.<HOST>.log");
    await tool.waitForLog(/WARNING: --filename-format: <TOPC> stays as it is; <TOPIC>, /);
    await tool.waitForLog(/connection refused/); // by then it hears signals
    await tool.stop();
  });

  testOurs("to-file refuses flags that contradict each other, in one line", async () => {
    const { code, stderr } = await runTool(TOOL, ["--topic=t", "--gzip-level=0"]);
    deepEqual([code, stderr.split("\n").length], [2, 2]);
  });
});

Deno.test("to-file discovers topics that match, and goes on when a lookupd is down", {
  ignore: isToolsReference,
}, async () => {
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({
    flags: [`--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`, "--broadcast-address=127.0.0.1"],
  });
  using output = new TemporaryDirectory();
  await publish(nsqd, "logs.a", ["a1", "a2"]);
  await publish(nsqd, "other", ["o"]);
  await eventually(async () => deepEqual(await lookupd.topics(), ["logs.a", "other"]));
  await using tool = startTool(
    TOOL,
    `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
    "--lookupd-http-address=127.0.0.1:1",
    "--topic-pattern=^logs\\.",
    "--topic-refresh=100ms",
    `--output-dir=${output.path}`,
    "--filename-format=<TOPIC>",
    SYNC_OFTEN,
  );
  await drained(nsqd, "logs.a", CHANNEL);
  await publish(nsqd, "logs.b", ["b"]);
  await drained(nsqd, "logs.b", CHANNEL);
  await tool.stop();
  deepEqual(linesIn(output), ["a1", "a2", "b"]);
  deepEqual(output.names(), ["logs.a", "logs.b"]);
  const warnings = tool.logLines.filter((line) => /WARNING: cannot get topics/.test(line));
  match(warnings.join("\n"), /^\S+ \S+ \S+ WARNING: cannot get topics .*127\.0\.0\.1:1 - .*$/);
});

betterThanReference(
  "a topic pattern that is none is refused before anything is asked",
  async () => {
    const { code, stderr } = await runTool(TOOL, [
      "--topic-pattern=a(b",
      "--lookupd-http-address=127.0.0.1:1",
    ]);
    equal(code, 2);
    match(
      stderr,
      /^nsq to-file: --topic-pattern: "a\(b" is no pattern: .*missing closing \)[^\n]+\n$/,
    );
  },
);
