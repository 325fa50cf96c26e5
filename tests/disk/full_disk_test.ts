/** A disk without space: what can be freed is freed, and what is lost in the end is said. Needs root, to mount a small tmpfs. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  FRAME_ERROR,
  type Nsqd,
  sized,
  startNsqd,
  TemporaryDirectory,
  text,
  TinyDisk,
} from "../harness/mod.ts";

const DISK_BYTES = 2 * 1024 * 1024;
const BODY_BYTES = 20_000;
const MOST = 1000;

/** Runs the test on a small disk that nobody else uses, with a data path on it. */
function onTinyDisk(name: string, body: (disk: TinyDisk, dataPath: string) => Promise<void>): void {
  betterThanReference(name, async () => {
    await using disk = await TinyDisk.mount(DISK_BYTES);
    if (disk === undefined) return console.warn("not root: no tmpfs can be mounted");
    const dataPath = `${disk.path}/data`;
    await Deno.mkdir(dataPath);
    await body(disk, dataPath);
  });
}

function bodyOf(number: number): string {
  return `${number}:`.padEnd(BODY_BYTES, "x");
}

/** Publishes until the broker refuses. @returns how many it took */
async function publishUntilRefused(nsqd: Nsqd, topic: string): Promise<number> {
  using client = await Client.connect(nsqd.tcpPort);
  for (let number = 0; number < MOST; number++) {
    await client.send(`PUB ${topic}\n`, sized(bodyOf(number)));
    const { type, data } = await client.nextFrame();
    if (type !== FRAME_ERROR) continue;
    match(text(data), /^E_PUB_FAILED .*no space left on device/);
    return number;
  }
  throw new Error(`${MOST} messages fit on a disk of ${DISK_BYTES} bytes`);
}

async function expectDelivered(nsqd: Nsqd, topic: string, bodies: readonly string[]) {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", 100);
  const messages = await client.consume(bodies.length);
  deepEqual(messages.map(({ body }) => body).toSorted(), bodies.toSorted());
  await eventually(async () => equal((await nsqd.channel(topic, "ch")).in_flight_count, 0));
}

function bodies(count: number): string[] {
  return Array.from({ length: count }, (_, number) => bodyOf(number));
}

onTinyDisk(
  "a queue that filled the disk and is drained takes messages again",
  async (_, dataPath) => {
    await using nsqd = await startNsqd({ dataPath, flags: ["--mem-queue-size=0"] });
    await nsqd.create("t", "ch");
    await nsqd.create("other", "ch");
    for (let round = 0; round < 2; round++) {
      const count = await publishUntilRefused(nsqd, "t");
      await expectDelivered(nsqd, "t", bodies(count));
      equal((await nsqd.channel("t", "ch")).depth, 0);
    }
    // What one queue keeps without need another can have.
    const count = await publishUntilRefused(nsqd, "other");
    equal(count > 50, true, `${count} messages of ${BODY_BYTES} bytes`);
    const body = bodyOf(count);
    const refused = await nsqd.http("/pub?topic=other", { method: "POST", body });
    deepEqual([refused.status, await refused.json()], [503, { message: "EXITING" }]); // as nsqd
    await expectDelivered(nsqd, "other", bodies(count));
    await nsqd.post("/pub?topic=t", "x");
    equal(await (await nsqd.http("/ping")).text(), "OK");
  },
);

onTinyDisk("SIGTERM makes use of what a drained queue keeps", async (disk, dataPath) => {
  {
    await using nsqd = await startNsqd({ dataPath, flags: ["--mem-queue-size=40"] });
    await nsqd.create("t", "ch");
    using client = await Client.connect(nsqd.tcpPort);
    for (const body of bodies(80)) await client.publish("t", body);
    await expectDelivered(nsqd, "t", bodies(80));
    await disk.fill();
    for (const body of bodies(30)) await client.publish("t", body);
    equal(await nsqd.exitCode(), 0, nsqd.log());
  }
  await Deno.remove(`${disk.path}/ballast`);
  await using nsqd = await startNsqd({ dataPath });
  await expectDelivered(nsqd, "t", bodies(30));
});

onTinyDisk("SIGTERM on a full disk says what is lost, and fails", async (disk, dataPath) => {
  {
    await using nsqd = await startNsqd({ dataPath });
    await nsqd.create("t", "ch", "other");
    using client = await Client.connect(nsqd.tcpPort);
    using consumer = await Client.connect(nsqd.tcpPort);
    for (const body of bodies(4)) await client.publish("t", body);
    await client.publish("t", "short");
    await client.publishDeferred("t", 3_600_000, bodyOf(5));
    await client.publish("waiting", bodyOf(0));
    await client.publish("gone#ephemeral", bodyOf(0));
    await consumer.subscribe("t", "ch", 2);
    await consumer.nextMessages(2);
    await disk.fill();
    equal(await nsqd.exitCode(), 1, nsqd.log());
    match(nsqd.log(), /channel t:ch: \d messages could not be written - .*no space left on device/);
    match(nsqd.log(), /channel t:other: \d messages could not be written - /);
    match(nsqd.log(), /topic waiting: 1 messages could not be written - /);
    match(nsqd.log(), /FATAL: .*failed to stop - 1[123] messages could not be written to disk/);
  }
});

onTinyDisk("SIGTERM waits a moment for space on the disk", async (disk, dataPath) => {
  {
    await using nsqd = await startNsqd({ dataPath });
    await nsqd.create("t", "ch");
    using client = await Client.connect(nsqd.tcpPort);
    for (const body of bodies(30)) await client.publish("t", body);
    const ballast = await disk.fill();
    const ended = nsqd.exitCode();
    await nsqd.waitForLog(/trying again/);
    await Deno.remove(ballast);
    equal(await ended, 0, nsqd.log());
  }
  await using nsqd = await startNsqd({ dataPath });
  await expectDelivered(nsqd, "t", bodies(30));
});

onTinyDisk("SIGTERM writes what there is room for", async (disk, dataPath) => {
  let lost = 0;
  {
    await using nsqd = await startNsqd({ dataPath });
    await nsqd.create("t", "ch");
    using client = await Client.connect(nsqd.tcpPort);
    for (const body of bodies(60)) await client.publish("t", body);
    await Deno.writeFile(`${disk.path}/ballast`, new Uint8Array(DISK_BYTES - 400_000));
    equal(await nsqd.exitCode(), 1, nsqd.log());
    lost = Number(/channel t:ch: (\d+) messages/.exec(nsqd.log())?.[1]);
  }
  await Deno.remove(`${disk.path}/ballast`);
  await using nsqd = await startNsqd({ dataPath });
  const { depth } = await nsqd.channel("t", "ch");
  equal(depth + lost, 60);
  equal(depth > 10, true, `${depth} were written`);
  await expectDelivered(nsqd, "t", bodies(depth));
});

betterThanReference(
  "SIGTERM with a data path that is gone says what is lost, and fails",
  async () => {
    using directory = new TemporaryDirectory();
    const dataPath = `${directory.path}/data`, away = `${directory.path}/away`;
    await Deno.mkdir(dataPath);
    await using nsqd = await startNsqd({ dataPath });
    await nsqd.create("t", "ch");
    await nsqd.post("/pub?topic=t", "x");
    await Deno.rename(dataPath, away);
    equal(await nsqd.exitCode(), 1, nsqd.log());
    match(nsqd.log(), /channel t:ch: 1 messages could not be written - open .*no such file/);
  },
);
