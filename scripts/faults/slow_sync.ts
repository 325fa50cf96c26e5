/** slow-sync: fsync takes half a second, and of what a queue has on disk no more is acknowledged than `--sync-every` allows. Wants strace. */
import { ok } from "node:assert/strict";
import { Client, isReference, pause, SlowSync } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";

const DELAY_MS = 500;
const CONNECTIONS = 20;
const SYNC_EVERY = [1, 10] as const;
const DURATION_MS = 20_000;
const DURATION_SHORT_MS = 4_000;
const BODY = "x".repeat(200);

export const slowSync: Fault = { name: "slow-sync", mostlyWaits: true, run };

async function run(context: FaultContext): Promise<string> {
  const figures: string[] = [];
  for (const syncEvery of SYNC_EVERY) figures.push(await publishAt(context, syncEvery));
  return figures.join("; ");
}

async function publishAt(context: FaultContext, syncEvery: number): Promise<string> {
  const flags = ["--mem-queue-size=0", `--sync-every=${syncEvery}`];
  await using nsqd = await startBroker(context, flags);
  await nsqd.create("t", "ch");
  await using slow = await SlowSync.attach(nsqd.pid, DELAY_MS);
  if (slow === undefined) throw new Error("needs strace, and leave to attach it");
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => Client.connect(nsqd.tcpPort)),
  );
  let acknowledged = 0, uncovered = 0, covered = 0, fsyncs = 0, stopped = false;
  const publishers = clients.map(async (client) => {
    while (!stopped) {
      await client.publish("t", BODY);
      // An fsync covers at most what every connection had under way when it began, and what was acknowledged before it.
      if (slow.endedCount > fsyncs) [fsyncs, covered] = [slow.endedCount, acknowledged];
      uncovered = Math.max(uncovered, ++acknowledged - covered);
    }
  });
  await pause(context.short ? DURATION_SHORT_MS : DURATION_MS);
  stopped = true;
  await Promise.all(publishers);
  for (const client of clients) client.close();
  const limit = 2 * (CONNECTIONS + syncEvery);
  ok(isReference || uncovered <= limit, `${uncovered} acknowledged between two fsyncs`);
  return `--sync-every=${syncEvery}: ${acknowledged} acknowledged, ${slow.endedCount} fsyncs, at most ${uncovered} ` +
    "between two";
}
