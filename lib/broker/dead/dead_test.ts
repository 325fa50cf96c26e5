import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import type { Channel } from "../channel.ts";
import { type Delivery, fakeConsumer, idBytes } from "../testing/fake_consumer.ts";
import { publish, TestBroker, type TestBrokerOptions } from "../testing/test_broker.ts";

const KINDS: Record<string, TestBrokerOptions> = {
  ordinary: {},
  "ordinary, most on disk": { memQueueSize: 1 },
  durable: { isDurable: (topic) => topic !== "memory" },
};

/** A consumer that gives everything back at once, until told otherwise. */
function failing(channel: Channel) {
  const got: Delivery[] = [];
  const { subscription } = fakeConsumer(channel, (delivery) => got.push(delivery));
  subscription.setReady(100);
  return {
    got,
    subscription,
    requeueAll: () => {
      for (const each of got.splice(0)) subscription.requeue(idBytes(each.id), 0, 0);
    },
  };
}

const shown = (channel: Channel, offset = 0, count = 100) =>
  channel.dead.list(offset, count).map(({ body, attempts, why }) =>
    `${new TextDecoder().decode(body)}@${attempts} ${why}`
  );

/** Three messages are dead: m0, m1, m2. */
async function threeDead(options: TestBrokerOptions) {
  const test = new TestBroker({ ...options, rules: { maxAttempts: 2 } });
  const topic = test.broker.topic("t"), channel = topic.channel("c");
  topic.channel("other");
  for (let i = 0; i < 3; i++) publish(topic, `m${i}`);
  const { got, requeueAll, subscription } = failing(channel);
  for (let attempt = 0; attempt < 2; attempt++) {
    await test.turn();
    equal(got.length, 3);
    requeueAll();
  }
  await test.turn();
  equal(got.length, 0);
  return { test, topic, channel, subscription, got };
}

