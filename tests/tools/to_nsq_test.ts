/** `nsq to-nsq`: a process between live nsqds. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  isToolsReference,
  type Nsqd,
  nsqdSuite,
  runTool,
  startLookupd,
  startNsqd,
  startTool,
  TemporaryDirectory,
  topicName,
} from "../harness/mod.ts";
import { drained } from "./drained.ts";

const TOOL = "nsq_to_nsq";
const CHANNEL = "nsq_to_nsq";

/** What makes failed messages come again soon, and as often as it takes. */
const FAST_RETRY = [
  "--consumer-opt=default_requeue_delay,50ms",
  "--consumer-opt=backoff_multiplier,10ms",
  "--consumer-opt=max_attempts,1000",
];

/** What an nsqd lets a client ask for. */
const MAX_RDY = 2500;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

async function publish(nsqd: Nsqd, topic: string, bodies: readonly string[]): Promise<void> {
  await nsqd.create(topic, CHANNEL);
  await nsqd.post(`/mpub?topic=${topic}`, bodies.join("\n"));
}

/** Starts the tool between a source and its destinations, of which it may be one itself. */
function start(source: Nsqd, destinations: readonly Nsqd[], ...flags: string[]) {
  return startTool(
    TOOL,
    `--nsqd-tcp-address=127.0.0.1:${source.tcpPort}`,
    ...destinations.map((each) => `--destination-nsqd-tcp-address=127.0.0.1:${each.tcpPort}`),
    ...flags,
  );
}

/** Takes all messages of a topic; their bodies. */
async function take(nsqd: Nsqd, topic: string): Promise<string[]> {
  const { depth } = await nsqd.topic(topic);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "test", Math.min(Math.max(depth, 1), MAX_RDY));
  return (await client.consume(depth)).map(({ body }) => body);
}

