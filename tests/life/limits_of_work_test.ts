/** At the limit of open files whatever else a broker opens fails with a word in the log, and ends nothing. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { Client, eventually, type Nsqd, sized, startNsqd } from "../harness/mod.ts";
import { allowFewMoreFiles, allowManyFiles } from "./descriptors.ts";

/** Nobody listens there. */
const NOBODY = "127.0.0.1:9";

/** Publishes until it is refused; how many were taken. */
async function publishUntilRefused(publisher: Client): Promise<number> {
  for (let taken = 0;; taken++) {
    await publisher.send("PUB t\n", sized("m"));
    const { data } = await publisher.nextFrame();
    const answer = new TextDecoder().decode(data);
    if (answer === "OK") continue;
    match(answer, /^E_PUB_FAILED .*too many open files/i);
    return taken;
  }
}

/** One that can publish: when a disk has failed, the broker tries it again now and then. */
async function publish(nsqd: Nsqd, body: string): Promise<void> {
  await eventually(async () => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.publish("t", body);
  });
}

Deno.test("a broker that can open no file refuses what it cannot keep, and goes on when it can", async () => {
  await using nsqd = await startNsqd({
    flags: [
      "--mem-queue-size=2",
      `--lookupd-tcp-address=${NOBODY}`,
      `--statsd-address=${NOBODY}`,
      "--statsd-interval=100ms",
    ],
  });
  using consumer = await Client.connect(nsqd.tcpPort);
  using publisher = await Client.connect(nsqd.tcpPort);
  await nsqd.create("t", "c");
  await consumer.subscribe("t", "c");
  await publisher.publish("t", "first");
  await allowFewMoreFiles(nsqd.pid, 0);

  await publisher.publish("fresh", "m");
  await nsqd.waitForLog(/ERROR: failed to persist metadata - .*[Tt]oo many open files/);
  const taken = 1 + await publishUntilRefused(publisher);
  await nsqd.waitForLog(/ERROR: STATSD: .*EMFILE/);
  await nsqd.waitForLog(/ERROR: LOOKUPD\(.*too many open files/i);

  await allowManyFiles(nsqd.pid);
  await publish(nsqd, "last");
  await consumer.ready(100);
  const bodies = (await consumer.consume(taken + 1)).map(({ body }) => body);
  deepEqual([bodies.includes("first"), bodies.includes("last")], [true, true]);
  equal(await (await nsqd.http("/ping")).text(), "OK");
});
