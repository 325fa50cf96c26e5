import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { Channel } from "./channel.ts";
import { type Delivery, fakeConsumer, idBytes } from "./testing/fake_consumer.ts";
import { batchOf, publish, TestBroker, type TestBrokerOptions } from "./testing/test_broker.ts";

/** Where messages wait: in memory, on disk but for a few, in a journal. */
const KINDS: Record<string, TestBrokerOptions> = {
  memory: {},
  disk: { memQueueSize: 1 },
  journal: { isDurable: () => true },
  "journal, most of it read back": { isDurable: () => true, memQueueSize: 1 },
};

const figures = (channel: Channel) => {
  const { depth, expired_count, rejected_count, dropped_count, dead_count } = channel.stats(
    "",
    false,
  );
  return { depth, expired_count, rejected_count, dropped_count, dead_count };
};
const NONE = { depth: 0, expired_count: 0, rejected_count: 0, dropped_count: 0, dead_count: 0 };

function consume(channel: Channel, ready: number): { got: Delivery[]; bodies: () => string[] } {
  const got: Delivery[] = [];
  const { subscription } = fakeConsumer(channel, (delivery) => {
    got.push(delivery);
    queueMicrotask(() => subscription.finish(idBytes(delivery.id), 0));
  });
  subscription.setReady(ready);
  return { got, bodies: () => got.map(({ body }) => body) };
}

