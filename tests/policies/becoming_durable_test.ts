/** A policy makes a topic durable while it is in use: at once, for what is there, and nobody who uses it is disturbed. */
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
import { texts } from "../interop/bodies.ts";
import { goNsq, nsqjs, pynsq } from "../interop/libraries.ts";
import { bodiesOf, consume } from "../interop/run.ts";
import { installLibrary } from "../interop/setup.ts";
import { killWhenWritten, putPolicy } from "./support.ts";

const DURABLE = { name: "durable", topic: "t*", set: { durable: true } };

function makeDurable(nsqd: Nsqd): Promise<Record<string, unknown>> {
  return putPolicy(nsqd, DURABLE);
}

function withAttempts(messages: readonly Message[]): string[] {
  return messages.map(({ body, attempts }) => `${body}@${attempts}`);
}

async function figures(nsqd: Nsqd, topic: string, channel = "ch") {
  const { depth, in_flight_count, deferred_count, message_count, requeue_count, dead_count } =
    await nsqd.channel(topic, channel);
  return [depth, in_flight_count, deferred_count, message_count, requeue_count, dead_count];
}

for (const memQueueSize of [10_000, 3, 0]) {
  betterThanReference(
    `messages in every state are durable at once, mem-queue-size=${memQueueSize}`,
    async () => {
      using directory = new TemporaryDirectory();
      const dataPath = directory.path;
      const flags = ["--msg-timeout=10m", `--mem-queue-size=${memQueueSize}`];
      const dueMs = 4000, began = performance.now();
      {
        await using nsqd = await startNsqd({ flags, dataPath });
        await putPolicy(nsqd, { name: "p", topic: "t", set: { max_attempts: 2 } });
        await nsqd.create("t", "ch", "other", "other#ephemeral");
        await nsqd.post("/channel/pause?topic=t&channel=other");
        using client = await Client.connect(nsqd.tcpPort);
        using producer = await Client.connect(nsqd.tcpPort);
        await client.subscribe("t", "ch", 5);
        await producer.publishBatch("t", ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
        await nsqd.post(`/pub?topic=t&defer=${dueMs}`, "deferred");
        const [m0, m1, m2, m3] = await client.nextMessages(5);
        await client.ready(0);
        await client.requeue(m1!.id, 0);
        await client.requeue(m2!.id, dueMs);
        await eventually(async () => deepEqual((await figures(nsqd, "t")).slice(0, 3), [3, 3, 2]));
        const before = await figures(nsqd, "t"), ephemeral = "other#ephemeral";
        const beforeEphemeral = await figures(nsqd, "t", ephemeral);
        deepEqual((await makeDurable(nsqd)).at_next_start, []);
        equal(directory.names().some((name) => name.includes(".diskqueue.")), false);
        deepEqual(await figures(nsqd, "t"), before);
        deepEqual(await figures(nsqd, "t", ephemeral), beforeEphemeral);
        await client.finish(m0!.id); // delivered before
        await client.touch(m3!.id);
        await producer.publish("t", "after");
        await eventually(async () => deepEqual((await figures(nsqd, "t")).slice(0, 3), [4, 2, 2]));
        await killWhenWritten(nsqd, "t_marker");
      }
      await using nsqd = await startNsqd({ flags, dataPath });
      const other = await nsqd.channel("t", "other");
      deepEqual([other.paused, other.depth + other.deferred_count], [true, 9]);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch", 100);
      const now = withAttempts(await client.consume(6)).toSorted();
      deepEqual(now, ["after@1", "m1@2", "m3@2", "m4@2", "m5@1", "m6@1"]);
      const late = withAttempts(await client.consume(2)).toSorted();
      ok(performance.now() - began >= dueMs, "due at its time");
      deepEqual(late, ["deferred@1", "m2@2"]);
    },
  );
}

betterThanReference(
  "what waits at a topic that is paused, or has no channel, waits on",
  async () => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path, flags = ["--mem-queue-size=2"];
    {
      await using nsqd = await startNsqd({ flags, dataPath });
      await nsqd.create("t1");
      await nsqd.create("t2", "ch");
      await nsqd.post("/topic/pause?topic=t2");
      for (const topic of ["t1", "t2"]) {
        await nsqd.post(`/mpub?topic=${topic}`, "a\nb\nc\nd");
        await nsqd.post(`/pub?topic=${topic}&defer=2000`, "later");
      }
      await makeDurable(nsqd);
      for (const topic of ["t1", "t2"]) {
        await nsqd.post(`/pub?topic=${topic}`, "e");
        const { durable, depth } = await nsqd.topic(topic) as { durable?: boolean; depth: number };
        deepEqual([durable, depth], [true, 6]);
      }
      await killWhenWritten(nsqd, "t_marker");
    }
    await using nsqd = await startNsqd({ flags, dataPath });
    await nsqd.create("t1", "ch");
    equal((await nsqd.topic("t2")).paused, true);
    await nsqd.post("/topic/unpause?topic=t2");
    for (const topic of ["t1", "t2"]) {
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch", 10);
      const bodies = (await client.consume(6)).map(({ body }) => body);
      deepEqual(bodies, ["a", "b", "c", "d", "e", "later"]);
    }
  },
);

