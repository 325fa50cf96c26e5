import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type Delivery, fakeConsumer, idBytes } from "./testing/fake_consumer.ts";
import { publish, TestBroker } from "./testing/test_broker.ts";

const SETTINGS = { percentiles: [1, 0.5], windowMs: 60_000 };
const NS_PER_MS = 1e6;

/** A broker with a topic "t" whose channels have a consumer each. */
function setUp(channels: string[], isMeasured = true) {
  const test = new TestBroker(isMeasured ? { latency: SETTINGS } : {});
  const topic = test.broker.topic("t");
  const consumers = channels.map((name) => {
    const channel = topic.channel(name);
    const deliveries: Delivery[] = [];
    const { subscription } = fakeConsumer(channel, (delivery) => deliveries.push(delivery));
    subscription.setReady(10);
    const finish = (at: number) => subscription.finish(idBytes(deliveries[at]!.id), 0);
    return { channel, subscription, deliveries, finish };
  });
  return { test, topic, consumers };
}

function milliseconds(...[largest, median]: [number, number]) {
  return [
    { quantile: 1, value: largest * NS_PER_MS },
    { quantile: 0.5, value: median * NS_PER_MS },
  ];
}

Deno.test("Ledger measures from publishing to FIN, redelivery included", async () => {
  const { test, topic, consumers: [one] } = setUp(["c"]);
  publish(topic, "first");
  publish(topic, "second");
  await test.turn();
  await test.advance(20);
  strictEqual(one!.finish(0), true);
  one!.subscription.requeue(idBytes(one!.deliveries[1]!.id), 0, 0);
  await test.turn();
  await test.advance(30);
  strictEqual(one!.finish(2), true);
  deepStrictEqual(one!.channel.stats("", false).e2e_processing_latency, {
    count: 2,
    percentiles: milliseconds(50, 20),
  });
});

Deno.test("Ledger does not count a message that is not in flight", async () => {
  const { test, topic, consumers: [one] } = setUp(["c"]);
  publish(topic, "once");
  await test.turn();
  strictEqual(one!.finish(0), true);
  strictEqual(one!.finish(0), false);
  strictEqual(one!.channel.stats("", false).e2e_processing_latency.count, 1);
});

Deno.test("Ledger counts a message from before the clock was set back as 0", async () => {
  const { test, topic, consumers: [one] } = setUp(["c"]);
  publish(topic, "early");
  await test.turn();
  test.time.wallMs -= 10_000;
  one!.finish(0);
  deepStrictEqual(
    one!.channel.stats("", false).e2e_processing_latency.percentiles,
    milliseconds(0, 0),
  );
});

Deno.test("Topic.stats has the latency of all channels together", async () => {
  const { test, topic, consumers } = setUp(["c", "d"]);
  publish(topic, "both");
  await test.turn();
  await test.advance(10);
  consumers[0]!.finish(0);
  await test.advance(30);
  consumers[1]!.finish(0);
  deepStrictEqual(topic.stats("", "", false).e2e_processing_latency, {
    count: 2,
    percentiles: milliseconds(40, 10),
  });
  await test.advance(SETTINGS.windowMs * 2);
  strictEqual(topic.stats("", "", false).e2e_processing_latency.count, 0);
});

Deno.test("Topic.stats has no percentiles without a channel, or without measuring", async () => {
  const none = { count: 0, percentiles: null };
  deepStrictEqual(setUp([]).topic.stats("", "", false).e2e_processing_latency, none);

  const { test, topic, consumers: [one] } = setUp(["c"], false);
  publish(topic, "x");
  await test.turn();
  one!.finish(0);
  const { e2e_processing_latency, channels } = topic.stats("", "", false);
  deepStrictEqual([e2e_processing_latency, channels[0]!.e2e_processing_latency], [none, none]);
});
