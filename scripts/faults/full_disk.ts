/** full-disk: publishers are told, nothing acknowledged or requeued is lost, and work resumes when there is space again. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import {
  Client,
  decodeMessage,
  eventually,
  FRAME_ERROR,
  FRAME_MESSAGE,
  isReference,
  type Nsqd,
  sized,
  text,
  TinyDisk,
} from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { runWhereMountingWorks } from "./tmpfs.ts";

const DISK_BYTES = 8 * 1024 * 1024;
const BALLAST_BYTES = 4 * 1024 * 1024;
const BODY_BYTES = 20_000;
const HELD = 5;
/** More than fit on the disk and in memory together. */
const MOST_PUBLICATIONS = 2_000;
const READY_COUNT = 100;
/** One topic whose messages go to the files of its channel, one that keeps them in its own. */
const TOPICS = ["channelled", "plain"] as const;
/** The reference drops what a channel cannot write, and tells no publisher. */
const FILLED = isReference ? ["plain"] as const : TOPICS;
const RECOVERY_DEADLINE_MS = 20_000;
const FLAGS = ["--mem-queue-size=10", "--msg-timeout=5s", "--sync-timeout=100ms"];

export const fullDisk: Fault = { name: "full-disk", run };

async function run(context: FaultContext): Promise<string> {
  await using disk = await TinyDisk.mount(DISK_BYTES);
  if (disk === undefined) return await runElsewhere(context);
  const ballast = `${disk.path}/ballast`;
  await Deno.writeFile(ballast, new Uint8Array(BALLAST_BYTES));
  const dataPath = `${disk.path}/data`;
  await Deno.mkdir(dataPath);

  await using nsqd = await startBroker(context, FLAGS, dataPath);
  for (const topic of TOPICS) await nsqd.post(`/topic/create?topic=${topic}`);
  await nsqd.post("/channel/create?topic=channelled&channel=ch");
  const acknowledged = new Acknowledged();
  using consumer = await Client.connect(nsqd.tcpPort);
  const heldIds = await hold(nsqd, consumer, acknowledged);

  for (const topic of FILLED) {
    const refusal = await publishUntilRefused(nsqd, topic, acknowledged);
    ok(/^E_PUB_FAILED/.test(refusal), `PUB to ${topic} on a full disk answered ${refusal}`);
    await expectUnhealthy(nsqd, topic);
  }
  const accepted = acknowledged.count();
  for (const id of heldIds) await consumer.requeue(id, 0);
  await consumer.send("NOP\n");

  await Deno.remove(ballast);
  const recoveryMs = await recover(nsqd, acknowledged);
  await consumer.ready(READY_COUNT);
  await expectAll(consumer, acknowledged.channelled);
  using other = await Client.connect(nsqd.tcpPort);
  await other.subscribe("plain", "ch", READY_COUNT);
  await expectAll(other, acknowledged.plain);
  for (const topic of TOPICS) await eventually(() => expectEmpty(nsqd, topic));
  return `refused after ${accepted} messages, ${HELD} requeued meanwhile, working again after ` +
    `${recoveryMs} ms, 0 of ${acknowledged.count()} lost`;
}

/** Bodies that the broker took, by topic. */
class Acknowledged {
  readonly channelled = new Set<string>();
  readonly plain = new Set<string>();

  count(): number {
    return this.channelled.size + this.plain.size;
  }
}

async function runElsewhere({ random, command }: FaultContext): Promise<string> {
  const args = ["--short", "--only", "full-disk", "--seed", String(random.seed)];
  if (command?.[0] !== undefined) args.push("--executable", command[0]);
  const output = await runWhereMountingWorks(args);
  return output.split("\n").find((line) => line.startsWith("ok "))?.slice("ok full-disk ".length) ??
    output;
}

/** Takes the first messages and keeps them; ready for nothing more afterwards. */
async function hold(nsqd: Nsqd, consumer: Client, acknowledged: Acknowledged): Promise<string[]> {
  await consumer.subscribe("channelled", "ch", HELD);
  for (let number = 0; number < HELD; number++) {
    const body = `held ${number}`;
    await nsqd.post("/pub?topic=channelled", body);
    acknowledged.channelled.add(body);
  }
  const held = await consumer.nextMessages(HELD);
  await consumer.ready(0);
  return held.map((message) => message.id);
}

/** Publishes until the broker refuses; gives back what it said. */
async function publishUntilRefused(
  nsqd: Nsqd,
  topic: typeof TOPICS[number],
  acknowledged: Acknowledged,
): Promise<string> {
  using client = await Client.connect(nsqd.tcpPort);
  for (let number = 0; number < MOST_PUBLICATIONS; number++) {
    const body = `${number}:`.padEnd(BODY_BYTES, "x");
    await client.send(`PUB ${topic}\n`, sized(body));
    const { type, data } = await client.nextFrame();
    if (type === FRAME_ERROR) return text(data);
    equal(text(data), "OK");
    acknowledged[topic].add(body);
  }
  throw new Error(`${MOST_PUBLICATIONS} messages of ${BODY_BYTES} bytes were accepted`);
}

async function expectUnhealthy(nsqd: Nsqd, topic: string): Promise<void> {
  const publication = await nsqd.http(`/pub?topic=${topic}`, {
    method: "POST",
    body: "x".repeat(BODY_BYTES),
  });
  await publication.body?.cancel();
  equal(publication.status, 503, "/pub on a full disk");
  const ping = await nsqd.http("/ping");
  const answer = await ping.text();
  equal(ping.status, 500, `/ping on a full disk: ${answer}`);
  ok(answer.startsWith("NOK"), `/ping on a full disk: ${answer}`);
}

/** Publishes until that works again and the broker calls itself healthy; how long it took, in ms. */
async function recover(nsqd: Nsqd, acknowledged: Acknowledged): Promise<number> {
  const start = performance.now();
  await eventually(async () => {
    for (const topic of TOPICS) {
      await nsqd.post(`/pub?topic=${topic}`, "after");
      acknowledged[topic].add("after");
    }
    const ping = await nsqd.http("/ping");
    equal(await ping.text(), "OK", "/ping");
  }, RECOVERY_DEADLINE_MS);
  return Math.round(performance.now() - start);
}

/** Finishes what comes until all of these bodies have come. @throws when one does not come. */
async function expectAll(consumer: Client, bodies: ReadonlySet<string>): Promise<void> {
  const missing = new Set(bodies);
  while (missing.size > 0) {
    const { type, data } = await consumer.nextFrame(RECOVERY_DEADLINE_MS);
    if (type === FRAME_MESSAGE) {
      const { id, body } = decodeMessage(data);
      missing.delete(body);
      await consumer.finish(id);
    } else {
      // A requeue that could not be written may be refused: its message then comes after its timeout.
      ok(/^E_(REQ|FIN)_FAILED/.test(text(data)), text(data));
    }
  }
}

/** The channel of the topic has nothing left. */
async function expectEmpty(nsqd: Nsqd, topic: string): Promise<void> {
  const { depth, in_flight_count, deferred_count } = await nsqd.channel(topic, "ch");
  const left = { depth, in_flight_count, deferred_count };
  deepEqual(left, { depth: 0, in_flight_count: 0, deferred_count: 0 });
}
