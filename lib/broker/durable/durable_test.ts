import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { seededRandom } from "../../storage/testing/seeded_random.ts";
import { type Delivery, fakeConsumer, idBytes } from "../testing/fake_consumer.ts";
import { batchOf, publish, TestBroker, type TestBrokerOptions } from "../testing/test_broker.ts";

const DURABLE: TestBrokerOptions = { isDurable: (topic) => !topic.endsWith("#ephemeral") };

/** A consumer of a channel that keeps what it gets. */
function consume(test: TestBroker, topic: string, channel: string, ready: number) {
  const got: Delivery[] = [];
  const { subscription } = fakeConsumer(
    test.broker.topic(topic).channel(channel),
    (delivery) => got.push(delivery),
  );
  subscription.setReady(ready);
  return {
    got,
    subscription,
    finish: (each: Delivery) => subscription.finish(idBytes(each.id), 0),
    requeue: (each: Delivery, delayMs: number) =>
      subscription.requeue(idBytes(each.id), 0, delayMs),
    bodies: () => got.map(({ body, attempts }) => `${body}@${attempts}`),
  };
}

/** The process is killed, or the power cut, and a broker started on what is left. */
async function crash(test: TestBroker, cut = false, options = DURABLE): Promise<TestBroker> {
  await test.turn();
  test.scheduler.stop();
  const disk = cut ? test.disk.powerCut(seededRandom(7)) : test.disk.restart();
  const next = new TestBroker({ ...options, disk, time: test.time });
  next.broker.loading(() => next.broker.topic("t"));
  await next.turn();
  return next;
}

Deno.test("What was acknowledged is there after a power cut, whatever had become of it", async () => {
  const test = new TestBroker(DURABLE);
  const topic = test.broker.topic("t");
  topic.channel("c");
  for (let i = 0; i < 6; i++) publish(topic, `m${i}`);
  const body = new TextEncoder().encode("later");
  topic.publishDeferred(body, 0, body.length, 5000);
  const { got, finish, requeue } = consume(test, "t", "c", 5);
  await test.turn();
  equal(got.length, 5);
  finish(got[1]!);
  requeue(got[2]!, 0);
  requeue(got[3]!, 3000);
  await test.turn();
  await test.advance(60); // events that nobody waits for are written
  const after = await crash(test, true);
  const stats = after.broker.topic("t").channel("c").stats("", false);
  equal(stats.deferred_count, 2);
  const consumer = consume(after, "t", "c", 100);
  await after.turn();
  deepEqual(consumer.bodies(), ["m0@2", "m2@3", "m4@2", "m5@2"]);
  await after.advance(3000);
  equal(consumer.bodies().at(-1), "m3@2");
  await after.advance(2000);
  equal(consumer.bodies().at(-1), "later@1");
  for (const each of consumer.got) consumer.finish(each);
  await after.advance(60);
  const last = await crash(after);
  equal(last.broker.topic("t").channel("c").depth, 0);
});

Deno.test("An overflowing durable topic writes nothing twice and is read back in order", async () => {
  const test = new TestBroker({ ...DURABLE, memQueueSize: 3 });
  const topic = test.broker.topic("t");
  topic.channel("c");
  topic.channel("d");
  topic.publishBatch(...batchOf(Array.from({ length: 50 }, (_, i) => `m${i}`)));
  for (let i = 50; i < 60; i++) publish(topic, `m${i}`);
  await test.turn();
  const bytes = test.disk.content("/d/t.journal.000001.dat")!.length;
  equal(bytes < 60 * 60, true);
  const { bodies } = consume(test, "t", "c", 100);
  await test.turn();
  deepEqual(bodies(), Array.from({ length: 60 }, (_, i) => `m${i}@1`));
  const after = await crash(test);
  equal(after.broker.topic("t").channel("d").depth, 60);
});

