/** Topics that are made durable later, and such as are not durable any more: nothing is lost, and Go's nsqd can have the files. */
import { deepEqual, equal } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";

const QUEUED = ["--msg-timeout=10m", "--mem-queue-size=0"];
const DURABLE = ["--durable=*", "--msg-timeout=10m"];
function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

async function consumeAll(nsqd: Nsqd, topic: string, channel: string): Promise<string[]> {
  const { depth, deferred_count } = await nsqd.channel(topic, channel);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, channel, 2500);
  const messages = await client.consume(depth + deferred_count);
  return messages.map(({ body }) => body);
}

/** Finishes ten messages of the channel `b`. */
async function finishTen(nsqd: Nsqd, client: Client): Promise<void> {
  await client.subscribe("t", "b", 10);
  const messages = await client.nextMessages(10);
  await client.ready(0);
  for (const { id } of messages) await client.finish(id);
  await eventually(async () => equal((await nsqd.channel("t", "b")).in_flight_count, 0));
}

betterThanReference("a topic made durable delivers what its disk queues hold first", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  {
    await using nsqd = await startNsqd({ flags: QUEUED, dataPath });
    await nsqd.create("t", "a", "b");
    await nsqd.post("/mpub?topic=t", numbered("m", 30).join("\n"));
    using client = await Client.connect(nsqd.tcpPort);
    await finishTen(nsqd, client);
    client.close();
    await nsqd.create("waits");
    await nsqd.post("/mpub?topic=waits", numbered("w", 5).join("\n"));
    await nsqd.stop();
  }
  await using nsqd = await startNsqd({ flags: DURABLE, dataPath });
  equal(directory.names().some((name) => name.includes(".diskqueue.")), false);
  await nsqd.post("/pub?topic=t", "new");
  deepEqual(await consumeAll(nsqd, "t", "a"), [...numbered("m", 30), "new"]);
  const b = await consumeAll(nsqd, "t", "b");
  deepEqual([b.length, b.at(-1)], [21, "new"]);
  equal((await nsqd.topic("waits")).depth, 5);
  await nsqd.create("waits", "ch");
  deepEqual(await consumeAll(nsqd, "waits", "ch"), numbered("w", 5));
});

betterThanReference("a topic that is not durable any more has disk queues again", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  {
    await using nsqd = await startNsqd({ flags: DURABLE, dataPath });
    await nsqd.create("t", "a", "b");
    await nsqd.post("/mpub?topic=t", numbered("m", 30).join("\n"));
    await nsqd.post("/pub?topic=t&defer=3600000", "deferred");
    await nsqd.post("/channel/pause?topic=t&channel=a");
    await nsqd.create("waits");
    await nsqd.post("/mpub?topic=waits", numbered("w", 5).join("\n"));
    using client = await Client.connect(nsqd.tcpPort);
    await finishTen(nsqd, client);
    await nsqd.create("gone.metadata", "ch");
    await nsqd.post("/pub?topic=gone.metadata", "m");
    await nsqd.stop();
  }
  await Deno.remove(`${dataPath}/nsqd.dat`);
  await using nsqd = await startNsqd({ flags: QUEUED, dataPath });
  equal(directory.names().some((name) => name.includes(".journal.")), false);
  equal((await nsqd.channel("t", "a")).paused, true);
  await nsqd.post("/channel/unpause?topic=t&channel=a");
  deepEqual(await consumeAll(nsqd, "t", "a"), [...numbered("m", 30), "deferred"]);
  equal((await consumeAll(nsqd, "t", "b")).length, 21);
  equal((await nsqd.topic("waits")).depth, 5);
  deepEqual(await consumeAll(nsqd, "gone.metadata", "ch"), ["m"]);
});
