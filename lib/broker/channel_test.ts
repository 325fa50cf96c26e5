import assert from "node:assert/strict";
import { Locality } from "./consumer_sink.ts";
import { type Delivery, fakeConsumer, idBytes } from "./testing/fake_consumer.ts";
import { batchOf, publish, TestBroker, type TestBrokerOptions } from "./testing/test_broker.ts";

/** A broker with a topic, a channel, and a list of what was delivered. */
function setUp(options: TestBrokerOptions = {}, channelName = "c") {
  const test = new TestBroker(options);
  const topic = test.broker.topic("t");
  const channel = topic.channel(channelName);
  const delivered: Delivery[] = [];
  const subscribe = (ready: number, settings = {}) => {
    const client = fakeConsumer(channel, (delivery) => delivered.push(delivery), settings);
    client.subscription.setReady(ready);
    return client;
  };
  const bodies = () => delivered.map(({ body }) => body);
  return { test, topic, channel, delivered, subscribe, bodies };
}

function texts(count: number, prefix = ""): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

Deno.test("Channel shares messages among its consumers, none of which gets more than it is ready for", async () => {
  const { test, topic, channel, delivered, subscribe } = setUp();
  const clients = [subscribe(300), subscribe(200), subscribe(0)];
  topic.publishBatch(...batchOf(texts(1000)));
  await test.turn();
  assert.deepEqual(clients.map(({ subscription }) => subscription.inFlightCount), [300, 200, 0]);
  assert.equal(channel.depth, 500);
  assert.deepEqual(delivered.slice(0, 256).map(({ sink }) => sink), [
    ...new Array(128).fill(clients[0]!.sink),
    ...new Array(128).fill(clients[1]!.sink),
  ], "in turns");
});

Deno.test("Channel puts a requeued message behind what waits, with one more attempt", async () => {
  const { test, topic, delivered, subscribe, bodies } = setUp();
  const { subscription } = subscribe(1);
  topic.publishBatch(...batchOf(["a", "b", "c"]));
  await test.turn();
  subscription.requeue(idBytes(delivered[0]!.id), 0, 0);
  for (let i = 1; i <= 3; i++) {
    await test.turn();
    subscription.finish(idBytes(delivered[i]!.id), 0);
  }
  assert.deepEqual(bodies(), ["a", "b", "c", "a"]);
  assert.deepEqual(delivered.map(({ attempts }) => attempts), [1, 1, 1, 2]);
  assert.equal(delivered[3]!.id, delivered[0]!.id);
});

Deno.test("Channel keeps the messages of a lost connection in flight until their timeout", async () => {
  const { test, topic, channel, subscribe, bodies } = setUp();
  const lost = subscribe(1, { msgTimeoutMs: 1000 });
  publish(topic, "a");
  await test.turn();
  lost.subscription.close();
  subscribe(1);
  await test.advance(999);
  assert.deepEqual(bodies(), ["a"]);
  await test.advance(1);
  assert.deepEqual(bodies(), ["a", "a"]);
  assert.equal(channel.stats("", false).timeout_count, 1);
});

Deno.test("Channel forgets consumers that leave while nothing is published", async () => {
  const { test, topic, subscribe, bodies } = setUp();
  let asked = 0;
  for (let i = 0; i < 5000; i++) {
    const { subscription } = subscribe(1);
    subscription.close();
    Object.defineProperty(subscription, "capacity", { get: () => (asked++, 0) });
  }
  subscribe(1);
  publish(topic, "a");
  await test.turn();
  assert.deepEqual(bodies(), ["a"]);
  assert.ok(asked < 100, "those who left still stand in line");
});

Deno.test("Channel refuses more consumers than it may have", () => {
  const { subscribe } = setUp({ maxChannelConsumers: 2 });
  subscribe(1);
  subscribe(1);
  assert.throws(() => subscribe(1), /^Error: consumers for t:c exceeds limit of 2$/);
});

Deno.test("Channel drops what a sampling consumer does not want", async () => {
  const chances = [0.1, 0.505, 0.51, 0.9, 0.2];
  const { test, topic, channel, subscribe, bodies } = setUp({ random: () => chances.shift() ?? 0 });
  subscribe(100, { sampleRate: 50 });
  topic.publishBatch(...batchOf(["a", "b", "c", "d", "e", "f"]));
  await test.turn();
  assert.deepEqual(bodies(), ["a", "b", "e", "f"], "50 itself is still wanted");
  assert.equal(channel.depth, 0);
});

