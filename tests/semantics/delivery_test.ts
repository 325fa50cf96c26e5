/** Who gets which message, how many at once, and in what order. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  type Message,
  type Nsqd,
  nsqdSuite,
  topicName,
} from "../harness/mod.ts";

/** `m0`, `m1` … as bodies. */
function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `m${i}`);
}

function bodies(messages: readonly Message[]): string[] {
  return messages.map((message) => message.body);
}

nsqdSuite([], (test) => {
  test("channel gets every message, and one of its consumers each", async (nsqd) => {
    const topic = topicName();
    using a1 = await Client.connect(nsqd.tcpPort);
    using a2 = await Client.connect(nsqd.tcpPort);
    using b = await Client.connect(nsqd.tcpPort);
    await a1.subscribe(topic, "a", 100);
    await a2.subscribe(topic, "a", 100);
    await b.subscribe(topic, "b", 100);
    using producer = await Client.connect(nsqd.tcpPort);
    await producer.publishBatch(topic, numbered(60));

    deepEqual(bodies(await b.nextMessages(60)), numbered(60));
    await eventually(async () => equal((await nsqd.channel(topic, "a")).in_flight_count, 60));
    const [one, two] = await Promise.all([a1, a2].map(async (client) => {
      const share = Number((await figuresOf(nsqd, topic, client)).in_flight_count);
      return bodies(await client.nextMessages(share));
    }));
    equal(new Set([...one ?? [], ...two ?? []]).size, 60);
  });

  test("consumers of a channel share its messages", async (nsqd) => {
    const topic = topicName();
    using first = await Client.connect(nsqd.tcpPort);
    using second = await Client.connect(nsqd.tcpPort);
    await first.subscribe(topic, "ch", 1);
    await second.subscribe(topic, "ch", 1);
    using producer = await Client.connect(nsqd.tcpPort);
    for (const body of numbered(20)) {
      await producer.publish(topic, body);
      await producer.publish(topic, body);
      // Both hold none before, so each gets one.
      const messages = await Promise.all([first.nextMessage(), second.nextMessage()]);
      deepEqual(bodies(messages), [body, body]);
      await first.finish(messages[0].id);
      await second.finish(messages[1].id);
    }
  });

  test("a consumer that is slower leaves the rest to the other", async (nsqd) => {
    const topic = topicName();
    using stuck = await Client.connect(nsqd.tcpPort);
    using busy = await Client.connect(nsqd.tcpPort);
    await stuck.subscribe(topic, "ch", 1);
    using producer = await Client.connect(nsqd.tcpPort);
    await producer.publish(topic, "held");
    await stuck.nextMessage();
    await busy.subscribe(topic, "ch", 5);
    await producer.publishBatch(topic, numbered(30));
    deepEqual(bodies(await busy.consume(30)), numbered(30));
  });

  test("messages of a topic come in the order of publication", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, numbered(40).slice(0, 20));
    for (const body of numbered(40).slice(20)) await client.publish(topic, body);
    await client.subscribe(topic, "ch", 7);
    deepEqual(bodies(await client.consume(40)), numbered(40));
  });

  test("RDY is never exceeded by what is in flight", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, numbered(20));
    await client.subscribe(topic, "ch", 3);
    const held = await client.nextMessages(3);
    await client.expectSilence(150);
    await client.finish(held[0]?.id ?? "");
    held.push(await client.nextMessage());
    await client.expectSilence(50);
    await client.requeue(held[1]?.id ?? "", 60_000);
    await client.nextMessage();
    await client.expectSilence(50);
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 3);
  });

  test("RDY may be raised, lowered and set to 0 at any time", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, numbered(20));
    await client.subscribe(topic, "ch", 2);
    const held = await client.nextMessages(2);
    await client.ready(5);
    held.push(...await client.nextMessages(3));
    await client.ready(1);
    for (const { id } of held.slice(0, 4)) await client.finish(id);
    await client.expectSilence(100);
    await client.finish(held[4]?.id ?? "");
    const next = await client.nextMessage();
    await client.ready(0);
    await client.finish(next.id);
    await client.expectSilence(100);
    await client.ready(1);
    equal((await client.nextMessage()).body, "m6");
  });

  test("RDY of the largest count is filled", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, numbered(2600));
    await client.subscribe(topic, "ch", 2500);
    await client.nextMessages(2500);
    await client.expectSilence(50);
    equal((await nsqd.channel(topic, "ch")).depth, 100);
  });

  test("backlog of a topic without channels goes to its first channel only", async (nsqd) => {
    const topic = topicName();
    using first = await Client.connect(nsqd.tcpPort);
    await first.publishBatch(topic, numbered(3));
    equal((await nsqd.topic(topic)).depth, 3);
    await first.subscribe(topic, "first", 10);
    deepEqual(bodies(await first.nextMessages(3)), numbered(3));
    using second = await Client.connect(nsqd.tcpPort);
    await second.subscribe(topic, "second", 10);
    await second.expectSilence(50);
    await second.publish(topic, "new");
    equal((await second.nextMessage()).body, "new");
    equal((await first.nextMessage()).body, "new");
    equal((await nsqd.topic(topic)).depth, 0);
  });

  test("ids are 16 hexadecimal characters that grow, timestamps are now", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    const beforeNs = BigInt(Date.now() - 1) * 1_000_000n;
    await client.publishBatch(topic, numbered(300));
    for (const body of numbered(100)) await client.publish(topic, body);
    const afterNs = BigInt(Date.now() + 1) * 1_000_000n;
    await client.subscribe(topic, "ch", 500);
    const messages = await client.nextMessages(400);
    for (const [i, { id, timestampNs, attempts }] of messages.entries()) {
      match(id, /^[0-9a-f]{16}$/);
      ok(i === 0 || id > (messages[i - 1]?.id ?? ""), `${id} after ${messages[i - 1]?.id}`);
      ok(timestampNs >= beforeNs && timestampNs <= afterNs, `timestamp ${timestampNs}`);
      equal(attempts, 1);
    }
  });

  test("every channel sees the same id, timestamp and body", async (nsqd) => {
    const topic = topicName();
    using a = await Client.connect(nsqd.tcpPort);
    using b = await Client.connect(nsqd.tcpPort);
    await a.subscribe(topic, "a", 10);
    await b.subscribe(topic, "b", 10);
    await a.publishBatch(topic, numbered(10));
    deepEqual(await a.nextMessages(10), await b.nextMessages(10));
  });

  test("statistics count what was published and delivered", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, ["12345", "123"]);
    await client.subscribe(topic, "ch", 1);
    const [message] = await client.consume(1);
    equal(message?.body, "12345");
    await client.requeue((await client.nextMessage()).id, 0);
    await client.nextMessage();
    const figures = await nsqd.topic(topic);
    equal(figures.message_count, 2);
    equal(figures.message_bytes, 8);
    const channel = await nsqd.channel(topic, "ch");
    equal(channel.message_count, 2);
    equal(channel.requeue_count, 1);
    equal(channel.in_flight_count, 1);
    equal(channel.depth, 0);
    const { finish_count, requeue_count, message_count, in_flight_count } = await figuresOf(
      nsqd,
      topic,
      client,
    );
    deepEqual({ finish_count, requeue_count, message_count, in_flight_count }, {
      finish_count: 1,
      requeue_count: 1,
      message_count: 3,
      in_flight_count: 1,
    });
  });

  test("messages are not held in the output buffer of a client that can take no more", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ output_buffer_timeout: 30_000, output_buffer_size: 65_536 });
    await client.subscribe(topic, "ch", 3);
    using producer = await Client.connect(nsqd.tcpPort);
    await producer.publishBatch(topic, numbered(3));
    deepEqual(bodies(await client.nextMessages(3)), numbered(3));
  });

  test("messages are sent at once to a client that turned its output buffer off", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ output_buffer_size: -1 });
    await client.subscribe(topic, "ch", 100);
    using producer = await Client.connect(nsqd.tcpPort);
    const startedAt = performance.now();
    for (const body of numbered(20)) {
      await producer.publish(topic, body);
      equal((await client.nextMessage()).body, body);
    }
    const elapsedMs = performance.now() - startedAt;
    ok(elapsedMs < 1500, `${elapsedMs} ms for 20 messages`);
  });

  test("messages wait at most the output buffer's time", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ output_buffer_timeout: 100, output_buffer_size: 65_536 });
    await client.subscribe(topic, "ch", 100);
    using producer = await Client.connect(nsqd.tcpPort);
    await producer.publish(topic, "one of a hundred");
    equal((await client.nextMessage(1500)).body, "one of a hundred");
  });

  test("sample_rate drops the share that was not asked for", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ sample_rate: 50 });
    await client.subscribe(topic, "ch", 2500);
    await client.publishBatch(topic, numbered(2000));
    const delivered = await eventually(async () => {
      const { depth, in_flight_count, message_count } = await nsqd.channel(topic, "ch");
      equal(message_count, 2000);
      equal(depth, 0);
      return in_flight_count;
    });
    // 1020 expected with a standard deviation of 22.
    ok(delivered > 860 && delivered < 1180, `${delivered} of 2000 delivered`);
    equal(new Set(bodies(await client.nextMessages(delivered))).size, delivered);
    await client.expectSilence(50);
  });
});

nsqdSuite(["--max-channel-consumers=1"], (test) => {
  test("max-channel-consumers limits the consumers of each channel", async (nsqd) => {
    const first = await Client.connect(nsqd.tcpPort);
    using _first = first;
    await first.subscribe("t", "ch");
    using second = await Client.connect(nsqd.tcpPort);
    await second.send("SUB t ch\n");
    await second.expectFatalError(
      "E_SUB_FAILED SUB failed consumers for t:ch exceeds limit of 1",
    );
    using other = await Client.connect(nsqd.tcpPort);
    await other.subscribe("t", "other");
    first.close();
    await eventually(async () => equal((await nsqd.channel("t", "ch")).client_count, 0));
    using third = await Client.connect(nsqd.tcpPort);
    await third.subscribe("t", "ch");
  });
});

/** Figures of one consumer, found by its connection. */
async function figuresOf(nsqd: Nsqd, topic: string, client: Client) {
  for (const channel of (await nsqd.topic(topic)).channels) {
    const found = channel.clients?.find((each) => each["remote_address"] === client.localAddress);
    if (found !== undefined) return found;
  }
  throw new Error(`no consumer ${client.localAddress}`);
}
