/** Messages that were stored when `--max-msg-size` was larger: the limit is for what clients send. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  concat,
  dataFileName,
  encodeMetadata,
  encodeRecords,
  FRAME_ERROR,
  int32,
  type Nsqd,
  sized,
  startNsqd,
  storedMessage,
  TemporaryDirectory,
  text,
} from "../harness/mod.ts";

const SMALLER = "--max-msg-size=1000";

/** Some above the smaller limit, alone and one after the other, also as first and last. */
const BODIES = [
  "a".repeat(1001),
  "b",
  "c".repeat(200_000),
  "d".repeat(5000),
  "e",
  "f".repeat(1001),
];

/** A data path with the bodies in the files of topic `t`, stored under the usual limit. */
async function storedDirectory(flags: readonly string[] = []): Promise<TemporaryDirectory> {
  const directory = new TemporaryDirectory();
  await using nsqd = await startNsqd({ dataPath: directory.path, flags });
  using client = await Client.connect(nsqd.tcpPort);
  for (const body of BODIES) await client.publish("t", body);
  return directory;
}

function expectNothingSetAside(directory: TemporaryDirectory): void {
  deepEqual(directory.names().filter((name) => name.includes(".bad")), []);
}

for (const memQueueSize of [10_000, 1, 0]) {
  betterThanReference(
    `a smaller max-msg-size hides nothing that is stored, mem-queue-size=${memQueueSize}`,
    async () => {
      using directory = await storedDirectory();
      const flags = [SMALLER, `--mem-queue-size=${memQueueSize}`, "--max-bytes-per-file=6000"];
      await using nsqd = await startNsqd({ dataPath: directory.path, flags });
      equal((await nsqd.topic("t")).depth, BODIES.length);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch", 10);
      const first = await client.nextMessages(BODIES.length);
      deepEqual(first.map(({ body }) => body), BODIES);
      for (const { id } of first) await client.requeue(id, 0);
      const again = await client.consume(BODIES.length);
      deepEqual(
        again.map(({ body, attempts }) => [body, attempts]),
        BODIES.map((body) => [body, 2]),
      );
      await expectRefused(nsqd);
      expectNothingSetAside(directory);
    },
  );
}

betterThanReference("what is too long for clients survives further restarts", async () => {
  using directory = await storedDirectory();
  for (let restart = 0; restart < 2; restart++) {
    await using nsqd = await startNsqd({ dataPath: directory.path, flags: [SMALLER] });
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "ch", 10); // in flight when it stops
    equal((await client.nextMessages(BODIES.length)).length, BODIES.length);
  }
  await using nsqd = await startNsqd({ dataPath: directory.path, flags: [SMALLER] });
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 10);
  const messages = await client.consume(BODIES.length);
  deepEqual(messages.map(({ body }) => body), BODIES);
  deepEqual(messages.map(({ attempts }) => attempts), BODIES.map(() => 3));
  expectNothingSetAside(directory);
});

betterThanReference("a damaged size above max-msg-size is found all the same", async () => {
  const good = encodeRecords([storedMessage(0)]);
  const behind = encodeRecords(Array.from({ length: 100 }, (_, i) => storedMessage(i + 1)));
  using directory = new TemporaryDirectory();
  directory.write("nsqd.dat", encodeMetadata({ t: ["ch"] }));
  // The file is long enough for such a record.
  directory.write(dataFileName("t:ch", 0), concat(good, int32(1500), behind));
  directory.write(dataFileName("t:ch", 1), encodeRecords([storedMessage(200)]));
  await using nsqd = await startNsqd({ dataPath: directory.path, flags: [SMALLER] });
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 10);
  const messages = await client.consume(2);
  deepEqual(messages.map(({ id }) => id), [storedMessage(0).id, storedMessage(200).id]);
  match(await nsqd.waitForLog(/invalid message read size/), /\(1500\)/);
});

/** The limit still holds for what clients send. */
async function expectRefused(nsqd: Nsqd): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.send("PUB t\n", sized("x".repeat(1001)));
  const { type, data } = await client.nextFrame();
  equal(type, FRAME_ERROR);
  equal(text(data), "E_BAD_MESSAGE PUB message too big 1001 > 1000");
}
