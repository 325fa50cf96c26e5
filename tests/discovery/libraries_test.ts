/** Real clients that know nothing but lookupds: they find their producers, and keep them over a lookupd's restart. */
import { deepEqual } from "../harness/assert.ts";
import { eventually, type Nsqd, startLookupd, startNsqd, topicName } from "../harness/mod.ts";
import { base64, texts } from "../interop/bodies.ts";
import { goNsq, type Library, nsqjs, pynsq } from "../interop/libraries.ts";
import { bodiesOf, runJob } from "../interop/run.ts";
import { installLibrary } from "../interop/setup.ts";

const CHANNEL = "ch";

/** How long a consumer, which asks every second, may take to find a broker. */
const FOUND_DEADLINE_MS = 90_000;

for (const library of [goNsq, nsqjs, pynsq]) {
  Deno.test(`${library.name} finds two brokers of a new topic, over a lookupd's restart`, () =>
    findsBrokers(library));
}

async function findsBrokers(library: Library): Promise<void> {
  await installLibrary(library); // takes longer than anything here waits
  await using restarted = await startLookupd();
  await using steady = await startLookupd();
  const lookupds = [restarted, steady];
  const flags = lookupds.map(({ tcpPort }) => `--lookupd-tcp-address=127.0.0.1:${tcpPort}`);
  flags.push("--broadcast-address=127.0.0.1");
  await using first = await startNsqd({ flags });
  await using second = await startNsqd({ flags });
  const topic = topicName();

  const feed = async () => {
    // Nobody has the topic yet when the consumer asks for it.
    for (const lookupd of lookupds) {
      await lookupd.waitForLog(lookupOf(topic, 404), FOUND_DEADLINE_MS);
    }
    await publish(first, topic, texts("first", 50));
    await drained(first, topic, 50);
    await restarted.kill();
    await publish(second, topic, texts("second", 50));
    await drained(second, topic, 50);
    const ports = { tcp: restarted.tcpPort, http: restarted.httpPort };
    await using again = await startLookupd({ ports });
    await again.waitForLog(lookupOf(topic, 200), FOUND_DEADLINE_MS);
    await publish(first, topic, texts("late first", 10));
    await publish(second, topic, texts("late second", 10));
    for (const nsqd of [first, second]) await drained(nsqd, topic, 60);
  };
  const expected = base64([
    ...[...texts("first", 50), ...texts("second", 50)],
    ...[...texts("late first", 10), ...texts("late second", 10)],
  ]);
  const consume = runJob(library, {
    action: "consume",
    address: "",
    lookupdHttpAddresses: lookupds.map(({ httpPort }) => `127.0.0.1:${httpPort}`),
    topic,
    channel: CHANNEL,
    maxInFlight: 10,
    msgTimeoutMs: 10_000,
    maxAttempts: 5,
    expect: expected.length,
  });
  const [events] = await Promise.all([consume, feed()]);
  deepEqual(bodiesOf(events).sort(), expected.sort());
}

/** The log line of a lookupd that was asked for a topic's brokers. */
function lookupOf(topic: string, status: 200 | 404): RegExp {
  return new RegExp(` ${status} GET /lookup\\?topic=${topic} `);
}

async function publish(nsqd: Nsqd, topic: string, bodies: readonly Uint8Array[]): Promise<void> {
  for (const body of bodies) await nsqd.post(`/pub?topic=${topic}`, body.slice());
}

/** Waits until the channel has been given `count` messages and all are finished, each at its first attempt. */
function drained(nsqd: Nsqd, topic: string, count: number): Promise<void> {
  return eventually(async () => {
    const { message_count, depth, in_flight_count, requeue_count, timeout_count } = await nsqd
      .channel(topic, CHANNEL);
    deepEqual({ message_count, depth, in_flight_count, requeue_count, timeout_count }, {
      message_count: count,
      depth: 0,
      in_flight_count: 0,
      requeue_count: 0,
      timeout_count: 0,
    });
  }, FOUND_DEADLINE_MS);
}
