/** What survives the end of a process: everything after a signal, everything acknowledged after a crash. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  decodeMessage,
  eventually,
  FRAME_MESSAGE,
  maxLatenessMs,
  type Nsqd,
  SlowSync,
  startNsqd,
  TemporaryDirectory,
  text,
} from "../harness/mod.ts";

/** Long enough that nothing times out during a test. */
const FLAGS = ["--msg-timeout=10m"];

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

for (const memQueueSize of [10_000, 0]) {
  Deno.test(`restart keeps every message, mem-queue-size=${memQueueSize}`, async () => {
    using directory = new TemporaryDirectory();
    const settings = {
      flags: [...FLAGS, `--mem-queue-size=${memQueueSize}`],
      dataPath: directory.path,
    };
    {
      await using nsqd = await startNsqd(settings);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch");
      await nsqd.create("t", "other");
      await client.publishBatch("t", numbered("m", 20));
      await client.publishDeferred("t", 3_600_000, "deferred");
      await client.publishBatch("lonely", numbered("l", 5));
      await client.ready(3);
      const [first, second] = await client.nextMessages(3);
      await client.finish(first?.id ?? "");
      await client.requeue(second?.id ?? "", 3_600_000);
      await client.nextMessages(2);
      await eventually(async () => equal((await nsqd.channel("t", "ch")).in_flight_count, 3));
      await nsqd.stop();
    }
    await using nsqd = await startNsqd(settings);
    equal((await nsqd.channel("t", "ch")).depth, 20);
    equal((await nsqd.channel("t", "other")).depth, 21);
    equal((await nsqd.topic("lonely")).depth, 5);
    const all = [...numbered("m", 20), "deferred"];
    deepEqual(await consumeSorted(nsqd, "t", "other", 21), all.toSorted());
    deepEqual(await consumeSorted(nsqd, "t", "ch", 20), all.filter((m) => m !== "m0").toSorted());
    deepEqual(await consumeSorted(nsqd, "lonely", "new", 5), numbered("l", 5));
  });
}

Deno.test("restart keeps ids, timestamps and attempts", async () => {
  using directory = new TemporaryDirectory();
  const settings = { flags: FLAGS, dataPath: directory.path };
  await using first = await startNsqd(settings);
  using before = await Client.connect(first.tcpPort);
  await before.publish("t", "a");
  await before.subscribe("t", "ch", 1);
  const delivered = await before.nextMessage();
  await first.stop();
  await before.expectClosed();

  await using second = await startNsqd(settings);
  using after = await Client.connect(second.tcpPort);
  await after.subscribe("t", "ch", 1);
  deepEqual(await after.nextMessage(), { ...delivered, attempts: 2 });
  await after.publish("t", "b");
  await after.ready(2);
  const { id } = await after.nextMessage();
  equal(id > delivered.id, true, `${id} after ${delivered.id}`);
});

Deno.test("restart keeps what is paused", async () => {
  using directory = new TemporaryDirectory();
  const settings = { dataPath: directory.path };
  {
    await using nsqd = await startNsqd(settings);
    await nsqd.create("t", "held", "open");
    await nsqd.post("/channel/pause?topic=t&channel=held");
    await nsqd.create("stopped");
    await nsqd.post("/topic/pause?topic=stopped");
  }
  await using nsqd = await startNsqd(settings);
  const paused = (await nsqd.topics()).map((topic) => [
    topic.topic_name,
    topic.paused,
    ...topic.channels.map((channel) => [channel.channel_name, channel.paused]),
  ]);
  deepEqual(paused, [["stopped", true], ["t", false, ["held", true], ["open", false]]]);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "held", 1);
  await client.publish("t", "waits");
  await client.expectSilence(100);
  await nsqd.post("/channel/unpause?topic=t&channel=held");
  equal((await client.nextMessage()).body, "waits");
});