Deno.test("What waits in a durable topic goes to the first channel, later ones get what is new", async () => {
  const test = new TestBroker(DURABLE);
  const topic = test.broker.topic("t");
  for (let i = 0; i < 5; i++) publish(topic, `m${i}`);
  equal(topic.depth, 5);
  const after = await crash(test, true);
  const again = after.broker.topic("t");
  equal(again.depth, 5);
  const { bodies } = consume(after, "t", "c", 100);
  await after.turn();
  deepEqual(bodies(), ["m0@1", "m1@1", "m2@1", "m3@1", "m4@1"]);
  equal(again.channel("d").depth, 0);
  publish(again, "m5");
  equal(again.channel("d").depth, 1);
  equal(again.depth, 0);
});

Deno.test("What is finished goes when it is too old, though nothing happens", async () => {
  const options = { ...DURABLE, segmentBytes: 2000, retention: { ageMs: 30_000 } };
  const test = new TestBroker(options), topic = test.broker.topic("t");
  const { got, finish } = consume(test, "t", "c", 200);
  for (let i = 0; i < 100; i++) {
    publish(topic, `m${i}`.padEnd(50, "."));
    await test.turn();
  }
  for (const each of got) finish(each);
  await test.advance(10_000);
  const bytes = () => topic.stats("", "", false).journal_bytes!;
  const full = bytes();
  equal(full > 5000, true);
  for (let i = 0; i < 5; i++) await test.advance(3000); // the broker looks every five seconds
  equal(bytes(), full);
  const retainedFrom = topic.stats("", "", false).retained_from!;
  for (let i = 0; i < 10; i++) await test.advance(3000);
  equal(bytes() < 200, true, `${bytes()} of ${full} bytes are left`);
  equal(topic.stats("", "", false).retained_from! > retainedFrom, true);
  publish(topic, "next");
  await test.turn();
  const after = await crash(test, true, options);
  equal(after.broker.topic("t").channel("c").depth, 1);
});

Deno.test("What was published to a paused topic waits there, whatever part of the commit a power cut leaves", async () => {
  const test = new TestBroker(DURABLE), topic = test.broker.topic("t");
  topic.channel("c");
  publish(topic, "before");
  topic.pause();
  await test.turn();
  await test.broker.closeJournals();
  const path = "/d/t.journal.000001.dat", acknowledged = test.disk.content(path)!.length;
  const next = new TestBroker({ ...DURABLE, disk: test.disk.restart(), time: test.time });
  next.broker.loading(() => next.broker.topic("t"));
  publish(next.broker.topic("t"), "waits");
  await next.turn();
  const second = "/d/t.journal.000002.dat", whole = next.disk.content(second)!;
  const disk = next.disk.restart();
  equal(disk.content(path)!.length, acknowledged);
  for (let end = whole.length; end > whole.length - 200; end -= 10) {
    disk.put(second, whole.slice(0, end));
    const after = new TestBroker({ ...DURABLE, disk: disk.restart(), time: test.time });
    after.broker.loading(() => after.broker.topic("t"));
    equal(after.broker.topic("t").channel("c").depth, 1, `${end} of ${whole.length} bytes`);
  }
});

Deno.test("Whoever changes a durable topic is answered when that is on the disk, whatever waits there", async () => {
  const test = new TestBroker(DURABLE);
  const { broker } = test, { barrier } = broker;
  const topic = broker.topic("t");
  for (let i = 0; i < 5; i++) publish(topic, `m${i}`);
  await test.turn();
  const changes: [string, () => void][] = [
    ["the first channel", () => topic.channel("c")],
    ["another channel", () => topic.channel("d")],
    ["pausing a channel", () => topic.channel("c").pause()],
    ["pausing", () => topic.pause()],
    ["going on", () => {
      publish(topic, "waits");
      barrier.begin();
      topic.unpause();
    }],
    ["deleting a channel", () => topic.deleteChannel("d")],
    ["deleting the last channel", () => topic.deleteChannel("c")],
  ];
  for (const [name, change] of changes) {
    barrier.begin();
    change();
    const { required } = barrier;
    equal(required !== 0 && !barrier.isPassed(required), true, name);
    await test.turn();
    equal(barrier.isPassed(required), true, name);
  }
});
