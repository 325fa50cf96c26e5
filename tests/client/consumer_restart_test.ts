/** How soon a consumer is back after a broker that lookupd knows was restarted. */
import { Consumer } from "../../lib/client/mod.ts";
import { equal, ok } from "../harness/assert.ts";
import {
  eventually,
  pause,
  reservePort,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { httpAddress, LogBook, running } from "./consumer_support.ts";

const TOPIC = "orders", CHANNEL = "billing";

/** How long both sides need after a broker's restart to have a message through, in ms. */
async function restartGapMs(awayMs: number): Promise<number> {
  using directory = new TemporaryDirectory();
  await using lookupd = await startLookupd();
  const flags = [
    "--broadcast-address=127.0.0.1",
    `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
  ];
  const restarted = {
    dataPath: directory.path,
    flags: [...flags, `--tcp-address=127.0.0.1:${reservePort()}`],
  };
  await using other = await startNsqd({ flags });
  await other.create(TOPIC, CHANNEL);
  await using first = await startNsqd(restarted);
  await first.create(TOPIC, CHANNEL);
  await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 2));
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    lookupd: [httpAddress(lookupd)],
    logger: new LogBook(),
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  equal(consumer.stats.connections, 2);
  await first.stop();
  await pause(awayMs); // its absence is what this is about
  equal(consumer.stats.connections, 1);
  await using _second = await startNsqd(restarted);
  const backMs = performance.now();
  await eventually(() => equal(consumer.stats.connections, 2));
  return performance.now() - backMs;
}

Deno.test("Consumer is back soon after a broker that lookupd knows was restarted", async () => {
  ok(await restartGapMs(0) < 3000);
  ok(await restartGapMs(4000) < 4000);
});
