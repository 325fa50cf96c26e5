/** Taking nsqds out of service, and publishing with keys, by the client library. */
import { cancelDrain, drain, Producer } from "../../lib/client/mod.ts";
import { deepEqual, equal, match, ok, rejects } from "../harness/assert.ts";
import { Client, eventually, type Nsqd, startNsqd } from "../harness/mod.ts";
import { putPolicy } from "../policies/support.ts";
import { keepingLogger, rejection } from "./producer_support.ts";

const tcp = ({ tcpPort }: Nsqd) => `127.0.0.1:${tcpPort}`;
const http = ({ httpPort }: Nsqd) => `127.0.0.1:${httpPort}`;

async function depth(nsqd: Nsqd): Promise<number> {
  return (await nsqd.topics("t"))[0]?.message_count ?? 0;
}

Deno.test("a producer goes on with the other nsqd when one drains, and drain tells when that is over", async () => {
  await using first = await startNsqd();
  await using second = await startNsqd();
  for (const nsqd of [first, second]) await nsqd.create("t", "ch");
  const logger = keepingLogger();
  await using producer = new Producer({ nsqd: [tcp(first), tcp(second)], logger });
  const publish = () =>
    Promise.all(Array.from({ length: 50 }, (_, i) => producer.publish("t", `${i}`)));
  await eventually(async () => {
    await publish();
    ok(await depth(first) > 0 && await depth(second) > 0);
  });
  const drained = drain(http(first));
  await eventually(async () => equal((await (await first.http("/info")).json()).state, "draining"));
  const before = await depth(first);
  await cancelDrain(http(first));
  await rejects(drained, /the drain was cancelled/);
  const again = drain(http(first), { deadlineMs: 60_000 });
  await eventually(async () => equal((await (await first.http("/info")).json()).state, "draining"));
  for (let i = 0; i < 20; i++) {
    for (const { nsqd } of await publish()) equal(nsqd, tcp(second));
    const receipt = await producer.publishMany("t", ["a", "b"]);
    equal(receipt.nsqd, tcp(second));
  }
  equal(await depth(first), before);
  using consumer = await Client.connect(first.tcpPort);
  await consumer.subscribe("t", "ch", 1000);
  await consumer.consume(before);
  deepEqual(await again, { messageCount: 0, remaining: [] });
  equal(await first.ended(), 0);
});

Deno.test("drain gives back what the deadline has left, and a publish to nobody else is rejected", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("t", "ch");
  await using producer = new Producer({
    nsqd: [tcp(nsqd)],
    logger: keepingLogger(),
    maxAttempts: 1,
  });
  await producer.publish("t", "x");
  const drained = drain(http(nsqd), { deadlineMs: 800 });
  await eventually(async () => equal((await (await nsqd.http("/info")).json()).state, "draining"));
  const error = await rejection(producer.publishMany("t", ["y", "z"]));
  match(error.message, /E_MPUB_FAILED MPUB failed draining/);
  equal(error.acknowledged, false);
  const { messageCount, remaining: [left] } = await drained;
  equal(messageCount, 1);
  deepEqual([left?.topic, left?.channel, left?.waits_for], ["t", "ch", "a consumer"]);
  equal(await nsqd.ended(), 0);
});

Deno.test("who waits for a drain is told when the process is told to stop", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("t");
  await nsqd.post("/pub?topic=t", "x");
  const drained = rejects(drain(http(nsqd)), /the drain was stopped/);
  await eventually(async () => equal((await (await nsqd.http("/info")).json()).state, "draining"));
  await nsqd.stop();
  await drained;
});

Deno.test("a key goes to the same nsqd, whoever publishes it", async () => {
  await using first = await startNsqd();
  await using second = await startNsqd();
  for (const nsqd of [first, second]) {
    await putPolicy(nsqd, { name: "once", topic: "*", set: { dedup_window: "1h" } });
  }
  const addresses = [tcp(first), tcp(second)];
  const keys = Array.from({ length: 40 }, (_, i) => `key/${i}`);
  for (const nsqd of [addresses, addresses.toReversed()]) {
    await using producer = new Producer({ nsqd });
    await Promise.all(keys.map((key) => producer.publish("t", key, { key })));
    await producer.publishDeferred("t", "later", 3_600_000, { key: "größer" });
  }
  equal(await depth(first) + await depth(second), keys.length + 1);
  ok(await depth(first) > 5 && await depth(second) > 5, "both have their part");
  await using producer = new Producer({ nsqd: addresses });
  for (const key of ["", "two words", "a\nline", "k".repeat(257)]) {
    const { message, attempts } = await rejection(producer.publish("t", "x", { key }));
    match(message, /^the key has/);
    equal(attempts.length, 0);
  }
});
