/** Messages that come again: requeued, timed out, touched, or left behind by a lost connection. */
import { equal, ok } from "../harness/assert.ts";
import { Client, maxLatenessMs, type Nsqd, nsqdSuite, topicName } from "../harness/mod.ts";

/** Timers of the two sides may differ by this much. */
const CLOCK_TOLERANCE_MS = 20;

/** A subscriber with RDY `ready` to a topic that holds `bodies`; `subscribedAt` is before the first delivery. */
async function subscriber(nsqd: Nsqd, bodies: string[], ready: number, msgTimeoutMs = 0) {
  const topic = topicName();
  const client = await Client.connect(nsqd.tcpPort);
  await client.identify({ msg_timeout: msgTimeoutMs });
  await client.publishBatch(topic, bodies);
  const subscribedAt = performance.now();
  await client.subscribe(topic, "ch", ready);
  return { client, topic, subscribedAt };
}

/** @param elapsedMs since something that came before the timer's start: what it caused is seen later on a busy machine */
function expectWithin(elapsedMs: number, dueMs: number): void {
  ok(elapsedMs >= dueMs - CLOCK_TOLERANCE_MS, `${elapsedMs} ms is before ${dueMs} ms`);
  ok(elapsedMs <= dueMs + maxLatenessMs, `${elapsedMs} ms is too long after ${dueMs} ms`);
}

nsqdSuite(["--max-msg-timeout=1500ms", "--max-req-timeout=800ms"], (test) => {
  test("REQ 0 puts the message behind what is queued", async (nsqd) => {
    const { client } = await subscriber(nsqd, ["a", "b", "c"], 1);
    using _client = client;
    const first = await client.nextMessage();
    await client.requeue(first.id, 0);
    const later = await client.consume(3);
    equal(later.map((message) => message.body).join(), "b,c,a");
    equal(later[2]?.id, first.id);
    equal(later[2]?.timestampNs, first.timestampNs);
    equal(later[2]?.attempts, 2);
  });

  test("REQ 0 lets what is published later wait behind the message", async (nsqd) => {
    const { client, topic } = await subscriber(nsqd, ["a", "b"], 1);
    using _client = client;
    await client.requeue((await client.nextMessage()).id, 0);
    const held = await client.nextMessage();
    await client.publish(topic, "c");
    await client.finish(held.id);
    const rest = await client.consume(2);
    equal([held, ...rest].map((message) => message.body).join(), "b,a,c");
  });

  test("REQ counts attempts without end", async (nsqd) => {
    const { client } = await subscriber(nsqd, ["again"], 1);
    using _client = client;
    for (let attempt = 1; attempt <= 50; attempt++) {
      const message = await client.nextMessage();
      equal(message.attempts, attempt);
      await client.requeue(message.id, 0);
    }
  });

  test("REQ with a delay brings the message back when it is over", async (nsqd) => {
    const { client, topic } = await subscriber(nsqd, ["a"], 1);
    using _client = client;
    const { id } = await client.nextMessage();
    const requeuedAt = performance.now();
    await client.requeue(id, 300);
    await client.publish(topic, "b");
    const [between] = await client.consume(1);
    equal(between?.body, "b");
    equal((await nsqd.channel(topic, "ch")).deferred_count, 1);
    equal((await client.nextMessage()).attempts, 2);
    expectWithin(performance.now() - requeuedAt, 300);
  });

  test("REQ delays end in their order, whatever the order of the commands", async (nsqd) => {
    const { client } = await subscriber(nsqd, ["400", "100", "700"], 3);
    using _client = client;
    for (const { id, body } of await client.nextMessages(3)) await client.requeue(id, Number(body));
    const again = await client.nextMessages(3);
    equal(again.map((message) => message.body).join(), "100,400,700");
  });

  test("REQ with a delay over the limit waits for the limit", async (nsqd) => {
    const { client } = await subscriber(nsqd, ["a"], 1);
    using _client = client;
    const { id } = await client.nextMessage();
    const requeuedAt = performance.now();
    await client.requeue(id, 3_600_000);
    await client.nextMessage();
    expectWithin(performance.now() - requeuedAt, 800);
  });

  test.betterThanReference("REQ with a huge delay waits for the limit", async (nsqd) => {
    for (const delay of ["99999999999999999", "18446744073709551615", "9".repeat(40)]) {
      const { client } = await subscriber(nsqd, ["a"], 1);
      using _client = client;
      const { id } = await client.nextMessage();
      const requeuedAt = performance.now();
      await client.send(`REQ ${id} ${delay}\n`);
      await client.nextMessage();
      expectWithin(performance.now() - requeuedAt, 800);
    }
  });

  test("a message that is not finished in time comes again, for anybody", async (nsqd) => {
    const { client, topic, subscribedAt } = await subscriber(nsqd, ["a"], 1, 1000);
    using _client = client;
    const first = await client.nextMessage();
    await client.ready(0);
    using other = await Client.connect(nsqd.tcpPort);
    await other.subscribe(topic, "ch", 1);
    const second = await other.nextMessage();
    expectWithin(performance.now() - subscribedAt, 1000);
    equal(second.id, first.id);
    equal(second.attempts, 2);
    await client.finish(first.id);
    await client.expectError(`E_FIN_FAILED FIN ${first.id} failed client does not own message`);
    equal((await nsqd.channel(topic, "ch")).timeout_count, 1);
  });

  test("a timed out message frees its place in RDY", async (nsqd) => {
    const { client } = await subscriber(nsqd, ["a"], 1, 1000);
    using _client = client;
    const deliveries = await client.nextMessages(3);
    equal(deliveries.map((message) => message.attempts).join(), "1,2,3");
  });

  test("a timed out message goes behind what is queued", async (nsqd) => {
    const { client } = await subscriber(nsqd, ["a", "b", "c"], 1, 1000);
    using _client = client;
    const slow = await client.nextMessage();
    const rest = await client.consume(3);
    equal([slow, ...rest].map((message) => message.body).join(), "a,b,c,a");
  });

  test("TOUCH gives the message its whole time again", async (nsqd) => {
    const { client, topic } = await subscriber(nsqd, ["a"], 1, 1000);
    using _client = client;
    const { id } = await client.nextMessage();
    await client.expectSilence(600);
    await client.touch(id);
    await client.expectSilence(700);
    await client.finish(id);
    await client.expectAlive();
    equal((await nsqd.channel(topic, "ch")).timeout_count, 0);
  });

  test("TOUCH does not extend beyond max-msg-timeout", async (nsqd) => {
    const { client, subscribedAt } = await subscriber(nsqd, ["a"], 1, 1000);
    using _client = client;
    const { id } = await client.nextMessage();
    for (let touches = 0; touches < 2; touches++) {
      await client.expectSilence(650);
      await client.touch(id);
    }
    const again = await client.nextMessage();
    equal(again.attempts, 2);
    expectWithin(performance.now() - subscribedAt, 1500);
  });

  test("messages of a lost connection come back after their timeout, not before", async (nsqd) => {
    const { client, topic, subscribedAt } = await subscriber(nsqd, ["a"], 1, 1000);
    const { id } = await client.nextMessage();
    client.close();
    using other = await Client.connect(nsqd.tcpPort);
    await other.subscribe(topic, "ch", 1);
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 1);
    const again = await other.nextMessage();
    expectWithin(performance.now() - subscribedAt, 1000);
    equal(again.id, id);
    equal(again.attempts, 2);
    await other.finish(id);
    await other.expectAlive();
  });
});

