/** Messages with a key: a second one within the window is not queued, and a deferred one can be cancelled. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  type Nsqd,
  nsqdSuite,
  pause,
  sized,
  SlowSync,
  startNsqd,
  TemporaryDirectory,
  topicName,
} from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { putPolicy } from "./support.ts";

const SYNC_MS = 700;

async function withWindow(nsqd: Nsqd, window: string): Promise<string> {
  const topic = topicName();
  await nsqd.create(topic, "ch");
  await putPolicy(nsqd, { name: topic, topic, set: { dedup_window: window } });
  return topic;
}

/** PUB with a key, answered by OK. */
async function publish(client: Client, topic: string, key: string, body: string): Promise<void> {
  await client.send(`PUB ${topic} ${key}\n`, sized(body));
  await client.expectResponse("OK");
}

async function depth(nsqd: Nsqd, topic: string): Promise<number> {
  return (await nsqd.channel(topic, "ch")).depth;
}

async function bodies(nsqd: Nsqd, topic: string, count: number): Promise<string[]> {
  using consumer = await Client.connect(nsqd.tcpPort);
  await consumer.subscribe(topic, "ch", count);
  return (await consumer.consume(count)).map(({ body }) => body);
}

nsqdSuite([], (test) => {
  test.betterThanReference("a key counts once within its window, over TCP and HTTP", async (nsqd) => {
    const topic = await withWindow(nsqd, "1h");
    using client = await Client.connect(nsqd.tcpPort);
    await publish(client, topic, "käse/1", "one");
    await publish(client, topic, "käse/1", "one again");
    await client.publish(topic, "without a key");
    await nsqd.post(`/pub?topic=${topic}&key=k%C3%A4se%2F1`, "one over HTTP");
    await nsqd.post(`/pub?topic=${topic}&key=2`, "two");
    await publish(client, topic, "2", "two again");
    await client.publish(topic, "without a key");
    deepEqual(await bodies(nsqd, topic, 4), ["one", "without a key", "two", "without a key"]);
    const { message_count, key_count, duplicate_count } = await nsqd
      .topic(topic) as unknown as Record<string, number>;
    deepEqual([message_count, key_count, duplicate_count], [4, 2, 3]);
    match(await (await nsqd.http(`/stats?topic=${topic}`)).text(), /msgs: 4 +duplicates: 3 /);
    const metrics = await (await nsqd.http("/metrics")).text();
    match(metrics, new RegExp(`nsqd_topic_duplicates_total{topic="${topic}"} 3\n`));
  });

  test.betterThanReference("a key counts again after its window, and always without one", async (nsqd) => {
    const topic = await withWindow(nsqd, "150ms");
    await nsqd.post(`/pub?topic=${topic}&key=k`, "x");
    await pause(200);
    await nsqd.post(`/pub?topic=${topic}&key=k`, "x");
    equal(await depth(nsqd, topic), 2);
    await nsqd.post(`/policy/delete?name=${topic}`);
    await nsqd.post(`/pub?topic=${topic}&key=k`, "x");
    equal(await depth(nsqd, topic), 3);
  });

  test.betterThanReference("a key that will not do is refused with the reason", async (nsqd) => {
    const topic = topicName(), long = "k".repeat(257);
    equal(
      await answer(nsqd, "POST", `/pub?topic=${topic}&key=`, "x"),
      refusal(400, "key: has 0 bytes, not 1 to 256"),
    );
    equal(
      await answer(nsqd, "POST", `/pub?topic=${topic}&key=${long}`, "x"),
      refusal(400, "key: has 257 bytes, not 1 to 256"),
    );
    equal(
      await answer(nsqd, "POST", `/mpub?topic=${topic}&key=a`, "x"),
      refusal(400, "key: a key is of one message, so use /pub"),
    );
    for (const key of ["%ff", "%fe", "a%c3"]) {
      const wanted = refusal(400, "key: is not UTF-8");
      equal(await answer(nsqd, "POST", `/pub?topic=${topic}&key=${key}&defer=60000`, "x"), wanted);
      equal(await answer(nsqd, "POST", `/message/cancel?topic=${topic}&key=${key}`), wanted);
    }
    using client = await Client.connect(nsqd.tcpPort);
    await client.send(`PUB ${topic} \n`, sized("a space is no key"));
    await client.expectResponse("OK");
    await client.send(`PUB ${topic} ${long}\n`, sized("x"));
    await client.expectFatalError("E_INVALID PUB key has 257 bytes, not 1 to 256");
  });

  test.betterThanReference("a deferred message is cancelled in all channels by its key", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "ch", "other");
    await nsqd.post(`/pub?topic=${topic}&key=a&defer=3600000`, "over HTTP");
    using client = await Client.connect(nsqd.tcpPort);
    await client.send(`DPUB ${topic} 3600000 b\n`, sized("over TCP"));
    await client.expectResponse("OK");
    await client.send(`DPUB ${topic} 3600000 b\n`, sized("the same, as there is no window"));
    await client.expectResponse("OK");
    equal((await nsqd.channel(topic, "ch")).deferred_count, 3);
    const cancel = (key: string) =>
      answer(nsqd, "POST", `/message/cancel?topic=${topic}&key=${key}`);
    equal(await cancel("b"), '200 {"count":2,"channels":4}');
    equal(await cancel("b"), refusal(404, "MESSAGE_NOT_FOUND"));
    equal(await cancel("a"), '200 {"count":1,"channels":2}');
    for (const channel of ["ch", "other"]) {
      equal((await nsqd.channel(topic, channel)).deferred_count, 0);
    }
    equal(
      await answer(nsqd, "POST", "/message/cancel?topic=nowhere&key=a"),
      refusal(404, "TOPIC_NOT_FOUND"),
    );
    equal(
      await answer(nsqd, "POST", `/message/cancel?topic=${topic}`),
      refusal(400, "MISSING_ARG_KEY"),
    );
    await nsqd.post(`/topic/pause?topic=${topic}`);
    await nsqd.post(`/pub?topic=${topic}&key=c&defer=3600000`, "waits in the topic");
    equal(await cancel("c"), '200 {"count":1,"channels":0}');
    equal((await nsqd.topic(topic)).depth, 0);
  });

  test.betterThanReference("what was cancelled can be published again with its key", async (nsqd) => {
    const topic = await withWindow(nsqd, "1h");
    await nsqd.post(`/pub?topic=${topic}&key=k&defer=3600000`, "tomorrow");
    await nsqd.post(`/pub?topic=${topic}&key=k`, "a duplicate");
    await nsqd.post(`/message/cancel?topic=${topic}&key=k`);
    await nsqd.post(`/pub?topic=${topic}&key=k`, "today");
    deepEqual(await bodies(nsqd, topic, 1), ["today"]);
  });
});

