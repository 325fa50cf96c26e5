/** More than fits in memory: nothing is lost, nothing comes twice, and ours keeps the order. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Client, eventually, isReference, nsqdSuite, topicName } from "../harness/mod.ts";

const COUNT = 300;

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `m${from + i}`);
}

/** Checks order too, except with the reference: it mixes memory and disk. */
function expectBodies(actual: string[], expected: string[]): void {
  if (isReference) deepEqual(actual.toSorted(), expected.toSorted());
  else deepEqual(actual, expected);
}

async function consume(client: Client, count: number): Promise<string[]> {
  return (await client.consume(count)).map((message) => message.body);
}

for (const memQueueSize of [0, 1, 10]) {
  const flags = [`--mem-queue-size=${memQueueSize}`, "--max-bytes-per-file=2000"];
  const withSize = `with mem-queue-size=${memQueueSize}`;

  nsqdSuite(flags, (test) => {
    test(`channel gets its backlog in order ${withSize}`, async (nsqd) => {
      const topic = topicName();
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch");
      await client.publishBatch(topic, numbered(0, COUNT / 2));
      for (const body of numbered(COUNT / 2, COUNT)) await client.publish(topic, body);
      await eventually(async () => {
        const { depth, backend_depth } = await nsqd.channel(topic, "ch");
        equal(depth, COUNT);
        ok(backend_depth >= COUNT - memQueueSize - 1, `${backend_depth} on disk`);
      });
      await client.ready(10);
      expectBodies(await consume(client, COUNT), numbered(0, COUNT));
      await eventually(async () => {
        const { depth, backend_depth, in_flight_count } = await nsqd.channel(topic, "ch");
        equal(depth + backend_depth + in_flight_count, 0);
      });
    });

    test(`topic without channels keeps its backlog in order ${withSize}`, async (nsqd) => {
      const topic = topicName();
      using client = await Client.connect(nsqd.tcpPort);
      await client.publishBatch(topic, numbered(0, COUNT));
      const { depth, backend_depth } = await nsqd.topic(topic);
      equal(depth, COUNT);
      ok(backend_depth >= COUNT - memQueueSize - 1, `${backend_depth} on disk`);
      await client.subscribe(topic, "ch", 10);
      expectBodies(await consume(client, COUNT), numbered(0, COUNT));
    });

    test(`newer messages queue behind the backlog ${withSize}`, async (nsqd) => {
      const topic = topicName();
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch");
      await client.publishBatch(topic, numbered(0, 100));
      await client.ready(1);
      const bodies = await consume(client, 50);
      const held = await client.nextMessage();
      await client.publishBatch(topic, numbered(100, 200));
      await client.finish(held.id);
      bodies.push(held.body, ...await consume(client, 149));
      expectBodies(bodies, numbered(0, 200));
    });

    test(`each channel keeps its own place ${withSize}`, async (nsqd) => {
      const topic = topicName();
      using quick = await Client.connect(nsqd.tcpPort);
      using slow = await Client.connect(nsqd.tcpPort);
      await quick.subscribe(topic, "quick", 50);
      await slow.subscribe(topic, "slow");
      await slow.publishBatch(topic, numbered(0, COUNT));
      expectBodies(await consume(quick, COUNT), numbered(0, COUNT));
      await slow.ready(50);
      expectBodies(await consume(slow, COUNT), numbered(0, COUNT));
    });

    test(`REQ works on messages from disk ${withSize}`, async (nsqd) => {
      const topic = topicName();
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch");
      await client.publishBatch(topic, numbered(0, 20));
      await client.ready(1);
      const first = await client.nextMessage();
      await client.requeue(first.id, 0);
      const rest = await client.consume(20);
      equal(new Set(rest.map((message) => message.body)).size, 20);
      const again = rest.find((message) => message.id === first.id);
      equal(again?.attempts, 2);
      if (!isReference) equal(rest.at(-1)?.id, first.id);
    });
  });
}