betterThanReference("keys and dead messages are the topic's still", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  {
    await using nsqd = await startNsqd({ dataPath });
    const set = { max_attempts: 1, dedup_window: "1h" };
    await putPolicy(nsqd, { name: "p", topic: "t", set });
    await nsqd.create("t", "ch", "other");
    await nsqd.post("/pub?topic=t&key=once", "once");
    await nsqd.post("/pub?topic=t&key=later&defer=600000", "later");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "ch", 1);
    await client.requeue((await client.nextMessage()).id, 0);
    await eventually(async () => deepEqual((await figures(nsqd, "t"))[5], 1));
    await makeDurable(nsqd);
    await nsqd.post("/pub?topic=t&key=once", "once");
    equal((await figures(nsqd, "t", "other"))[0], 1);
    await killWhenWritten(nsqd, "t_marker");
  }
  await using nsqd = await startNsqd({ dataPath });
  await nsqd.post("/pub?topic=t&key=once", "once");
  deepEqual([(await figures(nsqd, "t"))[0], (await figures(nsqd, "t"))[5]], [0, 1]);
  await nsqd.post("/message/cancel?topic=t&key=later");
  for (const channel of ["ch", "other"]) equal((await figures(nsqd, "t", channel))[2], 0);
  await nsqd.post("/channel/kick?topic=t&channel=ch");
  deepEqual([(await figures(nsqd, "t"))[0], (await figures(nsqd, "t"))[5]], [1, 0]);
});

for (const library of [goNsq, nsqjs, pynsq]) {
  betterThanReference(
    `${library.name} consumes on while the topic becomes durable, and then across kill -9`,
    async () => {
      await installLibrary(library);
      using directory = new TemporaryDirectory();
      const dataPath = directory.path, count = 2000, options = { maxInFlight: 20, expect: count };
      const expected = texts("m", count).map((body) => new TextDecoder().decode(body));
      {
        await using nsqd = await startNsqd({ dataPath });
        await nsqd.create("t", "ch", "kept");
        const consuming = consume(library, nsqd, "t", { ...options, channel: "ch" });
        for (let i = 0; i < count; i++) {
          await nsqd.post("/pub?topic=t", expected[i]);
          if (i === count / 2) await makeDurable(nsqd);
        }
        const bodies = bodiesOf(await consuming).map((body) => atob(body));
        deepEqual(bodies.toSorted(), expected.toSorted());
        await nsqd.kill();
      }
      await using nsqd = await startNsqd({ dataPath });
      const bodies = bodiesOf(await consume(library, nsqd, "t", { ...options, channel: "kept" }));
      deepEqual(bodies.map((body) => atob(body)).toSorted(), expected.toSorted());
    },
  );
}