Deno.test("a durable topic knows its keys after kill -9, another forgets them", async () => {
  using directory = new TemporaryDirectory();
  const settings = { dataPath: directory.path, flags: ["--durable=safe*"] };
  {
    await using nsqd = await startNsqd(settings);
    await putPolicy(nsqd, { name: "all", topic: "*", set: { dedup_window: "1h" } });
    for (const topic of ["safe", "memory"]) {
      await nsqd.create(topic, "ch");
      await nsqd.post(`/pub?topic=${topic}&key=k`, "first");
    }
    await nsqd.create("safe.later", "ch");
    await nsqd.create("safe.paused", "ch", "other");
    await nsqd.post("/topic/pause?topic=safe.paused");
    await nsqd.create("safe.soon", "ch");
    await nsqd.post("/topic/pause?topic=safe.soon");
    for (const key of ["kept", "cancelled"]) {
      await nsqd.post(`/pub?topic=safe.soon&key=${key}&defer=1500`, key);
    }
    await nsqd.post("/message/cancel?topic=safe.soon&key=cancelled");
    for (const key of ["kept", "cancelled", "cancelled later"]) {
      for (const topic of ["safe.later", "safe.paused"]) {
        await nsqd.post(`/pub?topic=${topic}&key=${key}&defer=3600000`, key);
      }
    }
    for (const topic of ["safe.later", "safe.paused"]) {
      await nsqd.post(`/message/cancel?topic=${topic}&key=cancelled`);
    }
    await nsqd.kill();
  }
  await using nsqd = await startNsqd(settings);
  await nsqd.create("memory", "ch");
  for (const topic of ["safe", "memory"]) await nsqd.post(`/pub?topic=${topic}&key=k`, "second");
  deepEqual(await bodies(nsqd, "safe", 1), ["first"]);
  equal(await depth(nsqd, "safe"), 0);
  deepEqual(await bodies(nsqd, "memory", 1), ["second"]);

  // What is due while its topic is paused is due at once afterwards, unless it was cancelled.
  await pause(1000);
  equal((await nsqd.topic("safe.soon")).depth, 1);
  await nsqd.post("/topic/unpause?topic=safe.soon");
  await nsqd.post("/pub?topic=safe.soon", "last");
  deepEqual((await bodies(nsqd, "safe.soon", 2)).sort(), ["kept", "last"]);
  const { depth: left, deferred_count } = await nsqd.channel("safe.soon", "ch");
  deepEqual([left, deferred_count], [0, 0]);

  equal((await nsqd.topic("safe.paused")).depth, 2);
  for (const topic of ["safe.later", "safe.paused"]) {
    const path = `/message/cancel?topic=${topic}&key=`;
    equal(await answer(nsqd, "POST", `${path}cancelled`), refusal(404, "MESSAGE_NOT_FOUND"));
    match(
      await answer(nsqd, "POST", `${path}cancelled+later`),
      /^200 {"count":1,"channels":[01]}$/,
    );
  }
  equal((await nsqd.topic("safe.paused")).depth, 1);
  equal((await nsqd.channel("safe.later", "ch")).deferred_count, 1);
  await nsqd.post("/topic/unpause?topic=safe.paused");
  await nsqd.create("safe.paused", "new");
  for (const channel of ["ch", "other"]) {
    const { depth, deferred_count } = await nsqd.channel("safe.paused", channel);
    deepEqual([channel, depth, deferred_count], [channel, 0, 1]);
  }
  equal(
    await answer(nsqd, "POST", "/message/cancel?topic=safe.paused&key=kept"),
    '200 {"count":1,"channels":2}',
  );
  await nsqd.post("/pub?topic=safe.paused", "the next one");
  deepEqual(await bodies(nsqd, "safe.paused", 1), ["the next one"]);
});

