/** thread-churn: thousands of connections come, publish and go, over two I/O threads. Those who stay notice nothing, and nothing of the others is left. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { Client, concat, eventually, MAGIC, type Nsqd, sized } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { inParallel } from "./in_parallel.ts";
import { Ledger, LoadProducer } from "./load.ts";
import { residentMib } from "./memory.ts";
import type { Random } from "./random.ts";

const CONNECTIONS = 10_000;
const CONNECTIONS_SHORT = 4_000;
const AT_ONCE = 50;
const STEADY = 10;
/** Part of those that do not wait for their answer. */
const RUDE_PART = 0.3;
const GROWTH_LIMIT_MIB = 150;

export const threadChurn: Fault = { name: "thread-churn", run };

async function run(context: FaultContext): Promise<string> {
  const { random } = context;
  const count = context.short ? CONNECTIONS_SHORT : CONNECTIONS;
  await using nsqd = await startBroker(context, ["--io-threads=2", "--mem-queue-size=1000000"]);
  await nsqd.create("churn", "ch");
  await nsqd.create("steady", "ch");
  const ledger = new Ledger("steady");
  const steady = await inParallel(
    STEADY,
    STEADY,
    () => LoadProducer.start(nsqd, ledger, random, "single"),
  );
  const left: unknown[] = [];
  for (const each of steady) void each.ended.then((why) => left.push(why));
  const beforeMib = await residentMib(nsqd.pid);
  const startMs = performance.now();
  const acknowledged = await inParallel(count, AT_ONCE, () => comeAndGo(nsqd, random));
  const seconds = (performance.now() - startMs) / 1000;
  await eventually(async () => equal(await connections(nsqd), STEADY, "connections left"));
  equal(left.length, 0, `those who stay were cut off: ${left}`);
  for (const each of steady) each.close();
  const growthMib = await residentMib(nsqd.pid) - beforeMib;
  ok(growthMib <= GROWTH_LIMIT_MIB, `memory grew by ${growthMib} MiB`);
  const answered = acknowledged.filter(Boolean).length;
  const { message_count } = await nsqd.topic("churn");
  ok(message_count >= answered && message_count <= count, `${message_count} of ${answered}`);
  ok((await nsqd.topic("steady")).message_count >= ledger.acknowledged.size);
  return `${count} connections in ${
    seconds.toFixed(1)
  } s, ${answered} answered, ${message_count} published, ` +
    `${ledger.acknowledged.size} meanwhile by ${STEADY} that stay, ${growthMib} MiB more`;
}

/** Publishes one message. @returns whether it waited for the answer */
async function comeAndGo(nsqd: Nsqd, random: Random): Promise<boolean> {
  if (random.chance(RUDE_PART)) {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
    await conn.write(concat(MAGIC, "PUB churn\n", sized("rude")));
    return false;
  }
  using client = await Client.connect(nsqd.tcpPort);
  await client.publish("churn", "polite");
  return true;
}

/** All that I/O threads serve. */
async function connections(nsqd: Nsqd): Promise<number> {
  const text = await (await nsqd.http("/metrics")).text();
  return [...text.matchAll(/^nsqd_io_thread_connections{thread="\d"} (.*)$/gm)]
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
