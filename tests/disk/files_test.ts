/** The files of disk queues: those that others wrote are read, and those that nsqd writes are as described. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  concat,
  dataFileName,
  decodeRecords,
  encodeMeta,
  encodeMetadata,
  encodeRecords,
  handoverReferencePath,
  int32,
  isReference,
  type Message,
  metaFileName,
  type Nsqd,
  ourCommand,
  PRIVATE_FILE_MODE,
  type QueueMeta,
  RECORD_OVERHEAD_BYTES,
  startNsqd,
  storedMessage,
  TemporaryDirectory,
} from "../harness/mod.ts";

/** Long enough that nothing times out during a test. */
const FLAGS = ["--msg-timeout=10m"];

/** A directory in which channel `t:ch` has these data files. */
function channelDirectory(files: readonly Uint8Array[], meta: QueueMeta | null) {
  const directory = new TemporaryDirectory();
  directory.write("nsqd.dat", encodeMetadata({ t: ["ch"] }));
  files.forEach((bytes, number) => directory.write(dataFileName("t:ch", number), bytes));
  if (meta !== null) directory.write(metaFileName("t:ch"), encodeMeta(meta));
  return directory;
}

function stored(from: number, to: number): Message[] {
  return Array.from({ length: to - from }, (_, i) => storedMessage(from + i));
}

/** `messages` as they are delivered for the first time. */
function delivered(messages: readonly Message[]): Message[] {
  return messages.map((message) => ({ ...message, attempts: message.attempts + 1 }));
}

async function consume(nsqd: Nsqd, count: number): Promise<Message[]> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 100);
  const messages = await client.consume(count);
  await client.expectSilence(50);
  return messages;
}

/** Starts an nsqd on the directory and takes `count` messages from `t:ch`. */
async function consumeFrom(directory: TemporaryDirectory, count: number): Promise<Message[]> {
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  return await consume(nsqd, count);
}

Deno.test("channel files are read from the recorded position, over all files", async () => {
  const first = encodeRecords(stored(0, 3));
  const second = encodeRecords(stored(3, 5));
  using directory = channelDirectory([first, second], {
    depth: 4,
    readFile: 0,
    readPosition: encodeRecords(stored(0, 1)).length,
    writeFile: 1,
    writePosition: second.length,
  });
  {
    await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
    equal((await nsqd.channel("t", "ch")).depth, 4);
    deepEqual(await consume(nsqd, 4), delivered(stored(1, 5)));
  }
  const names = directory.names();
  equal(names.includes(dataFileName("t:ch", 0)), false, names.join());
  deepEqual(names.filter((name) => name.endsWith(".bad")), []);
});

Deno.test("topic files are read when the topic gets its first channel", async () => {
  using directory = new TemporaryDirectory();
  const bytes = encodeRecords([storedMessage(1, 0), storedMessage(2, 65_000)]);
  directory.write("nsqd.dat", encodeMetadata({ t: [] }));
  directory.write(dataFileName("t", 7), bytes);
  directory.write(
    metaFileName("t"),
    encodeMeta({
      depth: 2,
      readFile: 7,
      readPosition: 0,
      writeFile: 7,
      writePosition: bytes.length,
    }),
  );
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  equal((await nsqd.topic("t")).depth, 2);
  deepEqual(await consume(nsqd, 2), delivered([storedMessage(1, 0), storedMessage(2, 65_000)]));
});

