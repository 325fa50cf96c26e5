/** A disk that fails under durable topics: nobody is told OK of what is not on it. Needs strace, to make fsyncs fail or last. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  concat,
  eventually,
  FRAME_ERROR,
  sized,
  SlowSync,
  startNsqd,
  TemporaryDirectory,
  text,
  TinyDisk,
} from "../harness/mod.ts";

const FLAGS = ["--durable=t*"];
const SYNC_MS = 1000;

betterThanReference(
  "an OK of a durable topic comes after an fsync, and holds nobody up",
  async () => {
    await using nsqd = await startNsqd({ flags: FLAGS });
    await nsqd.create("t", "ch");
    await nsqd.create("memory", "ch");
    await using slow = await SlowSync.attach(nsqd.pid, SYNC_MS);
    if (slow === undefined) return console.warn("strace is missing or may not attach");
    using producer = await Client.connect(nsqd.tcpPort);
    using consumer = await Client.connect(nsqd.tcpPort);
    using other = await Client.connect(nsqd.tcpPort);
    const began = performance.now();
    await producer.send("PUB t\n", sized("durable"));
    const posted = nsqd.post("/pub?topic=t", "over HTTP");
    for (let i = 0; i < 5; i++) await other.publish("memory", "m");
    ok(performance.now() - began < SYNC_MS / 2, "the others do not wait");
    await producer.expectResponse("OK");
    ok(performance.now() - began >= SYNC_MS, "the OK came after an fsync");
    await posted;
    await consumer.subscribe("t", "ch", 10);
    equal((await consumer.consume(2)).length, 2);
  },
);

betterThanReference(
  "a failed fsync is told to the publishers, then to /ping, until it works",
  async () => {
    using directory = new TemporaryDirectory();
    await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
    await nsqd.create("t", "ch");
    {
      await using slow = await SlowSync.attach(nsqd.pid, 0, "EIO");
      if (slow === undefined) return console.warn("strace is missing or may not attach");
      using producer = await Client.connect(nsqd.tcpPort);
      await producer.send(...["a", "b", "c"].map((body) => concat("PUB t\n", sized(body))));
      const { type, data } = await producer.nextFrame();
      equal(type, FRAME_ERROR);
      match(text(data), /^E_PUB_FAILED PUB failed .*error/);
      await producer.expectEnd();
      const { status } = await fetch(`http://127.0.0.1:${nsqd.httpPort}/pub?topic=t`, {
        method: "POST",
        body: "d",
      }).then(async (response) => (await response.body?.cancel(), response));
      equal(status, 503);
      match(await (await nsqd.http("/ping")).text(), /^NOK - /);
    }
    await eventually(async () => equal(await (await nsqd.http("/ping")).text(), "OK"));
    using producer = await Client.connect(nsqd.tcpPort);
    await producer.publish("t", "e");
    await nsqd.kill();
    await using next = await startNsqd({ flags: FLAGS, dataPath: directory.path });
    using consumer = await Client.connect(next.tcpPort);
    const { depth } = await next.channel("t", "ch");
    await consumer.subscribe("t", "ch", 10);
    equal((await consumer.consume(depth)).at(-1)?.body, "e");
  },
);

betterThanReference("a full disk refuses, and goes on when there is space", async () => {
  await using disk = await TinyDisk.mount(2 * 1024 * 1024);
  if (disk === undefined) return console.warn("not root: no tmpfs can be mounted");
  const dataPath = `${disk.path}/data`;
  await Deno.mkdir(dataPath);
  const nsqd = await startNsqd({ flags: FLAGS, dataPath });
  await nsqd.create("t", "ch");
  const acknowledged: string[] = [];
  const publish = async (body: string): Promise<boolean> => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("PUB t\n", sized(body));
    const { type } = await client.nextFrame();
    if (type !== FRAME_ERROR) acknowledged.push(body);
    return type !== FRAME_ERROR;
  };
  const ballast = await disk.fill();
  for (
    const path of ["/pub?topic=t", "/pub?topic=t&defer=9", "/pub?topic=t&key=k", "/mpub?topic=t"]
  ) {
    deepEqual(
      await eventually(async () => {
        const response = await nsqd.http(path, { method: "POST", body: "x".repeat(9000) });
        equal(response.status, 503, path);
        return await response.json();
      }),
      { message: "DISK_ERROR" },
      path,
    );
  }
  let refused = 0;
  for (let i = 0; i < 10; i++) if (!await publish(`${i} `.padEnd(5000, "x"))) refused++;
  ok(refused > 0, "the disk is full");
  await Deno.remove(ballast);
  await eventually(async () => ok(await publish("there is space")));
  await nsqd.kill();
  await using next = await startNsqd({ flags: FLAGS, dataPath });
  using consumer = await Client.connect(next.tcpPort);
  const { depth } = await next.channel("t", "ch");
  await consumer.subscribe("t", "ch", 100);
  const found = new Set((await consumer.consume(depth)).map(({ body }) => body));
  deepEqual(acknowledged.filter((body) => !found.has(body)), []);
});
