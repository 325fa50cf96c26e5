/** Pausing, emptying, deleting, and topics and channels that live only while they are used. */
import { deepEqual, equal } from "../harness/assert.ts";
import { Client, eventually, nsqdSuite, topicName } from "../harness/mod.ts";

nsqdSuite([], (test) => {
  test("paused channel holds its messages back, others do not", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    using other = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 5);
    await other.subscribe(topic, "other", 5);
    await nsqd.post(`/channel/pause?topic=${topic}&channel=ch`);
    equal((await nsqd.channel(topic, "ch")).paused, true);
    await other.publish(topic, "held");
    equal((await other.nextMessage()).body, "held");
    await client.expectSilence(100);
    equal((await nsqd.channel(topic, "ch")).depth, 1);
    await nsqd.post(`/channel/unpause?topic=${topic}&channel=ch`);
    equal((await client.nextMessage()).body, "held");
    equal((await nsqd.channel(topic, "ch")).paused, false);
  });

  test("paused channel still takes FIN and REQ for what is in flight", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, ["a", "b"]);
    await client.subscribe(topic, "ch", 2);
    const [a, b] = await client.nextMessages(2);
    await nsqd.post(`/channel/pause?topic=${topic}&channel=ch`);
    await client.finish(a?.id ?? "");
    await client.requeue(b?.id ?? "", 0);
    await client.expectSilence(100);
    const { depth, in_flight_count } = await nsqd.channel(topic, "ch");
    deepEqual({ depth, in_flight_count }, { depth: 1, in_flight_count: 0 });
  });

  test("paused topic keeps its messages from all channels", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 5);
    await nsqd.post(`/topic/pause?topic=${topic}`);
    await client.publishBatch(topic, ["a", "b"]);
    await client.expectSilence(100);
    const figures = await nsqd.topic(topic);
    equal(figures.paused, true);
    equal(figures.depth, 2);
    equal(figures.channels[0]?.depth, 0);
    await nsqd.post(`/topic/unpause?topic=${topic}`);
    deepEqual((await client.nextMessages(2)).map((message) => message.body), ["a", "b"]);
  });

  test("channel made while its topic is paused gets what waits there", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    using late = await Client.connect(nsqd.tcpPort);
    await client.subscribe(topic, "ch", 5);
    await nsqd.post(`/topic/pause?topic=${topic}`);
    await client.publish(topic, "waiting");
    await late.subscribe(topic, "late", 5);
    await nsqd.post(`/topic/unpause?topic=${topic}`);
    equal((await client.nextMessage()).body, "waiting");
    equal((await late.nextMessage()).body, "waiting");
  });

  test("emptied channel forgets what it queued, deferred and delivered", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, ["held", "queued", "queued too"]);
    await client.publishDeferred(topic, 60_000, "deferred");
    await client.subscribe(topic, "ch", 1);
    const { id } = await client.nextMessage();
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).deferred_count, 1));
    await client.ready(0);
    await client.expectAlive();
    await nsqd.post(`/channel/empty?topic=${topic}&channel=ch`);
    const { depth, in_flight_count, deferred_count } = await nsqd.channel(topic, "ch");
    deepEqual({ depth, in_flight_count, deferred_count }, {
      depth: 0,
      in_flight_count: 0,
      deferred_count: 0,
    });
    await client.finish(id);
    await client.expectError(`E_FIN_FAILED FIN ${id} failed ID not in flight`);
    await client.ready(1);
    await client.publish(topic, "new");
    equal((await client.nextMessage()).body, "new");
  });

  test("emptied topic forgets what no channel has yet", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, ["a", "b"]);
    await nsqd.post(`/topic/empty?topic=${topic}`);
    equal((await nsqd.topic(topic)).depth, 0);
    await client.subscribe(topic, "ch", 1);
    await client.publish(topic, "new");
    equal((await client.nextMessage()).body, "new");
  });

  test("deleted channel closes its consumers and starts afresh", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.publishBatch(topic, ["a", "b"]);
    await client.subscribe(topic, "ch", 1);
    await client.nextMessage();
    await nsqd.post(`/channel/delete?topic=${topic}&channel=ch`);
    await client.expectClosed();
    equal((await nsqd.topic(topic)).channels.length, 0);
    using next = await Client.connect(nsqd.tcpPort);
    await next.subscribe(topic, "ch", 1);
    await next.expectSilence(50);
    await next.publish(topic, "new");
    equal((await next.nextMessage()).body, "new");
  });

  test("deleted topic closes the consumers of all its channels", async (nsqd) => {
    const topic = topicName();
    using a = await Client.connect(nsqd.tcpPort);
    using b = await Client.connect(nsqd.tcpPort);
    await a.subscribe(topic, "a", 1);
    await b.subscribe(topic, "b", 1);
    await nsqd.post(`/topic/delete?topic=${topic}`);
    await a.expectClosed();
    await b.expectClosed();
    equal((await nsqd.topics(topic)).length, 0);
    using producer = await Client.connect(nsqd.tcpPort);
    await producer.publish(topic, "new");
    equal((await nsqd.topic(topic)).message_count, 1);
  });

  test("ephemeral channel goes with its last consumer", async (nsqd) => {
    const topic = topicName();
    const first = await Client.connect(nsqd.tcpPort);
    const second = await Client.connect(nsqd.tcpPort);
    using _clients = closing(first, second);
    await first.subscribe(topic, "ch#ephemeral", 1);
    await second.subscribe(topic, "ch#ephemeral", 1);
    first.close();
    await eventually(async () => equal((await nsqd.topic(topic)).channels[0]?.client_count, 1));
    second.close();
    await eventually(async () => equal((await nsqd.topic(topic)).channels.length, 0));
    equal((await nsqd.topics(topic)).length, 1);
  });

  test("ephemeral topic goes with its last channel", async (nsqd) => {
    const topic = `${topicName()}#ephemeral`;
    const client = await Client.connect(nsqd.tcpPort);
    using _client = closing(client);
    await client.subscribe(topic, "ch#ephemeral", 1);
    await client.publish(topic, "body");
    equal((await client.nextMessage()).body, "body");
    client.close();
    await eventually(async () => equal((await nsqd.topics(topic)).length, 0));
  });

  test("ephemeral topic stays while it has a durable channel", async (nsqd) => {
    const topic = `${topicName()}#ephemeral`;
    const client = await Client.connect(nsqd.tcpPort);
    using _client = closing(client);
    await client.subscribe(topic, "durable", 1);
    client.close();
    await eventually(async () => equal((await nsqd.channel(topic, "durable")).client_count, 0));
    await nsqd.post(`/channel/delete?topic=${encodeURIComponent(topic)}&channel=durable`);
    await eventually(async () => equal((await nsqd.topics(topic)).length, 0));
  });
});

nsqdSuite(["--mem-queue-size=10"], (test) => {
  test("ephemeral channel drops what does not fit in memory", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "ch#ephemeral");
    for (let i = 0; i < 30; i++) await client.publish("t", `m${i}`);
    await eventually(async () => {
      const { depth, message_count } = await nsqd.channel("t", "ch#ephemeral");
      deepEqual({ depth, message_count }, { depth: 10, message_count: 30 });
    });
    await client.ready(30);
    const bodies = (await client.nextMessages(10)).map((message) => message.body);
    deepEqual(bodies, Array.from({ length: 10 }, (_, i) => `m${i}`));
    await client.expectSilence(50);
  });
});

/** Closes the clients at the end of a scope, those that are closed already included. */
function closing(...clients: Client[]): Disposable {
  return { [Symbol.dispose]: () => clients.forEach((client) => client.close()) };
}