nsqdSuite(["--msg-timeout=300ms"], (test) => {
  test("msg-timeout holds for clients that set none", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.publish("t", "a");
    const subscribedAt = performance.now();
    await client.subscribe("t", "ch", 1);
    const [, again] = await client.nextMessages(2);
    expectWithin(performance.now() - subscribedAt, 300);
    equal(again!.attempts, 2);
  });
});

nsqdSuite([], (test) => {
  test("DPUB holds the message back until it is due", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 10);
    const publishedAt = performance.now();
    await client.publishDeferred(topic, 400, "later");
    await client.publish(topic, "now");
    equal((await client.nextMessage()).body, "now");
    const { depth, deferred_count, message_count } = await nsqd.channel(topic, "ch");
    equal(`${depth} ${deferred_count} ${message_count}`, "0 1 2");
    const later = await client.nextMessage();
    expectWithin(performance.now() - publishedAt, 400);
    equal(later.body, "later");
    equal(later.attempts, 1);
  });

  test("DPUB is deferred on every channel", async (nsqd) => {
    const topic = topicName();
    using a = await Client.connect(nsqd.tcpPort);
    using b = await Client.connect(nsqd.tcpPort);
    await a.subscribe(topic, "a", 1);
    await b.subscribe(topic, "b", 1);
    const publishedAt = performance.now();
    await a.publishDeferred(topic, 300, "later");
    await Promise.all([a.nextMessage(), b.nextMessage()].map(async (message) => {
      equal((await message).body, "later");
      expectWithin(performance.now() - publishedAt, 300);
    }));
  });

  test("DPUB over HTTP is held back as well", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 1);
    const publishedAt = performance.now();
    await nsqd.post(`/pub?topic=${topic}&defer=300`, "later");
    await client.nextMessage();
    expectWithin(performance.now() - publishedAt, 300);
  });

  test("DPUB waits for a paused channel", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 1);
    await nsqd.post(`/channel/pause?topic=${topic}&channel=ch`);
    await client.publishDeferred(topic, 100, "later");
    await client.expectSilence(300);
    await nsqd.post(`/channel/unpause?topic=${topic}&channel=ch`);
    equal((await client.nextMessage()).body, "later");
  });
});

nsqdSuite(["--mem-queue-size=1"], (test) => {
  test.betterThanReference("DPUB keeps its delay when memory is full", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch("t", ["a", "b", "c"]);
    const publishedAt = performance.now();
    await client.publishDeferred("t", 900, "later");
    await client.subscribe("t", "ch", 10);
    await client.nextMessages(3);
    const later = await client.nextMessage();
    equal(later.body, "later");
    expectWithin(performance.now() - publishedAt, 900);
  });
});