Deno.test("channel files hold what was queued and in flight when the process ended", async () => {
  using directory = new TemporaryDirectory();
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  await client.publishBatch("t", ["finished", "held", "\0\n\xff", "queued"]);
  await client.subscribe("t", "ch", 3);
  const [first, ...held] = await client.nextMessages(3);
  await client.ready(0);
  await client.finish(first?.id ?? "");
  await client.expectAlive();
  await nsqd.stop();

  const data = directory.read(dataFileName("t:ch", 0));
  const records = decodeRecords(data).toSorted((a, b) => a.id < b.id ? -1 : 1);
  deepEqual(records.slice(0, 2), held);
  equal(records.length, 3);
  equal(records[2]?.body, "queued");
  equal(records[2]?.attempts, 0);
  const sizeBytes = 3 * RECORD_OVERHEAD_BYTES + "held".length + 4 + "queued".length;
  equal(data.length, sizeBytes);
  equal(directory.readText(metaFileName("t:ch")), `3\n0,0\n0,${sizeBytes}\n`);
  equal(directory.mode(dataFileName("t:ch", 0)), PRIVATE_FILE_MODE);
  equal(directory.mode(metaFileName("t:ch")), PRIVATE_FILE_MODE);
});

Deno.test("files are rolled before they exceed max-bytes-per-file", async () => {
  using directory = new TemporaryDirectory();
  const flags = [...FLAGS, "--mem-queue-size=0", "--max-bytes-per-file=300"];
  await using nsqd = await startNsqd({ flags, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  // Two records of 130 bytes fit, then one that is larger than a whole file, then two small ones.
  const bodies = ["a", "b", "c"].map((letter) => letter.repeat(100));
  bodies.push("d".repeat(500), "e", "f");
  for (const body of bodies.slice(0, 3)) await client.publish("t", body);
  await client.publishBatch("t", bodies.slice(3));
  await nsqd.stop();

  const files = directory.names().filter((name) => /^t\.diskqueue\.\d/.test(name));
  deepEqual(files, [0, 1, 2, 3].map((number) => dataFileName("t", number)));
  const content = files.map((name) => decodeRecords(directory.read(name)).map(({ body }) => body));
  deepEqual(content, [bodies.slice(0, 2), bodies.slice(2, 3), bodies.slice(3, 4), bodies.slice(4)]);
  equal(directory.readText(metaFileName("t")), "6\n0,0\n3,62\n");
});

Deno.test("an empty queue leaves no data file behind", async () => {
  using directory = new TemporaryDirectory();
  const flags = [...FLAGS, "--mem-queue-size=0", "--max-bytes-per-file=100"];
  await using nsqd = await startNsqd({ flags, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  await client.publishBatch("t", Array.from({ length: 20 }, (_, i) => `${i}`.repeat(20)));
  await client.subscribe("t", "ch", 10);
  await client.consume(20);
  await client.ready(0);
  await client.expectAlive();
  await nsqd.stop();
  const left = directory.names().filter((name) => /^t.*\.\d{6}\.dat$/.test(name));
  // At most the file that the writer still had open, for each queue.
  equal(left.length <= 2, true, left.join());
  await using again = await startNsqd({ flags, dataPath: directory.path });
  equal((await again.topic("t")).depth + (await again.channel("t", "ch")).depth, 0);
});

betterThanReference("no .bad file is left by a reader that has caught up", async () => {
  using directory = new TemporaryDirectory();
  const flags = ["--mem-queue-size=0", "--max-bytes-per-file=100"];
  await using nsqd = await startNsqd({ flags, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 10);
  for (let i = 0; i < 20; i++) {
    await client.publish("t", `${i}`.repeat(20));
    await client.consume(1);
  }
  await nsqd.stop();
  deepEqual(directory.names().filter((name) => name.endsWith(".bad")), []);
});

Deno.test("a data file longer than its meta file says is read to its end", async () => {
  const recorded = encodeRecords(stored(0, 2));
  using directory = channelDirectory([encodeRecords(stored(0, 4))], {
    depth: 2,
    readFile: 0,
    readPosition: 0,
    writeFile: 0,
    writePosition: recorded.length,
  });
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 10);
  deepEqual(await client.consume(4), delivered(stored(0, 4)));
  await client.publish("t", "new");
  equal((await client.nextMessage()).body, "new");
});

betterThanReference("data files without a meta file are read", async () => {
  using directory = channelDirectory(
    [encodeRecords(stored(0, 2)), encodeRecords(stored(2, 3))],
    null,
  );
  deepEqual(await consumeFrom(directory, 3), delivered(stored(0, 3)));
});

betterThanReference("data files beyond the recorded one are read", async () => {
  const first = encodeRecords(stored(0, 2));
  using directory = channelDirectory([first, encodeRecords(stored(2, 4))], {
    depth: 2,
    readFile: 0,
    readPosition: 0,
    writeFile: 0,
    writePosition: first.length,
  });
  deepEqual(await consumeFrom(directory, 4), delivered(stored(0, 4)));
});

betterThanReference("a meta file that makes no sense does not hide the data", async () => {
  using directory = channelDirectory([encodeRecords(stored(0, 3))], null);
  directory.write(metaFileName("t:ch"), "nonsense\n");
  deepEqual(await consumeFrom(directory, 3), delivered(stored(0, 3)));
});

betterThanReference(
  "metadata that points past the files hides nothing that is in them",
  async () => {
    const bytes = encodeRecords(stored(0, 3));
    const past = bytes.length + 100;
    const files: Omit<QueueMeta, "depth">[] = [
      { readFile: 0, readPosition: past, writeFile: 0, writePosition: past },
      { readFile: 0, readPosition: past, writeFile: 1, writePosition: 0 },
      { readFile: 0, readPosition: past, writeFile: 0, writePosition: past + 500 },
      { readFile: 0, readPosition: bytes.length, writeFile: 0, writePosition: 0 },
      { readFile: 5, readPosition: 0, writeFile: 5, writePosition: 0 },
      { readFile: 5, readPosition: 40, writeFile: 7, writePosition: past },
      { readFile: 5, readPosition: 0, writeFile: 0, writePosition: bytes.length },
    ];
    for (const positions of files) {
      const drained = positions.readFile === positions.writeFile &&
        positions.readPosition === positions.writePosition;
      using directory = channelDirectory([bytes], { depth: drained ? 0 : 3, ...positions });
      // A crash before anything is recorded anew changes nothing.
      await (await startNsqd({ flags: FLAGS, dataPath: directory.path })).kill();
      await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
      equal((await nsqd.channel("t", "ch")).depth, 3, JSON.stringify(positions));
      deepEqual(await consume(nsqd, 3), delivered(stored(0, 3)));
    }
  },
);

betterThanReference("a power cut's zeros at the end of a file hide nothing", async () => {
  const whole = encodeRecords(stored(0, 3));
  using directory = channelDirectory([concat(whole, new Uint8Array(5000))], {
    depth: 1,
    readFile: 0,
    readPosition: 0,
    writeFile: 0,
    writePosition: encodeRecords(stored(0, 1)).length,
  });
  deepEqual(await consumeFrom(directory, 3), delivered(stored(0, 3)));
  deepEqual(directory.names().filter((name) => name.includes(".bad")), []);
});

betterThanReference("a missing file hides none of the others", async () => {
  using directory = channelDirectory([encodeRecords(stored(0, 2)), encodeRecords(stored(2, 4))], {
    depth: 6,
    readFile: 0,
    readPosition: 0,
    writeFile: 3,
    writePosition: 0,
  });
  directory.write(dataFileName("t:ch", 3), encodeRecords(stored(6, 8)));
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  equal((await nsqd.channel("t", "ch")).depth, 6);
  deepEqual(await consume(nsqd, 6), delivered([...stored(0, 4), ...stored(6, 8)]));
});

betterThanReference("a record that was cut by a crash hides none of the others", async () => {
  const whole = encodeRecords(stored(0, 3));
  using directory = channelDirectory([concat(whole, int32(500), "only a part")], {
    depth: 1,
    readFile: 0,
    readPosition: 0,
    writeFile: 0,
    writePosition: encodeRecords(stored(0, 1)).length,
  });
  await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  await client.publish("t", "new");
  await client.subscribe("t", "ch", 10);
  deepEqual(await client.consume(3), delivered(stored(0, 3)));
  equal((await client.nextMessage()).body, "new");
});

for (
  const [damage, bytes] of [
    ["a negative size", int32(-1)],
    ["a size below the smallest record", int32(25)],
    ["a size beyond the file", int32(2_000_000)],
    ["a record that ends with the file", concat(int32(100), "short")],
  ] as const
) {
  Deno.test(`a file with ${damage} is set aside, what is around it is read`, async () => {
    const damaged = concat(encodeRecords(stored(0, 2)), bytes);
    const last = encodeRecords(stored(3, 5));
    using directory = channelDirectory([damaged, last], {
      depth: 5,
      readFile: 0,
      readPosition: 0,
      writeFile: 1,
      writePosition: last.length,
    });
    {
      await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch", 100);
      const readable = [...stored(0, 2), ...stored(3, 5)];
      deepEqual(await client.consume(readable.length), delivered(readable));
      await client.publish("t", "new");
      equal((await client.nextMessage()).body, "new");
      if (!isReference) equal((await nsqd.channel("t", "ch")).depth, 0);
    }
    deepEqual(directory.read(`${dataFileName("t:ch", 0)}.bad`), damaged);
  });
}

Deno.test("files that are not of a queue are left alone", async () => {
  using directory = new TemporaryDirectory();
  const strangers = [
    "notes.txt",
    "t.diskqueue.000000.dat.bad",
    "t.diskqueue.x.dat",
    "nsqd.dat.bak",
  ];
  for (const name of strangers) directory.write(name, "not yours");
  directory.write("nsqd.dat", encodeMetadata({ t: ["ch"] }));
  {
    await using nsqd = await startNsqd({ flags: FLAGS, dataPath: directory.path });
    using client = await Client.connect(nsqd.tcpPort);
    await client.publish("t", "a");
  }
  for (const name of strangers) equal(directory.readText(name), "not yours");
});

Deno.test("deleting a topic removes its files", async () => {
  using directory = new TemporaryDirectory();
  const flags = ["--mem-queue-size=0"];
  await using nsqd = await startNsqd({ flags, dataPath: directory.path });
  using client = await Client.connect(nsqd.tcpPort);
  await nsqd.create("t", "ch");
  await nsqd.post("/channel/pause?topic=t&channel=ch");
  await client.publishBatch("t", ["a", "b"]);
  await client.publish("other", "c");
  await nsqd.post("/topic/delete?topic=t");
  match(directory.names().join(), /other\.diskqueue/);
  deepEqual(directory.names().filter((name) => name.startsWith("t")), []);
});

// Only there for who has a reference; the test above shows the same with files built from the format.
if (handoverReferencePath !== undefined) {
  const reference = [handoverReferencePath];
  Deno.test("a data directory goes from the reference to ours and back without a loss", async () => {
    using directory = new TemporaryDirectory();
    const flags = [...FLAGS, "--max-bytes-per-file=1000", "--mem-queue-size=20"];
    const expected: string[] = [];
    for (const command of [reference, ourCommand(), reference, ourCommand()]) {
      await using nsqd = await startNsqd({ flags, dataPath: directory.path, command });
      await nsqd.create("t", "ch");
      equal((await nsqd.channel("t", "ch")).depth, expected.length, command[0]);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch", 10);
      const finished = expected.length === 0 ? [] : await client.consume(10);
      await client.ready(0);
      const bodies = Array.from({ length: 60 }, (_, i) => `${expected.length}-${i}`);
      await client.publishBatch("t", bodies);
      await client.publishDeferred("t", 3_600_000, `${expected.length}-later`);
      expected.push(...bodies, `${expected.length}-later`);
      for (const { body } of finished) expected.splice(expected.indexOf(body), 1);
    }
    await using nsqd = await startNsqd({ flags, dataPath: directory.path, command: reference });
    const received = await consume(nsqd, expected.length);
    deepEqual(received.map((message) => message.body).toSorted(), expected.toSorted());
  });
}
