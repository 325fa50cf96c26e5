import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import { Client, type Nsqd, nsqdSuite, pause, topicName } from "../harness/mod.ts";

const NS_PER_MS = 1e6;
/** What messages wait at least before they are finished. */
const WAIT_MS = 50;
const MAX_LATENCY_MS = 10_000;

interface Latency {
  count: number;
  percentiles: { quantile: number; value: number }[] | null;
}

async function finishAll(nsqd: Nsqd, topic: string, count: number): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "c");
  await client.ready(count);
  const messages = await client.nextMessages(count);
  await pause(WAIT_MS);
  for (const { id } of messages) await client.finish(id);
  await client.expectAlive(); // every FIN was read
}

async function latencies(nsqd: Nsqd, topic: string): Promise<Latency[]> {
  const response = await nsqd.http(`/stats?format=json&topic=${topic}`);
  const { topics } = await response.json();
  return [topics[0], ...topics[0].channels].map((each) => each.e2e_processing_latency);
}

nsqdSuite(["--e2e-processing-latency-percentile=0.5,1.0"], (test) => {
  test("/stats shows the latency from PUB to FIN of topic and channel", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "c");
    deepEqual(
      await latencies(nsqd, topic),
      Array(2).fill({
        count: 0,
        percentiles: [{ quantile: 1, value: 0 }, { quantile: 0.5, value: 0 }],
      }),
    );
    await nsqd.post(`/mpub?topic=${topic}`, "a\nb\nc");
    await finishAll(nsqd, topic, 3);
    const [ofTopic, ofChannel] = await latencies(nsqd, topic);
    deepEqual(ofTopic, ofChannel);
    deepEqual(ofChannel!.count, 3);
    deepEqual(ofChannel!.percentiles!.map(({ quantile }) => quantile), [1, 0.5]);
    for (const { value } of ofChannel!.percentiles!) {
      ok(value >= WAIT_MS * NS_PER_MS && value < MAX_LATENCY_MS * NS_PER_MS, `${value} ns`);
    }
  });

  test("/stats as text shows the latency", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "c");
    await nsqd.post(`/pub?topic=${topic}`, "a");
    await finishAll(nsqd, topic, 1);
    const text = await (await nsqd.http(`/stats?topic=${topic}`)).text();
    match(text, /msgs: 1 +e2e%: \d+\.\dm?s, \d+\.\dm?s\n[^\n]+ e2e%: \d+\.\dm?s, \d+\.\dm?s\n/);
  });

  test("/stats shows no percentiles of a topic without channels", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic);
    deepEqual(await latencies(nsqd, topic), [{ count: 0, percentiles: null }]);
  });
});