Deno.test("Channel serves near consumers first if topology-aware", async () => {
  const { test, topic, delivered, subscribe, channel } = setUp({ topologyAware: true });
  const global = subscribe(2, { locality: Locality.Global });
  const region = subscribe(2, { locality: Locality.Region });
  const zone = subscribe(2, { locality: Locality.Zone });
  topic.publishBatch(...batchOf(["a", "b", "c", "d", "e"]));
  await test.turn();
  assert.deepEqual(delivered.map(({ sink }) => sink), [
    zone.sink,
    zone.sink,
    region.sink,
    region.sink,
    global.sink,
  ]);
  const stats = channel.stats("", false);
  assert.equal(stats.zone_local_msg_count, 2);
  assert.equal(stats.region_local_msg_count, 2);
  assert.equal(stats.global_msg_count, 1);
});

Deno.test("Channel delivers nothing more to a connection that does not read", async () => {
  const { test, topic, delivered, subscribe } = setUp();
  const { subscription, sink } = subscribe(1000);
  const body = "x".repeat(100_000);
  for (let i = 0; i < 40; i++) publish(topic, body);
  await test.turn();
  const before = delivered.length;
  assert.ok(before >= 10 && before <= 12, `${before} messages of 100 kB wait in the connection`);
  sink.drain();
  subscription.resume();
  await test.turn();
  assert.ok(delivered.length > before);
});

Deno.test("Channel without disk keeps the oldest messages", async () => {
  const { test, topic, channel, subscribe, bodies } = setUp({ memQueueSize: 5 }, "c#ephemeral");
  topic.publishBatch(...batchOf(texts(4)));
  topic.publishBatch(...batchOf(texts(4, "more ")));
  assert.equal(channel.depth, 5);
  subscribe(100);
  await test.turn();
  assert.deepEqual(bodies(), ["0", "1", "2", "3", "more 0"]);
});

Deno.test("Channel without disk drops in the order of the queue, requeued messages too", async () => {
  const { test, topic, channel, delivered, subscribe, bodies } = setUp(
    { memQueueSize: 4 },
    "c#ephemeral",
  );
  const { subscription } = subscribe(2);
  topic.publishBatch(...batchOf(["a", "b", "c", "d"]));
  await test.turn();
  subscription.setReady(0);
  subscription.requeue(idBytes(delivered[0]!.id), 0, 0); // c d a
  publish(topic, "e"); // c d a e
  subscription.requeue(idBytes(delivered[1]!.id), 0, 0); // b does not fit
  publish(topic, "f"); // nor does f
  assert.equal(channel.depth, 4);
  delivered.length = 0;
  subscription.setReady(100);
  await test.turn();
  assert.deepEqual(bodies(), ["c", "d", "a", "e"]);
});

Deno.test("Channel.delete closes the connections and takes its files along", async () => {
  const { test, topic, subscribe } = setUp({ memQueueSize: 0 });
  const { sink } = subscribe(0);
  publish(topic, "a");
  await test.turn();
  assert.ok(test.disk.paths.some((path) => path.includes("t:c.diskqueue")));
  topic.deleteChannel("c");
  assert.ok(sink.closed);
  assert.deepEqual(test.disk.paths, []);
  assert.equal(test.pool.liveReferences(), 0);
});

Deno.test("Channel touches a message until --max-msg-timeout after its delivery, no longer", async () => {
  const { test, topic, delivered, subscribe } = setUp({ maxMsgTimeoutMs: 2500 });
  const { subscription } = subscribe(1, { msgTimeoutMs: 1000 });
  publish(topic, "a");
  await test.turn();
  const id = idBytes(delivered[0]!.id);
  for (const ms of [900, 900, 600]) {
    assert.ok(subscription.touch(id, 0), `before ${ms} ms`);
    await test.advance(ms);
  }
  assert.equal(delivered.length, 1, "2400 ms after the delivery");
  subscription.touch(id, 0);
  await test.advance(99);
  assert.equal(delivered.length, 1);
  await test.advance(1);
  assert.equal(delivered.length, 2);
  assert.ok(!subscription.touch(idBytes("0".repeat(16)), 0));
});
