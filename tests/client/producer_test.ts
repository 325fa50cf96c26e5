/** What a producer publishes, and what it tells of it, against one nsqd. */
import { Producer, PublishError } from "../../lib/client/mod.ts";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client, eventually, Nsqd, nsqdSuite, startNsqd, topicName } from "../harness/mod.ts";
import { FakeNsqd } from "./fake_nsqd.ts";
import { rejection } from "./producer_support.ts";

function producerFor(nsqd: { tcpPort: number }): Producer {
  return new Producer({ nsqd: [`127.0.0.1:${nsqd.tcpPort}`] });
}

/** The bodies that a channel gives, sorted. */
async function consumeAll(nsqd: Nsqd, topic: string, count: number): Promise<string[]> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", 100);
  const messages = await client.consume(count);
  return messages.map(({ body }) =>
    typeof body === "string" ? body : new TextDecoder().decode(body)
  )
    .sort();
}

nsqdSuite(["--max-msg-size=1000"], (test) => {
  test("Producer.publish resolves with the nsqd that has the message", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const topic = topicName();
    const receipt = await producer.publish(topic, "größer");
    deepEqual(receipt, { nsqd: `127.0.0.1:${nsqd.tcpPort}`, attempts: 1 });
    await producer.publish(topic, new Uint8Array([0x61, 0x62]));
    deepEqual(await consumeAll(nsqd, topic, 2), ["ab", "größer"]);
  });

  test("Producer.publish may be given a buffer that is used again at once", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const topic = topicName();
    const body = new Uint8Array(1);
    const published: Promise<unknown>[] = [];
    for (const character of "abc") {
      body[0] = character.charCodeAt(0);
      published.push(producer.publish(topic, body));
    }
    await Promise.all(published);
    deepEqual(await consumeAll(nsqd, topic, 3), ["a", "b", "c"]);
  });

  test("Producer.publish of many topics at a time mixes none of them up", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const topics = [topicName(), topicName(), topicName()];
    const published = Array.from(
      { length: 300 },
      (_, i) => producer.publish(topics[i % 3]!, `${i % 3}`),
    );
    await Promise.all(published);
    for (const [i, topic] of topics.entries()) {
      deepEqual(await consumeAll(nsqd, topic, 100), Array(100).fill(`${i}`));
    }
  });

  test("Producer.publish rejects alone the message of a batch that nsqd refuses", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const topic = topicName();
    const bodies = ["a", "x".repeat(1001), "b", "y".repeat(1002), "c"];
    const results = await Promise.allSettled(bodies.map((body) => producer.publish(topic, body)));
    deepEqual(results.map(({ status }) => status), [
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    const { reason } = results[1] as PromiseRejectedResult;
    ok(reason instanceof PublishError);
    equal(reason.acknowledged, false);
    equal(reason.attempts.length, 1);
    match(reason.message, /E_BAD_MESSAGE PUB message too big 1001 > 1000/);
    deepEqual(await consumeAll(nsqd, topic, 3), ["a", "b", "c"]);
  });

  test("Producer.publishMany publishes all messages or none", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const topic = topicName();
    const error = await rejection(producer.publishMany(topic, ["a", "x".repeat(1001)]));
    match(error.message, /E_BAD_MESSAGE/);
    await producer.publishMany(topic, ["b", "c"]);
    equal((await nsqd.topic(topic)).message_count, 2);
  });

  test("Producer.publishDeferred holds a message back at nsqd", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const topic = topicName();
    await nsqd.create(topic, "ch");
    await producer.publishDeferred(topic, "later", 60_000);
    equal((await nsqd.channel(topic, "ch")).deferred_count, 1);
    const error = await rejection(producer.publishDeferred(topic, "never", 1e12));
    match(error.message, /E_INVALID/);
  });

  test("Producer refuses what no nsqd takes, without asking one", async (nsqd) => {
    await using producer = producerFor(nsqd);
    const errors = [
      await rejection(producer.publish("no topic", "a")),
      await rejection(producer.publish("topic", "")),
      await rejection(producer.publishMany("topic", [])),
      await rejection(producer.publishMany("topic", ["a", ""])),
      await rejection(producer.publishDeferred("topic", "a", -1)),
    ];
    deepEqual(
      errors.map(({ message, acknowledged, attempts }) => [message, acknowledged, attempts]),
      [
        ['invalid topic name "no topic"', false, []],
        ["the message is empty", false, []],
        ["no messages", false, []],
        ["the message is empty", false, []],
        ["invalid delay -1 ms", false, []],
      ],
    );
  });

  test("Producer.close waits until all is acknowledged, and takes no more", async (nsqd) => {
    const producer = producerFor(nsqd);
    const topic = topicName();
    const published = Array.from({ length: 50 }, () => producer.publish(topic, "a"));
    await producer.close();
    equal((await nsqd.topic(topic)).message_count, 50);
    await Promise.all(published);
    const error = await rejection(producer.publish(topic, "b"));
    equal(error.message, "the producer is closed");
  });
});

Deno.test("Producer sends what is published at the same time as one command", async () => {
  await using nsqd = new FakeNsqd(() => ({ ok: "OK" }));
  await using producer = new Producer({ nsqd: [nsqd.address] });
  await producer.connect();
  await Promise.all(["a", "b", "c"].map((body) => producer.publish("topic", body)));
  await producer.publish("topic", "d");
  deepEqual(nsqd.commands.map(({ line }) => line), ["MPUB topic", "PUB topic"]);
});

Deno.test("Producer makes batches no larger than maxBatchBytes", async () => {
  await using nsqd = new FakeNsqd(() => ({ ok: "OK" }));
  await using producer = new Producer({ nsqd: [nsqd.address], maxBatchBytes: 50 });
  await Promise.all(Array.from({ length: 12 }, () => producer.publish("topic", "x".repeat(10))));
  const counts = nsqd.commands.map(({ body }) => new DataView(body.buffer).getInt32(0));
  deepEqual(counts, [3, 3, 3, 3]);
});

Deno.test("Producer makes smaller batches for an nsqd that takes no larger ones", async () => {
  await using nsqd = await startNsqd({ flags: ["--max-body-size=1000"] });
  await using producer = producerFor(nsqd);
  const topic = topicName();
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 100 }, () => producer.publish(topic, "x".repeat(50))));
  }
  equal((await nsqd.topic(topic)).message_count, 300);
});

Deno.test("Producer holds publishes back while maxPending wait for their answers", async () => {
  await using nsqd = new FakeNsqd(({ body }) => ({ ok: body.length > 0 ? "OK" : "" }));
  await using producer = new Producer({ nsqd: [nsqd.address], maxPending: 2 });
  await producer.connect();
  const published = ["a", "b", "c", "d"].map((body) => producer.publish("topic", body));
  ok(producer.isFull);
  equal(producer.pending, 4);
  await producer.room();
  await Promise.all(published);
  equal(producer.isFull, false);
  const lines = nsqd.commands.map(({ line }) => line);
  deepEqual(lines, ["MPUB topic", "MPUB topic"]);
});

Deno.test("Producer publishes compressed where it is asked to", async () => {
  await using nsqd = await startNsqd();
  const address = `127.0.0.1:${nsqd.tcpPort}`;
  for (const options of [{ snappy: true }, { deflateLevel: 6 }]) {
    const topic = topicName();
    await using producer = new Producer({ nsqd: [address], ...options });
    await Promise.all(Array.from({ length: 100 }, (_, i) => producer.publish(topic, `m${i}`)));
    await eventually(async () => equal((await nsqd.topic(topic)).message_count, 100));
  }
});