Deno.test("restart forgets ephemeral topics and channels", async () => {
  using directory = new TemporaryDirectory();
  const settings = { dataPath: directory.path };
  {
    await using nsqd = await startNsqd(settings);
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "gone#ephemeral");
    await client.publish("t", "a");
    await client.publish("gone#ephemeral", "b");
    await nsqd.stop();
    deepEqual(directory.names().filter((name) => name.includes("#ephemeral")), []);
  }
  await using nsqd = await startNsqd(settings);
  const names = (await nsqd.topics()).map((topic) => [topic.topic_name, topic.channels.length]);
  deepEqual(names, [["t", 0]]);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends the process with exit code 0 and stores what it holds`, async () => {
    using directory = new TemporaryDirectory();
    await using nsqd = await startNsqd({ dataPath: directory.path });
    using client = await Client.connect(nsqd.tcpPort);
    await client.publish("t", "a");
    await nsqd.stop(signal);
    await client.expectClosed();
    equal(directory.names().includes("t.diskqueue.000000.dat"), true, directory.names().join());
  });
}

betterThanReference(
  "SIGTERM waits neither for slow clients nor for open HTTP connections",
  async () => {
    await using nsqd = await startNsqd();
    using deaf = await Client.connect(nsqd.tcpPort);
    await deaf.send("SUB t ch\nRDY 2500\n");
    using silent = await Client.connect(nsqd.tcpPort, { magic: "" });
    using producer = await Client.connect(nsqd.tcpPort);
    const body = new Uint8Array(100_000);
    for (let i = 0; i < 5; i++) await producer.publishBatch("t", Array(40).fill(body));
    using http = await Client.connect(nsqd.httpPort, { magic: "GET /ping HTTP/1.1\r\n" });
    const startedAt = performance.now();
    await nsqd.stop();
    equal(performance.now() - startedAt < 5_000, true);
    await Promise.all([silent.expectEnd(), http.expectEnd()]);
  },
);

Deno.test("kill -9 loses nothing acknowledged, sync-every=1", async () => {
  await expectNothingLostByKill([
    "--mem-queue-size=0",
    "--sync-every=1",
    "--max-bytes-per-file=1500",
  ]);
});

betterThanReference("kill -9 loses nothing acknowledged, sync-every as by default", async () => {
  await expectNothingLostByKill(["--mem-queue-size=0"]);
});

/** Two crashes in a row: the second finds what the first start made of the files. */
async function expectNothingLostByKill(flags: readonly string[]): Promise<void> {
  using directory = new TemporaryDirectory();
  const settings = { flags, dataPath: directory.path };
  const bodies = numbered("m", 150);
  for (const part of [bodies.slice(0, 100), bodies.slice(100)]) {
    const nsqd = await startNsqd(settings);
    using client = await Client.connect(nsqd.tcpPort);
    await nsqd.create("t", "ch");
    for (const body of part) await client.publish("t", body);
    await nsqd.kill();
  }
  await using nsqd = await startNsqd(settings);
  deepEqual((await consumeDistinct(nsqd, bodies.length)).toSorted(), bodies.toSorted());
}

/** Takes `count` different bodies from `t:ch`. After a crash a message may come twice, and its second FIN fail. */
async function consumeDistinct(nsqd: Nsqd, count: number): Promise<string[]> {
  const bodies = new Set<string>();
  using client = await Client.connect(nsqd.tcpPort);
  // The reference never gives back the place of a failed FIN: ask for more than can be stored.
  await client.subscribe("t", "ch", 1000);
  while (bodies.size < count) {
    const frame = await client.nextFrame();
    if (frame.type !== FRAME_MESSAGE) {
      match(text(frame.data), /^E_FIN_FAILED /);
      continue;
    }
    const message = decodeMessage(frame.data);
    bodies.add(message.body);
    await client.finish(message.id);
  }
  return [...bodies];
}

Deno.test("kill -9 keeps the topics and channels that were made", async () => {
  using directory = new TemporaryDirectory();
  const settings = { dataPath: directory.path };
  const nsqd = await startNsqd(settings);
  await nsqd.create("t", "ch");
  await nsqd.post("/channel/pause?topic=t&channel=ch");
  await nsqd.kill();
  await using again = await startNsqd(settings);
  equal((await again.channel("t", "ch")).paused, true);
});

Deno.test("finished messages do not come back after a restart", async () => {
  using directory = new TemporaryDirectory();
  const settings = { flags: ["--mem-queue-size=5"], dataPath: directory.path };
  {
    await using nsqd = await startNsqd(settings);
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch("t", numbered("m", 50));
    await client.subscribe("t", "ch", 1);
    await client.consume(30);
    await client.ready(0);
    await client.expectAlive();
  }
  await using nsqd = await startNsqd(settings);
  await eventually(async () => {
    const { depth, channels } = await nsqd.topic("t");
    equal(depth + (channels[0]?.depth ?? 0), 20);
  }, maxLatenessMs);
});

async function consumeSorted(nsqd: Nsqd, topic: string, channel: string, count: number) {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, channel, 100);
  const bodies = (await client.consume(count)).map((message) => message.body);
  await client.expectSilence(50);
  return bodies.toSorted();
}

betterThanReference(
  "a stop that waits for a slow disk, and is killed meanwhile, loses nothing: all was written before",
  async () => {
    using directory = new TemporaryDirectory();
    const settings = { flags: FLAGS, dataPath: directory.path };
    const topics = numbered("t", 30);
    {
      await using nsqd = await startNsqd(settings);
      for (const topic of topics) {
        await nsqd.create(topic, "ch");
        await nsqd.post(`/pub?topic=${topic}`, "message");
      }
      await using slow = await SlowSync.attach(nsqd.pid, 300);
      if (slow === undefined) return console.warn("strace is missing or may not attach");
      const exitCode = nsqd.exitCode();
      await slow.ends(5); // some are of the metadata
      await nsqd.kill();
      equal(await exitCode, 128 + 9);
    }
    await using nsqd = await startNsqd(settings);
    deepEqual(
      (await nsqd.topics()).map(({ topic_name, channels }) => [topic_name, channels[0]?.depth]),
      topics.toSorted().map((topic) => [topic, 1]),
    );
  },
);