nsqdSuite([], (test) => {
  test("to-nsq copies each message once to the topic of its name", async (nsqd) => {
    await using destination = await startNsqd();
    const topic = topicName();
    await publish(nsqd, topic, numbers(5000));
    await using _tool = start(nsqd, [destination], `--topic=${topic}`);
    const { requeue_count, timeout_count } = await drained(nsqd, topic, CHANNEL);
    deepEqual([requeue_count, timeout_count], [0, 0]);
    deepEqual((await take(destination, topic)).toSorted(), numbers(5000).toSorted());
  });

  test("to-nsq copies several topics to a destination topic", async (nsqd) => {
    const [one, other, to] = [topicName(), topicName(), topicName()];
    await publish(nsqd, one, ["1", "2"]);
    await publish(nsqd, other, ["3"]);
    const flags = [`--topic=${one}`, `--topic=${other}`, `--destination-topic=${to}`];
    await using _tool = start(nsqd, [nsqd], ...flags);
    await drained(nsqd, one, CHANNEL);
    await drained(nsqd, other, CHANNEL);
    deepEqual((await take(nsqd, to)).toSorted(), ["1", "2", "3"]);
  });

  test("to-nsq copies bodies byte for byte", async (nsqd) => {
    const [topic, to] = [topicName(), topicName()];
    await nsqd.create(topic, CHANNEL);
    const body = Uint8Array.from({ length: 300_000 }, (_, index) => index * 7 % 251);
    await nsqd.post(`/pub?topic=${topic}`, body);
    await using _tool = start(nsqd, [nsqd], `--topic=${topic}`, `--destination-topic=${to}`);
    await drained(nsqd, topic, CHANNEL);
    equal((await nsqd.topic(to)).message_bytes, body.length);
    equal((await take(nsqd, to))[0], new TextDecoder().decode(body));
  });

  test("to-nsq publishes to each destination in turn", async (nsqd) => {
    await using one = await startNsqd();
    await using other = await startNsqd();
    const topic = topicName();
    await publish(nsqd, topic, numbers(100));
    await using _tool = start(nsqd, [one, other], `--topic=${topic}`, "--mode=round-robin");
    await drained(nsqd, topic, CHANNEL);
    const [first, second] = [await take(one, topic), await take(other, topic)];
    deepEqual([first.length, second.length], [50, 50]);
    deepEqual([...first, ...second].toSorted(), numbers(100).toSorted());
  });

  for (const mode of ["hostpool", "epsilon-greedy"]) {
    test(`to-nsq goes on with the destinations that are left in mode ${mode}`, async (nsqd) => {
      await using left = await startNsqd();
      await using lost = await startNsqd();
      const topic = topicName();
      await publish(nsqd, topic, numbers(100));
      await lost.kill();
      const flags = [`--topic=${topic}`, `--mode=${mode}`, ...FAST_RETRY];
      await using _tool = start(nsqd, [lost, left], ...flags);
      await drained(nsqd, topic, CHANNEL);
      deepEqual((await take(left, topic)).toSorted(), numbers(100).toSorted());
    });
  }

  test("to-nsq finishes nothing while no destination takes it", async (nsqd) => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path;
    const first = await startNsqd({ dataPath });
    await first.kill();
    const topic = topicName();
    await publish(nsqd, topic, numbers(20));
    await using _tool = start(nsqd, [first], `--topic=${topic}`, ...FAST_RETRY);
    await eventually(async () => ok((await nsqd.channel(topic, CHANNEL)).requeue_count > 0));
    const { depth, in_flight_count, deferred_count } = await nsqd.channel(topic, CHANNEL);
    equal(depth + in_flight_count + deferred_count, 20);
    await using second = await startNsqd({
      dataPath,
      flags: [`--tcp-address=127.0.0.1:${first.tcpPort}`],
    });
    await drained(nsqd, topic, CHANNEL);
    const bodies = await take(second, topic);
    deepEqual([...new Set(bodies)].toSorted(), numbers(20).toSorted());
  });

  test("to-nsq loses nothing when a destination goes away on the way", async (nsqd) => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path;
    await using left = await startNsqd();
    const lost = await startNsqd({ dataPath });
    const topic = topicName();
    await publish(nsqd, topic, numbers(20_000));
    await using tool = start(nsqd, [lost, left], `--topic=${topic}`, ...FAST_RETRY);
    await eventually(async () => ok((await lost.topic(topic)).message_count > 100));
    await lost.stop();
    await drained(nsqd, topic, CHANNEL);
    await tool.stop();
    const arrived = new Set(await take(left, topic));
    ok(arrived.size < 20_000);
    await using again = await startNsqd({ dataPath });
    for (const body of await take(again, topic)) arrived.add(body);
    equal(arrived.size, 20_000);
  });

  test("to-nsq copies the others when a destination refuses a message", async (nsqd) => {
    await using destination = await startNsqd({ flags: ["--max-msg-size=1000"] });
    const topic = topicName();
    const bodies = numbers(300);
    await publish(nsqd, topic, bodies.toSpliced(100, 0, "x".repeat(1001)));
    await using _tool = start(nsqd, [destination], `--topic=${topic}`, ...FAST_RETRY);
    await eventually(async () => {
      const { depth, in_flight_count, deferred_count } = await nsqd.channel(topic, CHANNEL);
      equal(depth + in_flight_count + deferred_count, 1, "all but the large one are copied");
    });
    deepEqual([...new Set(await take(destination, topic))].toSorted(), bodies.toSorted());
    ok((await nsqd.channel(topic, CHANNEL)).requeue_count > 0);
  });

  test("to-nsq passes the JSON messages and fields that are asked for", async (nsqd) => {
    const [topic, to] = [topicName(), topicName()];
    await publish(nsqd, topic, [
      '{"country":"de","id":1,"name":"a"}',
      '{"country":"fr","id":2}',
      '{"country":"de"}',
      "no json",
      '["de"]',
    ]);
    await using tool = start(
      nsqd,
      [nsqd],
      `--topic=${topic}`,
      `--destination-topic=${to}`,
      "--require-json-field=country",
      "--require-json-value=de",
      "--whitelist-json-field=name",
      "--whitelist-json-field=id",
    );
    const { requeue_count } = await drained(nsqd, topic, CHANNEL);
    equal(requeue_count, 0);
    deepEqual((await take(nsqd, to)).toSorted(), ['{"id":1,"name":"a"}', "{}"]);
    await tool.waitForLog(/[Uu]nable to decode json: .*no json/);
  });

  test("to-nsq requeues a message that lacks the field to compare", async (nsqd) => {
    const [topic, to] = [topicName(), topicName()];
    await publish(nsqd, topic, ['{"a":1}']);
    const filter = ["--require-json-field=b", "--require-json-value=1"];
    const flags = [`--topic=${topic}`, `--destination-topic=${to}`, ...filter];
    await using tool = start(nsqd, [nsqd], ...flags, ...FAST_RETRY);
    await tool.waitForLog(/missing field to check required value/);
    await eventually(async () => ok((await nsqd.channel(topic, CHANNEL)).requeue_count > 0));
  });

  test("to-nsq finishes what is under way when it is told to stop", async (nsqd) => {
    await using destination = await startNsqd();
    const topic = topicName();
    await publish(nsqd, topic, numbers(50_000));
    await using tool = start(nsqd, [destination], `--topic=${topic}`);
    await eventually(async () => ok((await destination.topic(topic)).message_count > 100));
    await tool.stop("SIGINT");
    const { depth, in_flight_count, requeue_count } = await nsqd.channel(topic, CHANNEL);
    equal(in_flight_count, 0);
    equal(depth + (await destination.topic(topic)).message_count, 50_000 + requeue_count);
  });

  test("to-nsq logs how long publishing took", async (nsqd) => {
    const [topic, to] = [topicName(), topicName()];
    await publish(nsqd, topic, numbers(450));
    const flags = [`--topic=${topic}`, `--destination-topic=${to}`, "--status-every=200"];
    await using tool = start(nsqd, [nsqd], ...flags);
    const figures = / finished 200 - 99th: \d+\.\d\dms - 95th: \d+\.\d\dms - avg: \d+\.\d\dms$/;
    match(await tool.waitForLog(/\[aggregate\]: /), figures);
  });
});

Deno.test("to-nsq finds the nsqds of a topic through lookupd", async () => {
  await using lookupd = await startLookupd();
  await using source = await startNsqd({
    flags: [`--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`, "--broadcast-address=127.0.0.1"],
  });
  await using destination = await startNsqd();
  const topic = topicName();
  await publish(source, topic, numbers(20));
  await eventually(async () => deepEqual(await lookupd.producers(topic), ["127.0.0.1"]));
  await using _tool = startTool(
    TOOL,
    `--topic=${topic}`,
    `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
    `--destination-nsqd-tcp-address=127.0.0.1:${destination.tcpPort}`,
  );
  await drained(source, topic, CHANNEL);
  deepEqual((await take(destination, topic)).toSorted(), numbers(20).toSorted());
});

const ignore = isToolsReference;
Deno.test(
  "to-nsq refuses contradictory flags with one line and exit code 2",
  { ignore },
  async () => {
    const { code, stdout, stderr } = await runTool(TOOL, [
      "--topic=t",
      "--nsqd-tcp-address=127.0.0.1:1",
      "--lookupd-http-address=127.0.0.1:2",
      "--destination-nsqd-tcp-address=127.0.0.1:3",
    ]);
    deepEqual([code, stdout], [2, ""]);
    equal(stderr, "nsq to-nsq: use --nsqd-tcp-address or --lookupd-http-address, not both\n");
  },
);
