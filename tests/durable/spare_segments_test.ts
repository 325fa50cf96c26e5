/** Segments that are made ahead for durable topics that much is published to. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";

const FLAGS = ["--durable=t*"];
const BATCHES = 10;
const BATCH = 30;
const BODY = "x".repeat(10_000);

/** Three times as much as makes a topic one that segments are made for. */
async function publishMuch(nsqd: Nsqd, first: number): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  for (let i = 0; i < BATCHES; i++) {
    const number = (at: number) => `${first + i * BATCH + at}:${BODY}`;
    await client.publishBatch("t", Array.from({ length: BATCH }, (_, at) => number(at)));
  }
}

/** Until the broker has as many as it keeps. */
function segmentsMade(nsqd: Nsqd): Promise<void> {
  return eventually(async () => {
    const figures = await (await nsqd.http("/metrics")).text();
    const [, bytes] = /^nsqd_journal_spare_bytes (\S+)$/m.exec(figures) ?? [];
    equal(Number(bytes), 128 * 1024 * 1024);
  }, 30_000);
}

function spares(directory: TemporaryDirectory): string[] {
  return directory.names().filter((name) => name.includes("journal-spare"));
}

betterThanReference(
  "segments are made ahead where much is published, used, and gone after a stop or kill -9",
  async () => {
    using directory = new TemporaryDirectory();
    const start = () => startNsqd({ flags: FLAGS, dataPath: directory.path });
    {
      await using nsqd = await start();
      await nsqd.create("t", "ch");
      equal(spares(directory).length, 0);
      await publishMuch(nsqd, 0);
      await segmentsMade(nsqd);
      equal(spares(directory).length, 2);
      await publishMuch(nsqd, BATCHES * BATCH);
      const sizeOf = (name: string) => Deno.statSync(`${directory.path}/${name}`).size;
      const segments = directory.names().filter((name) => name.startsWith("t.journal."));
      equal(sizeOf(segments.at(-1)!), 64 * 1024 * 1024, "it has its room from the beginning");
      await nsqd.kill();
    }
    {
      await using nsqd = await start();
      deepEqual(spares(directory), []);
      equal((await nsqd.channel("t", "ch")).depth, 2 * BATCHES * BATCH);
      await publishMuch(nsqd, 2 * BATCHES * BATCH);
      await segmentsMade(nsqd);
      await nsqd.stop();
    }
    deepEqual(spares(directory), []);
    await using nsqd = await start();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "ch", 100);
    const bodies = (await client.consume(3 * BATCHES * BATCH)).map(({ body }) => body);
    deepEqual(bodies.map((body) => parseInt(body)), bodies.map((_, i) => i));
    ok(bodies.every((body) => body.endsWith(BODY)));
  },
);

betterThanReference(
  "what is consumed as it is published goes to the same files again, and kill -9 shows nothing of what they held",
  async () => {
    using directory = new TemporaryDirectory();
    const names = new Map<number, Set<string>>();
    const look = () => {
      for (const name of directory.names().filter((each) => /journal/.test(each))) {
        const { ino } = Deno.statSync(`${directory.path}/${name}`);
        names.set(ino!, (names.get(ino!) ?? new Set()).add(name));
      }
    };
    const isReused = () =>
      names.values().some((all) => [...all].filter((name) => name.startsWith("t.")).length > 1);
    const start = () => startNsqd({ flags: FLAGS, dataPath: directory.path });
    let published = 0;
    {
      await using nsqd = await start();
      await nsqd.create("t", "ch");
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe("t", "ch", 100);
      while (!isReused()) {
        ok(published < 60_000, "a file is used again before that");
        await publishMuch(nsqd, published);
        published += BATCHES * BATCH;
        for (let i = 0; i < BATCHES; i++) {
          await client.consume(BATCH);
          look();
        }
      }
      client.close();
      await publishMuch(nsqd, published);
      await nsqd.kill();
    }
    await using nsqd = await start();
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "ch", 100);
    let next = published;
    while (next < published + BATCHES * BATCH) {
      for (const { body } of await client.consume(1)) {
        const number = parseInt(body);
        ok(number <= next, `${number} comes where ${next} is next`); // what was finished last may come once more
        if (number === next) next++;
      }
    }
    ok(directory.names().every((name) => !name.endsWith(".bad")), `${directory.names()}`);
  },
);