for (const [kind, options] of Object.entries(KINDS)) {
  Deno.test(`what is too old is not delivered, and goes though nobody asks: ${kind}`, async () => {
    const test = new TestBroker({ ...options, rules: { maxAgeMs: 10_000 } });
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    for (const body of ["a", "b"]) publish(topic, body);
    await test.advance(6000);
    for (const body of ["c", "d"]) publish(topic, body);
    await test.turn();
    await test.advance(5000); // nobody looks so soon
    const { bodies } = consume(channel, 10);
    await test.turn();
    deepEqual(bodies(), ["c", "d"]);
    deepEqual(figures(channel), { ...NONE, expired_count: 2 });
    topic.channel("idle");
    publish(topic, "e");
    await test.advance(20_000);
    deepEqual(figures(topic.channel("idle")), { ...NONE, expired_count: 1 });
  });

  Deno.test(`a deferred message ages since it was due: ${kind}`, async () => {
    const test = new TestBroker({ ...options, rules: { maxAgeMs: 10_000 } });
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    const body = new TextEncoder().encode("late");
    topic.publishDeferred(body, 0, body.length, 15_000);
    topic.publishDeferred(body, 0, body.length, 15_000);
    await test.advance(15_000);
    await test.advance(9000);
    equal(figures(channel).depth, 2);
    const { bodies } = consume(channel, 1);
    await test.turn();
    deepEqual(bodies(), ["late", "late"]);
    topic.publishDeferred(body, 0, body.length, 15_000);
    topic.channel("idle");
    topic.publishDeferred(body, 0, body.length, 15_000);
    await test.advance(15_000);
    await test.advance(11_000);
    await test.advance(3000);
    deepEqual(figures(topic.channel("idle")), { ...NONE, expired_count: 1 });
  });

  Deno.test(`what is too old dies if that is asked for: ${kind}`, async () => {
    const test = new TestBroker({ ...options, rules: { maxAgeMs: 1000, expired: "dead_letter" } });
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    for (const body of ["a", "b", "c"]) publish(topic, body);
    await test.advance(1300);
    await test.advance(100);
    deepEqual(figures(channel), { ...NONE, expired_count: 3, dead_count: 3 });
    equal(channel.dead.list(0, 1)[0]!.why, "max_age");
    equal(channel.inFlightCount, 0);
  });

  Deno.test(`what died of its age is young again when it is kicked: ${kind}`, async () => {
    const test = new TestBroker({ ...options, rules: { maxAgeMs: 1000, expired: "dead_letter" } });
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    for (const body of ["a", "b", "c"]) publish(topic, body);
    await test.advance(1300);
    await test.advance(100);
    equal(channel.dead.count, 3);
    const kicked = channel.dead.kick(3, Infinity);
    await test.turn();
    await test.advance(2);
    equal(await kicked, 3);
    await test.advance(900);
    deepEqual(figures(channel), { ...NONE, depth: 3, expired_count: 3 });
    await test.advance(300);
    await test.advance(100);
    deepEqual(figures(channel), { ...NONE, expired_count: 6, dead_count: 3 });
  });

  Deno.test(`a full channel refuses for all channels, in one piece: ${kind}`, async () => {
    const test = new TestBroker(options);
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    const other = topic.channel("d");
    test.setRules({ maxDepth: 3 });
    other.rules = channel.rules;
    publish(topic, "a");
    publish(topic, "b");
    throws(() => topic.publishBatch(...batchOf(["c", "d"])), /channel t:c is full, its max_depth/);
    publish(topic, "c");
    throws(() => publish(topic, "d"), /max_depth is 3/);
    deepEqual(figures(channel), { ...NONE, depth: 3, rejected_count: 3 });
    deepEqual(figures(other), { ...NONE, depth: 3 });
    equal(topic.messageCount, 3);
    const body = new TextEncoder().encode("deferred");
    topic.publishDeferred(body, 0, body.length, 10); // does not count, and is let in when it is due
    await test.turn();
    await test.advance(10);
    equal(figures(channel).depth, 4);
    consume(channel, 10);
    consume(other, 10);
    publish(topic, "e"); // consumers take it before it has to wait
    await test.turn();
    await test.turn();
    equal(figures(channel).depth, 0);
  });

  Deno.test(`bytes are counted: ${kind}`, async () => {
    const test = new TestBroker({ ...options, rules: { maxBytes: 1000 } });
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    for (let i = 0; i < 3; i++) publish(topic, "x".repeat(300));
    throws(() => publish(topic, "y".repeat(101)), /max_bytes is 1000/);
    publish(topic, "z".repeat(100));
    await test.turn();
    throws(() => publish(topic, "y"), /max_bytes is 1000/);
    deepEqual(figures(channel), { ...NONE, depth: 4, rejected_count: 2 });
    consume(channel, 1);
    await test.turn();
    await test.turn();
    publish(topic, "y".repeat(1000));
  });

  Deno.test(`the oldest are dropped, or die, when there is no room: ${kind}`, async () => {
    const test = new TestBroker({ ...options, rules: { maxDepth: 2, overflow: "drop_oldest" } });
    const topic = test.broker.topic("t"), channel = topic.channel("c");
    topic.publishBatch(...batchOf(["a", "b", "c", "d"]));
    await test.turn();
    deepEqual(figures(channel), { ...NONE, depth: 2, dropped_count: 2 });
    publish(topic, "e");
    deepEqual(figures(channel), { ...NONE, depth: 2, dropped_count: 3 });
    test.setRules({ maxDepth: 2, overflow: "dead_letter" });
    publish(topic, "f");
    await test.turn();
    deepEqual(figures(channel), { ...NONE, depth: 2, dropped_count: 3, dead_count: 1 });
    equal(channel.dead.list(0, 1)[0]!.why, "overflow");
    test.setRules({ maxDepth: 1, overflow: "drop_oldest" });
    await test.advance(1); // what is there obeys, too
    deepEqual(figures(channel), { ...NONE, depth: 1, dropped_count: 4, dead_count: 1 });
    const { bodies } = consume(channel, 5);
    await test.turn();
    deepEqual(bodies(), ["f"]);
  });
}

Deno.test("an ephemeral channel has limits, too", async () => {
  const test = new TestBroker({ rules: { maxDepth: 2, overflow: "drop_oldest", maxAgeMs: 1000 } });
  const topic = test.broker.topic("t"), channel = topic.channel("c#ephemeral");
  for (const body of ["a", "b", "c"]) publish(topic, body);
  deepEqual(figures(channel), { ...NONE, depth: 2, dropped_count: 1 });
  await test.advance(2000);
  deepEqual(figures(channel), { ...NONE, dropped_count: 1, expired_count: 2 });
});

Deno.test("a few messages from before the start have their bytes counted, not guessed", async () => {
  const before = new TestBroker({ isDurable: () => true });
  before.broker.topic("t").channel("c");
  for (const body of ["a", "bb"]) publish(before.broker.topic("t"), body);
  before.broker.close();
  equal(await before.broker.closeJournals(), null);
  before.scheduler.stop();
  await before.turn();
  const { disk, time } = before;
  const test = new TestBroker({ disk, time, isDurable: () => true, rules: { maxBytes: 5 } });
  test.broker.loading(() => void test.broker.topic("t").channel("c"));
  const topic = test.broker.topic("t");
  equal(topic.channel("c").bodyBytes, 3);
  publish(topic, "cc");
  throws(() => publish(topic, "d"), /max_bytes is 5/);
});
