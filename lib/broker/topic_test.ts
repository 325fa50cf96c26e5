import assert from "node:assert/strict";
import type { Channel } from "./channel.ts";
import { type Delivery, fakeConsumer, idBytes } from "./testing/fake_consumer.ts";
import { batchOf, publish, TestBroker } from "./testing/test_broker.ts";

function subscribe(channel: Channel, ready = 100_000): Delivery[] {
  const delivered: Delivery[] = [];
  fakeConsumer(channel, (delivery) => delivered.push(delivery)).subscription.setReady(ready);
  return delivered;
}

function bodiesOf(delivered: readonly Delivery[]): string[] {
  return delivered.map(({ body }) => body);
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i}`);
}

Deno.test("Topic gives every channel every message, in order", async () => {
  const test = new TestBroker();
  const topic = test.broker.topic("t");
  const delivered = [subscribe(topic.channel("a")), subscribe(topic.channel("b"))];
  publish(topic, "one");
  topic.publishBatch(...batchOf(["two", "three"]));
  await test.turn();
  for (const each of delivered) assert.deepEqual(bodiesOf(each), ["one", "two", "three"]);
});

Deno.test("Topic gives what waited to its first channel only", async () => {
  const test = new TestBroker({ memQueueSize: 3 });
  const topic = test.broker.topic("t");
  topic.publishBatch(...batchOf(texts(10)));
  const first = subscribe(topic.channel("first"));
  while (topic.depth > 0) await test.advance(1);
  const second = subscribe(topic.channel("second"));
  publish(topic, "new");
  await test.advance(1);
  assert.deepEqual(bodiesOf(first), [...texts(10), "new"]);
  assert.deepEqual(bodiesOf(second), ["new"]);
});

Deno.test("Topic hands a large backlog on in several turns", async () => {
  const test = new TestBroker({ memQueueSize: 0, maxBytesPerFile: 10_000_000 });
  const topic = test.broker.topic("t");
  for (let i = 0; i < 100; i++) publish(topic, `${i}`.padEnd(5000));
  const channel = topic.channel("c");
  let turns = 0;
  for (let depth = topic.depth; depth > 0; depth = topic.depth, turns++) {
    await test.advance(1);
    assert.ok(topic.depth < depth);
  }
  assert.ok(turns >= 3, `in ${turns} turns`);
  assert.equal(channel.depth, 100);
});

Deno.test("Topic keeps messages while it is paused, and hands them on in order after", async () => {
  const test = new TestBroker({ memQueueSize: 2 });
  const topic = test.broker.topic("t");
  const delivered = subscribe(topic.channel("c"));
  publish(topic, "before");
  await test.turn();
  topic.pause();
  topic.publishBatch(...batchOf(texts(5)));
  await test.advance(10);
  assert.equal(topic.depth, 5);
  topic.unpause();
  publish(topic, "after");
  for (let ms = 0; ms < 10; ms++) await test.advance(1);
  assert.deepEqual(bodiesOf(delivered), ["before", ...texts(5), "after"]);
});

Deno.test("Topic keeps the delay of a deferred message while it is paused", async () => {
  const test = new TestBroker();
  const topic = test.broker.topic("t");
  const delivered = subscribe(topic.channel("c"));
  topic.pause();
  topic.publishDeferred(new TextEncoder().encode("later"), 0, 5, 1000);
  await test.advance(400);
  topic.unpause();
  await test.advance(599);
  assert.deepEqual(bodiesOf(delivered), []);
  await test.advance(1);
  assert.deepEqual(bodiesOf(delivered), ["later"]);
});

Deno.test("Topic.publish that fails queues nothing, and the next message is the next delivered", async () => {
  const test = new TestBroker({ memQueueSize: 0 });
  const topic = test.broker.topic("t");
  const delivered = subscribe(topic.channel("c"));
  test.disk.capacityBytes = 0;
  assert.throws(() => publish(topic, "lost"), /no space left on device/);
  assert.throws(() => topic.publishBatch(...batchOf(texts(2000))), /no space left on device/);
  assert.match(test.broker.health(), /^NOK - /);
  test.disk.capacityBytes = Infinity;
  publish(topic, "kept");
  await test.turn();
  assert.equal(test.broker.health(), "OK");
  assert.deepEqual(bodiesOf(delivered), ["kept"]);
  assert.equal(topic.messageCount, 1);
});

Deno.test("Topic without disk keeps the oldest while it waits, and hands them on", async () => {
  const test = new TestBroker({ memQueueSize: 3 });
  const topic = test.broker.topic("t#ephemeral");
  publish(topic, "one");
  topic.publishBatch(...batchOf(["two", "three", "four", "five"]));
  publish(topic, "six");
  assert.equal(topic.depth, 3);
  const delivered = subscribe(topic.channel("c#ephemeral"));
  publish(topic, "new");
  await test.advance(1);
  assert.deepEqual(bodiesOf(delivered), ["one", "two", "three", "new"]);
});

Deno.test("Topic delivers what a failed batch left in a channel", async () => {
  const test = new TestBroker({ memQueueSize: 2 });
  const topic = test.broker.topic("t");
  const ephemeral = subscribe(topic.channel("a#ephemeral"));
  const durable = subscribe(topic.channel("b"));
  test.disk.capacityBytes = 0;
  // The ephemeral channel has delivered all before the other one finds its disk full.
  assert.throws(() => topic.publishBatch(...batchOf(texts(10))), /no space left/);
  await test.turn();
  assert.deepEqual(bodiesOf(ephemeral), texts(10));
  assert.deepEqual(bodiesOf(durable), texts(10));
});

Deno.test("Topic without disk goes with its last channel, which goes with its last consumer", () => {
  const test = new TestBroker();
  const topic = test.broker.topic("t#ephemeral");
  const channel = topic.channel("c#ephemeral");
  fakeConsumer(channel).subscription.close();
  assert.equal(test.broker.topics.size, 0);
  assert.ok(topic.closed);
  assert.throws(() => publish(topic, "a"), /^Error: exiting$/);
  assert.equal(test.durableChanges, 0);
});

Deno.test("Topic.delete takes its messages, channels and files along", async () => {
  const test = new TestBroker({ memQueueSize: 1 });
  const topic = test.broker.topic("t");
  topic.channel("a");
  topic.channel("b");
  topic.publishBatch(...batchOf(texts(20)));
  topic.pause();
  topic.publishBatch(...batchOf(texts(20)));
  await test.turn();
  assert.ok(test.disk.paths.length > 0);
  test.broker.deleteTopic("t");
  assert.deepEqual(test.disk.paths, []);
  assert.equal(test.pool.liveReferences(), 0);
  assert.equal(test.broker.stats("t", "", false), null);
});

Deno.test("Topic gives memory back when it has been quiet", async () => {
  const test = new TestBroker();
  const topic = test.broker.topic("t");
  const delivered: Delivery[] = [];
  const { subscription } = fakeConsumer(topic.channel("c"), (each) => delivered.push(each));
  subscription.setReady(1);
  publish(topic, "a");
  await test.turn();
  assert.ok(topic.log.tail.bytes.length > 0);
  assert.ok(subscription.finish(idBytes(delivered[0]!.id), 0));
  await test.advance(5000);
  assert.equal(topic.log.tail.bytes.length, 0);
});
