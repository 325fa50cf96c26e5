/** Durable topics: what was acknowledged survives kill -9, in whatever state it was. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Message,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";

/** What nobody waits for is written at the latest after so long. */
const EVENTS_MS = 50;
const FLAGS = ["--durable=t*", "--msg-timeout=10m"];

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

/** Runs `use` with an nsqd, which is killed then, and gives back the next on the same files. */
async function killed(
  dataPath: string,
  flags: readonly string[],
  use: (nsqd: Nsqd) => Promise<void>,
): Promise<Nsqd> {
  const nsqd = await startNsqd({ flags, dataPath });
  await use(nsqd);
  await nsqd.kill();
  return await startNsqd({ flags, dataPath });
}

/** Waits until all that was said before is written: a publisher's answer comes after that. */
async function written(client: Client, topic: string): Promise<void> {
  await client.publish(topic, "marker");
  await new Promise((resolve) => setTimeout(resolve, 2 * EVENTS_MS));
}

function bodies(messages: readonly Message[]): string[] {
  return messages.map(({ body, attempts }) => `${body}@${attempts}`);
}

for (const memQueueSize of [10_000, 3, 0]) {
  betterThanReference(
    `kill -9 loses nothing of a durable topic, mem-queue-size=${memQueueSize}`,
    async () => {
      using directory = new TemporaryDirectory();
      const flags = [...FLAGS, `--mem-queue-size=${memQueueSize}`];
      const dueMs = 2500, began = performance.now();
      await using nsqd = await killed(directory.path, flags, async (nsqd) => {
        await nsqd.create("t", "ch", "other");
        await nsqd.post("/channel/pause?topic=t&channel=other");
        using client = await Client.connect(nsqd.tcpPort);
        using producer = await Client.connect(nsqd.tcpPort);
        await client.subscribe("t", "ch");
        await producer.publish("t", "m0");
        await producer.publishBatch("t", ["m1", "m2", "m3"]);
        await nsqd.post("/pub?topic=t", "m4");
        await nsqd.post("/mpub?topic=t", "m5\nm6");
        await producer.publishDeferred("t", dueMs, "deferred");
        await client.ready(4);
        const messages = await client.nextMessages(4);
        await client.ready(0);
        const [first, second, third] = messages.map(({ id }) => id);
        await client.finish(first!);
        await client.requeue(second!, 0);
        await client.requeue(third!, dueMs);
        await eventually(async () => {
          const { deferred_count, in_flight_count } = await nsqd.channel("t", "ch");
          deepEqual([deferred_count, in_flight_count], [2, 1]);
        });
        await written(producer, "t");
      });
      const { depth, deferred_count } = await nsqd.channel("t", "ch");
      equal(depth + deferred_count, 8);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch", 100);
      deepEqual(bodies(await client.consume(6)), [
        ...["m1@2", "m3@2", "m4@1", "m5@1", "m6@1", "marker@1"],
      ]);
      const late = await client.consume(2);
      ok(performance.now() - began >= dueMs, "due at its time");
      deepEqual(bodies(late).toSorted(), ["deferred@1", "m2@2"]);
      const other = await nsqd.channel("t", "other");
      deepEqual([other.paused, other.depth + other.deferred_count], [true, 9]);
    },
  );
}

betterThanReference("a durable topic without channel, or paused, keeps what waits", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await killed(directory.path, FLAGS, async (nsqd) => {
    await nsqd.create("t1");
    await nsqd.create("t2", "ch");
    await nsqd.post("/topic/pause?topic=t2");
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch("t1", numbered("m", 50));
    await client.publishBatch("t2", numbered("m", 50));
  });
  for (const topic of ["t1", "t2"]) {
    equal((await nsqd.topic(topic)).depth, 50);
    equal((await nsqd.topic(topic)).paused, topic === "t2");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 100);
    if (topic === "t2") await nsqd.post("/topic/unpause?topic=t2");
    deepEqual((await client.consume(50)).map(({ body }) => body), numbered("m", 50));
    await nsqd.create(topic, "later");
    equal((await nsqd.channel(topic, "later")).depth, 0);
  }
});

betterThanReference("a killed start, without its metadata, finds durable topics", async () => {
  using directory = new TemporaryDirectory();
  const first = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  await first.create("t", "ch");
  await first.post("/pub?topic=t", "m");
  await first.kill();
  await Deno.remove(`${directory.path}/nsqd.dat`);
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  equal((await nsqd.channel("t", "ch")).depth, 1);
});

betterThanReference("what a durable topic's answers said is so after kill -9", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await killed(directory.path, FLAGS, async (nsqd) => {
    await nsqd.create("t", "a", "b", "c");
    await nsqd.post("/mpub?topic=t", numbered("m", 10).join("\n"));
    await nsqd.post("/channel/empty?topic=t&channel=a");
    await nsqd.post("/channel/delete?topic=t&channel=b");
    await nsqd.create("t2", "ch");
    await nsqd.post("/pub?topic=t2", "old");
    await nsqd.post("/topic/delete?topic=t2");
    await nsqd.create("t2", "ch");
    await nsqd.post("/pub?topic=t2", "new");
    await nsqd.create("t3");
    await nsqd.post("/pub?topic=t3", "gone");
    await nsqd.post("/topic/delete?topic=t3");
  });
  const topics = await nsqd.topics();
  deepEqual(topics.map((each) => each.topic_name), ["t", "t2"]);
  deepEqual(
    topics[0]!.channels.map((each) => [each.channel_name, each.depth]),
    [["a", 0], ["c", 10]],
  );
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t2", "ch", 10);
  deepEqual((await client.consume(1)).map(({ body }) => body), ["new"]);
  equal(directory.names().some((name) => name.startsWith("t3.")), false);
});

betterThanReference("an ephemeral channel of a durable topic lives in memory", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await killed(directory.path, FLAGS, async (nsqd) => {
    await nsqd.create("t", "ch");
    using client = await Client.connect(nsqd.tcpPort);
    using producer = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "tail#ephemeral", 10);
    await producer.publishBatch("t", numbered("m", 5));
    deepEqual((await client.consume(5)).map(({ body }) => body), numbered("m", 5));
  });
  const { channels } = await nsqd.topic("t");
  deepEqual(channels.map((each) => [each.channel_name, each.depth]), [["ch", 5]]);
});

betterThanReference("durable messages are stored once, however many channels", async () => {
  using directory = new TemporaryDirectory();
  const flags = [...FLAGS, "--mem-queue-size=10"];
  await using nsqd = await startNsqd({ flags, dataPath: directory.path });
  await nsqd.create("t", ...numbered("c", 10));
  using producer = await Client.connect(nsqd.tcpPort);
  const body = "x".repeat(1000);
  for (let i = 0; i < 10; i++) {
    await producer.publishBatch("t", Array.from({ length: 100 }, () => body));
  }
  const bytes = directory.names().reduce((sum, name) => sum + directory.read(name).length, 0);
  ok(bytes < 1.1 * 1000 * 1034, `${bytes} bytes on disk`);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "c9", 2000);
  equal((await client.consume(1000)).length, 1000);
});
