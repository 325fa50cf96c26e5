/**
 * kill9: a broker that keeps nothing in memory and syncs every write is killed under load again and again. What it has
 * acknowledged and handed to nobody must still be there.
 *
 * Two topics tell what is sure from what is not. At `strict` consumers stop asking before the kill, and everything in
 * flight is known: nothing may be missing. At `active` they consume until the kill, and as many messages as they
 * were ready for may have been on their way to them.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import {
  eventually,
  isReference,
  type Nsqd,
  pause,
  TemporaryDirectory,
} from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { Ledger, LoadConsumer, LoadProducer } from "./load.ts";

const ROUNDS = 40;
const ROUNDS_SHORT = 5;
const READY_COUNT = 5;
const DRAIN_READY_COUNT = 100;
const FLAGS = ["--mem-queue-size=0", "--sync-every=1", "--msg-timeout=10m"];
const TOPICS = ["strict", "active"] as const;
/** The reference loses the message that is on its way from the topic's files to the channel's. */
const LOST_BY_KILL = isReference ? 1 : 0;
const DRAIN_QUIET_MS = 1_500;

export const kill9: Fault = { name: "kill9", mostlyWaits: true, run };

async function run(context: FaultContext): Promise<string> {
  using directory = new TemporaryDirectory();
  const ledgers = { strict: new Ledger("strict"), active: new Ledger("active") };
  const rounds = context.short ? ROUNDS_SHORT : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    await using nsqd = await startBroker(context, FLAGS, directory.path);
    await createChannels(nsqd);
    await loadAndKill(nsqd, context, ledgers);
  }
  await using nsqd = await startBroker(context, FLAGS, directory.path);
  for (const topic of TOPICS) await drain(nsqd, ledgers[topic]);
  const { strict, active } = ledgers;
  const lost = strict.unaccounted();
  ok(lost.length <= rounds * LOST_BY_KILL, `lost ${lost.length}: ${lost.slice(0, 10)}`);
  const onTheirWay = active.unaccounted().length;
  ok(onTheirWay <= rounds * READY_COUNT, `${onTheirWay} lost with active consumers`);
  const acknowledged = strict.acknowledged.size + active.acknowledged.size;
  const broken = directory.names().filter((name) => name.endsWith(".bad")).length;
  return `${rounds} kills, ${acknowledged} acknowledged, ${lost.length} lost, ${onTheirWay} on their way to a consumer, ` +
    `${strict.duplicates + active.duplicates} again, ${broken} files set aside`;
}

async function createChannels(nsqd: Nsqd): Promise<void> {
  for (const topic of TOPICS) {
    await nsqd.post(`/topic/create?topic=${topic}`);
    await nsqd.post(`/channel/create?topic=${topic}&channel=ch`);
  }
}

async function loadAndKill(
  nsqd: Nsqd,
  context: FaultContext,
  ledgers: Record<typeof TOPICS[number], Ledger>,
): Promise<void> {
  const { random } = context;
  const producers = await Promise.all(TOPICS.flatMap((topic) => [
    LoadProducer.start(nsqd, ledgers[topic], random, "single"),
    LoadProducer.start(nsqd, ledgers[topic], random, "batch"),
  ]));
  const quiet = await LoadConsumer.start(nsqd, ledgers.strict, random, READY_COUNT);
  const busy = await LoadConsumer.start(nsqd, ledgers.active, random, READY_COUNT);
  await pause(random.between(200, 700));
  await quiet.stopAsking();
  await eventually(async () => {
    const { in_flight_count } = await nsqd.channel("strict", "ch");
    equal(in_flight_count, quiet.heldCount, "what is in flight has been received");
  });
  await pause(random.between(50, 300));
  await nsqd.kill();
  await expectOnlyCut([...producers, quiet, busy]);
}

/** Takes everything that is left: until nothing has come for a while. */
async function drain(nsqd: Nsqd, ledger: Ledger): Promise<void> {
  const consumer = await LoadConsumer.start(nsqd, ledger, undefined, DRAIN_READY_COUNT);
  let received: number;
  do {
    received = ledger.receivedCount;
    await pause(DRAIN_QUIET_MS);
  } while (ledger.receivedCount > received);
  // After a kill the reference may count messages that are not there.
  if (!isReference) equal((await nsqd.channel(ledger.topic, "ch")).depth, 0, "depth when drained");
  consumer.close();
  await expectOnlyCut([consumer]);
}

/** Nothing ended for another reason than the end of its connection. */
async function expectOnlyCut(clients: readonly { ended: Promise<unknown> }[]): Promise<void> {
  const failures = await Promise.all(clients.map((client) => client.ended));
  for (const failure of failures) if (failure !== undefined) throw failure;
}