Deno.test("the OK of a second publish waits for what the first one's promises", async () => {
  await using nsqd = await startNsqd({ flags: ["--durable=*"] });
  await putPolicy(nsqd, { name: "all", topic: "*", set: { dedup_window: "1h" } });
  await nsqd.create("t", "ch");
  using first = await Client.connect(nsqd.tcpPort);
  using second = await Client.connect(nsqd.tcpPort);
  {
    await using slow = await SlowSync.attach(nsqd.pid, SYNC_MS);
    if (slow === undefined) return console.warn("strace is missing or may not attach");
    const began = performance.now();
    await first.send("PUB t k\n", sized("first"));
    await eventually(async () => equal(await depth(nsqd, "t"), 1));
    const over = nsqd.post("/pub?topic=t&key=k", "third");
    await publish(second, "t", "k", "second");
    ok(performance.now() - began >= SYNC_MS, "the second OK came after the fsync");
    await over;
    await first.expectResponse("OK");
  }
  {
    await using broken = await SlowSync.attach(nsqd.pid, 300, "EIO");
    ok(broken !== undefined);
    await first.send("PUB t failed\n", sized("x"));
    await second.send("PUB t failed\n", sized("x"));
    for (const client of [first, second]) {
      match(await error(client), /^E_PUB_FAILED PUB failed .*error/);
    }
  }
  await eventually(async () => equal(await (await nsqd.http("/ping")).text(), "OK"));
  using third = await Client.connect(nsqd.tcpPort);
  const before = await depth(nsqd, "t");
  await publish(third, "t", "failed", "it was refused, so this is no duplicate");
  equal(await depth(nsqd, "t"), before + 1);
});

/** The text of the next frame. */
async function error(client: Client): Promise<string> {
  return new TextDecoder().decode((await client.nextFrame()).data);
}
