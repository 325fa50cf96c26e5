/** `--sync-every` as a bound: of what a queue has on disk, no more is acknowledged than that without an fsync. Needs strace, to make those slow. */
import { equal, match } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  concat,
  eventually,
  type Nsqd,
  sized,
  SlowSync,
  startNsqd,
  text,
} from "../harness/mod.ts";

const DELAY_MS = 300;
/** Published at once by each way. */
const PUBLISHED = 30;
const BODY = "x".repeat(200);

/** Sends many PUB without waiting for answers, and counts those. */
async function pipeline(nsqd: Nsqd, topic: string): Promise<Counted> {
  const client = await Client.connect(nsqd.tcpPort);
  const counted = new Counted(() => client.close());
  const commands = Array.from({ length: PUBLISHED }, () => concat(`PUB ${topic}\n`, sized(BODY)));
  await client.send(...commands);
  counted.count(
    async () => {
      for (let i = 0; i < PUBLISHED; i++) {
        const { data } = await client.nextFrame();
        equal(text(data), "OK");
        counted.acknowledged++;
      }
    },
  );
  return counted;
}

/** Posts many messages at once. */
function post(nsqd: Nsqd, topic: string): Counted {
  const counted = new Counted();
  counted.count(async () => {
    await Promise.all(Array.from({ length: PUBLISHED }, async () => {
      await nsqd.post(`/pub?topic=${topic}`, BODY);
      counted.acknowledged++;
    }));
  });
  return counted;
}

/** Publishers and how many answers they have. */
class Counted {
  acknowledged = 0;
  done: Promise<void> = Promise.resolve();
  constructor(private readonly close: () => void = () => {}) {}
  count(run: () => Promise<void>): void {
    this.done = run();
    this.done.catch(() => {}); // a test that fails before it waits for this has its own reason
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

for (const syncEvery of [1, 10]) {
  for (const [how, publish] of [["PUB", pipeline], ["/pub", post]] as const) {
    betterThanReference(
      `no more than sync-every=${syncEvery} messages are acknowledged without an fsync, by ${how}`,
      async () => {
        const flags = ["--mem-queue-size=0", `--sync-every=${syncEvery}`];
        await using nsqd = await startNsqd({ flags });
        await nsqd.create("t", "ch");
        await using slow = await SlowSync.attach(nsqd.pid, DELAY_MS);
        if (slow === undefined) return console.warn("strace is missing or may not attach");
        const ended = slow.ends(1);
        using counted = await publish(nsqd, "t");
        // Everything is on its way, and the broker does not stand still.
        await eventually(async () => equal((await nsqd.channel("t", "ch")).depth, PUBLISHED));
        await ended;
        equal(counted.acknowledged <= syncEvery, true, `${counted.acknowledged} acknowledged`);
        await counted.done;
        equal(counted.acknowledged, PUBLISHED);
      },
    );
  }
}

betterThanReference(
  "an answer that waits for an fsync holds back no other connection",
  async () => {
    const flags = ["--mem-queue-size=10", "--sync-every=1"];
    await using nsqd = await startNsqd({ flags });
    await nsqd.create("disk", "ch");
    await nsqd.create("memory", "ch");
    await using slow = await SlowSync.attach(nsqd.pid, 5 * DELAY_MS);
    if (slow === undefined) return console.warn("strace is missing or may not attach");
    using consumer = await Client.connect(nsqd.tcpPort);
    using producer = await Client.connect(nsqd.tcpPort);
    await consumer.subscribe("memory", "ch", 10);
    using counted = await pipeline(nsqd, "disk");
    await eventually(async () => equal((await nsqd.channel("disk", "ch")).depth, PUBLISHED));
    for (let i = 0; i < 5; i++) {
      await producer.publish("memory", "m");
      await consumer.consume(1);
    }
    equal(counted.acknowledged < PUBLISHED, true, "those of the disk still wait");
    await counted.done;
  },
);

betterThanReference(
  "an fsync that fails holds nobody back for ever, and shows in /ping",
  async () => {
    const flags = ["--mem-queue-size=0", "--sync-every=1"];
    await using nsqd = await startNsqd({ flags });
    await nsqd.create("t", "ch");
    await using slow = await SlowSync.attach(nsqd.pid, 0, "EIO");
    if (slow === undefined) return console.warn("strace is missing or may not attach");
    using counted = await pipeline(nsqd, "t");
    await counted.done;
    match(await (await nsqd.http("/ping")).text(), /^NOK - fsync .*input\/output error/);
    equal(await nsqd.exitCode(), 1, nsqd.log());
  },
);