for (const [kind, options] of Object.entries(KINDS)) {
  Deno.test(`what fails too often is kept aside, and listed, in ${kind} topics`, async () => {
    const { test, channel } = await threeDead(options);
    const stats = channel.stats("", false);
    deepEqual(
      [stats.depth, stats.in_flight_count, stats.deferred_count, stats.dead_count],
      [0, 0, 0, 3],
    );
    deepEqual(shown(channel), ["m0@2 max_attempts", "m1@2 max_attempts", "m2@2 max_attempts"]);
    deepEqual(shown(channel, 1, 1), ["m1@2 max_attempts"]);
    const [first] = channel.dead.list(0, 1);
    const isKnown = first!.firstDeliveryMs > 0; // not of what was read back from a queue on disk
    equal(isKnown, options.memQueueSize === undefined);
    equal(first!.lastDeliveryMs > 0 && first!.lastDeliveryMs >= first!.firstDeliveryMs, true);
    equal(test.broker.topic("t").channel("other").stats("", false).depth, 3);
  });

  Deno.test(`dead messages outlive the broker, in ${kind} topics`, async () => {
    const { test } = await threeDead(options);
    test.broker.close();
    equal(await test.broker.closeJournals(), null);
    test.scheduler.stop();
    await test.turn();
    const next = new TestBroker({ ...options, disk: test.disk, time: test.time });
    next.broker.loading(() => next.broker.topic("t").channel("c"));
    const channel = next.broker.topic("t").channel("c");
    equal(channel.stats("", false).dead_count, 3);
    equal(channel.stats("", false).depth, 0);
    deepEqual(shown(channel), ["m0@2 max_attempts", "m1@2 max_attempts", "m2@2 max_attempts"]);
  });

  Deno.test(`dead messages are kicked, deleted and forgotten, in ${kind} topics`, async () => {
    const { test, channel, got } = await threeDead(options);
    const ids = channel.dead.list(0, 3).map(({ id }) => id);
    const until = async <T>(done: Promise<T>): Promise<T> => {
      await test.turn();
      await test.advance(2);
      return await done;
    };
    equal(await until(channel.dead.delete(ids[1]!)), true);
    equal(await until(channel.dead.delete(ids[1]!)), false);
    deepEqual(shown(channel), ["m0@2 max_attempts", "m2@2 max_attempts"]);
    equal(await until(channel.dead.kickOne(ids[2]!)), true);
    deepEqual(got.map(({ body, attempts, id }) => `${body}@${attempts} ${id}`), [`m2@1 ${ids[2]}`]);
    equal(await until(channel.dead.kick(5, Infinity)), 1);
    deepEqual(got.map(({ body, attempts }) => `${body}@${attempts}`), ["m2@1", "m0@1"]);
    equal(channel.dead.count, 0);
    equal(test.broker.topic("t").channel("other").stats("", false).depth, 3);
    for (let attempt = 0; attempt < 2; attempt++) {
      await test.advance(2000); // both time out
    }
    equal(channel.dead.count, 2);
    channel.dead.empty();
    await test.turn();
    equal(channel.dead.count, 0);
    deepEqual(shown(channel), []);
  });

  Deno.test(`a dead letter topic gets the body, in ${kind} topics`, async () => {
    const test = new TestBroker({
      ...options,
      rules: { maxAttempts: 1, deadLetter: { kind: "topic", topic: "graves" } },
    });
    const graves = test.broker.topic("graves").channel("c");
    const channel = test.broker.topic("t").channel("c");
    publish(test.broker.topic("t"), "m");
    const { requeueAll } = failing(channel);
    await test.turn();
    requeueAll();
    await test.turn();
    await test.turn();
    equal(channel.dead.count, 0);
    equal(channel.stats("", false).in_flight_count, 0);
    equal(graves.stats("", false).depth, 1);
  });

  Deno.test(`a full disk under a dead letter topic keeps the message, in ${kind} topics`, async () => {
    const test = new TestBroker({
      ...options,
      memQueueSize: 0,
      rules: { maxAttempts: 1, deadLetter: { kind: "topic", topic: "graves" } },
    });
    const graves = test.broker.topic("graves").channel("c");
    const channel = test.broker.topic("t").channel("c");
    publish(test.broker.topic("t"), "m");
    const { requeueAll, got } = failing(channel);
    await test.turn();
    await test.advance(100);
    test.disk.capacityBytes = 0;
    requeueAll();
    await test.turn();
    const there = () => {
      const { depth, in_flight_count, deferred_count } = channel.stats("", false);
      return depth + in_flight_count + deferred_count;
    };
    for (let second = 0; second < 3; second++) {
      equal(there(), 1);
      await test.advance(1000);
    }
    deepEqual(got, []);
    test.disk.capacityBytes = Infinity;
    for (let second = 0; second < 3; second++) await test.advance(1100);
    equal(there(), 0);
    equal(graves.stats("", false).depth >= 1, true);
  });
}

Deno.test("an ephemeral channel keeps no dead messages, and dead_letter drop keeps none", async () => {
  const test = new TestBroker({ rules: { maxAttempts: 1 } });
  const topic = test.broker.topic("t");
  const check = async (name: string) => {
    const channel = topic.channel(name);
    publish(topic, "m");
    const { requeueAll } = failing(channel);
    await test.turn();
    requeueAll();
    await test.turn();
    const { dead_count, depth, dropped_count } = channel.stats("", false);
    deepEqual([dead_count, depth, dropped_count], [0, 0, 1]);
  };
  await check("e#ephemeral");
  test.setRules({ maxAttempts: 1, deadLetter: { kind: "drop" } });
  await check("d");
});

Deno.test("nothing is kicked behind messages that wait at a durable topic", async () => {
  const { test, topic, channel } = await threeDead(KINDS.durable!);
  topic.pause();
  publish(topic, "waits");
  const kicked = channel.dead.kick(1, Infinity);
  const refused = rejects(kicked, /messages wait at the topic t: unpause it first/);
  await test.turn();
  await test.advance(2);
  await refused;
  equal(channel.dead.count, 3);
});
