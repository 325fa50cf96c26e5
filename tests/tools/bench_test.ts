/** `nsq bench`: a process that puts load on live brokers. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  eventually,
  type Nsqd,
  nsqdSuite,
  runTool,
  startLookupd,
  startNsqd,
  startTool,
  topicName,
} from "../harness/mod.ts";

function to(nsqd: { tcpPort: number }): string {
  return `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
}

interface Figures {
  topics: string[];
  publish: { messages: number; failed: number; latency_ms: Record<string, number> } | null;
  consume: { messages: number; missing: number; latency_ms: Record<string, number> } | null;
}

async function bench(...flags: string[]): Promise<Figures> {
  const { code, stdout, stderr } = await runTool("bench", ["--json", ...flags]);
  equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function topicNames(nsqd: Nsqd): Promise<string[]> {
  return (await nsqd.topics()).map(({ topic_name }) => topic_name);
}

nsqdSuite([], (test) => {
  test("bench publishes and consumes, measures both, and leaves nothing behind", async (nsqd) => {
    const { publish, consume, topics } = await bench(to(nsqd), "--count=20000");
    equal(topics.length, 1);
    match(topics[0]!, /^nsq-bench-[0-9a-f]+#ephemeral$/);
    equal(publish?.messages, 20_000);
    equal(consume?.messages, 20_000);
    equal(consume?.missing, 0);
    for (const { latency_ms } of [publish!, consume!]) {
      const { p50, p90, p99, p99_9, max } = latency_ms;
      const values = [0, p50!, p90!, p99!, p99_9!, max!];
      deepEqual(values.toSorted((a, b) => a - b), values);
      ok(p50! > 0);
    }
    await eventually(async () => ok(!(await topicNames(nsqd)).includes(topics[0]!)));
  });

  test("bench in mode publish leaves nothing behind either", async (nsqd) => {
    const { publish, consume, topics } = await bench(
      to(nsqd),
      "--mode=publish",
      "--count=1001",
      "--batch=10",
      "--topics=2",
    );
    deepEqual([publish?.messages, consume], [1001, null]);
    equal(topics.length, 2);
    await eventually(async () => {
      deepEqual((await topicNames(nsqd)).filter((name) => topics.includes(name)), []);
    });
  });

  test("bench keeps to its rate and its duration", async (nsqd) => {
    for (let tries = 1;; tries++) { // never more; less only while the machine is busy
      const { publish } = await bench(to(nsqd), "--mode=publish", "--rate=200", "--duration=1s");
      const { messages } = publish!;
      ok(messages <= 220, `${messages} messages`);
      if (messages > 150) return;
      ok(tries < 5, `${messages} messages`);
    }
  });

  test("bench consumes what waits in a topic", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "ch");
    await nsqd.post(`/mpub?topic=${topic}`, "x\n".repeat(500));
    const { consume, publish } = await bench(
      to(nsqd),
      "--mode=consume",
      `--topic=${topic}`,
      "--channel=ch",
      "--count=500",
    );
    deepEqual([consume?.messages, publish], [500, null]);
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).depth, 0));
  });

  test("bench says that nothing came, and does not measure it", async (nsqd) => {
    const flags = [
      to(nsqd),
      "--mode=consume",
      "--topic=nothing",
      "--channel=c",
      "--duration=100ms",
    ];
    const { code, stdout } = await runTool("bench", flags);
    deepEqual([code, stdout], [0, "consumed  nothing: no message came from topic nothing\n"]);
  });

  test("bench does not lose what waits for a topic's first channel", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/pub?topic=${topic}`, "waits");
    for (const mode of ["consume", "both"]) {
      const flags = [to(nsqd), `--mode=${mode}`, `--topic=${topic}`, "--duration=100ms"];
      const { code, stderr } = await runTool("bench", flags);
      equal(code, 1);
      match(stderr, /topic\(.*\) has no channel on .* --channel=<name>/);
      const { depth, channels } = await nsqd.topic(topic);
      deepEqual([depth, channels.length], [1, 0]);
    }
    const own = [to(nsqd), "--mode=consume", `--topic=${topic}`, "--channel=own", "--count=1"];
    equal((await bench(...own)).consume?.messages, 1);
  });

  test("bench --delete deletes the topic that it was given", async (nsqd) => {
    const topic = topicName();
    const flags = ["--mode=publish", "--count=100", `--topic=${topic}`, "--delete"];
    await bench(to(nsqd), ...flags, `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`);
    ok(!(await topicNames(nsqd)).includes(topic));
  });

  test("bench prints what it has when it is interrupted", async (nsqd) => {
    const topic = topicName();
    const tool = startTool("bench", to(nsqd), `--topic=${topic}`, "--duration=1m", "--rate=1000");
    await eventually(async () => ok((await nsqd.topic(topic)).message_count > 0));
    await tool.stop("SIGINT");
    await tool.printed;
    match(tool.stdout, /^published [\d,]+ messages in .*\n +publish to OK, ms: p50 .*\nconsumed /);
  });
});

Deno.test("bench spreads its load over the nsqds that lookupds know", async () => {
  await using lookupd = await startLookupd();
  const flags = [
    `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
    "--broadcast-address=127.0.0.1",
  ];
  await using one = await startNsqd({ flags });
  await using two = await startNsqd({ flags });
  await eventually(async () => equal((await lookupd.nodes()).length, 2));
  const { consume } = await bench(
    `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
    "--topic=load",
    "--count=2000",
  );
  equal(consume?.messages, 2000);
  for (const nsqd of [one, two]) ok((await nsqd.topic("load")).message_count > 500);
});

Deno.test("bench refuses flags that are missing or contradict each other", async () => {
  const nsqd = "--nsqd-tcp-address=127.0.0.1:4150";
  const cases: [string[], string][] = [
    [
      [],
      "--nsqd-tcp-address or --lookupd-http-address is required, as in --nsqd-tcp-address=127.0.0.1:4150",
    ],
    [[nsqd, "--mode=consume"], "--mode=consume needs --topic"],
    [[nsqd, "--size=15"], "--size must be at least 16 for --mode=both"],
    [[nsqd, "--delete"], "--delete needs --nsqd-http-address or --lookupd-http-address"],
  ];
  for (const [flags, message] of cases) {
    const { code, stderr } = await runTool("bench", flags);
    deepEqual([code, stderr], [2, `nsq bench: ${message}\n`]);
  }
});

Deno.test("bench ends with an error when nsqd cannot be reached", async () => {
  const { code, stderr, stdout } = await runTool("bench", ["--nsqd-tcp-address=127.0.0.1:1"]);
  deepEqual([code, stdout], [1, ""]);
  match(stderr, /FATAL: failed to connect: 127\.0\.0\.1:1: .*refused/);
});
