/** A lookupd that is killed, or stands still, while clients publish and make topics. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { type Lookupd, startLookupd } from "../harness/lookupd.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import { betterThanReference } from "../harness/target.ts";
import { BUSY_TOPIC, CHANNEL, Load } from "./load.ts";

/** No publisher waits for a lookupd, whose time limits are seconds; the allowance is for a busy machine. */
const PUBLISH_LIMIT_MS = 900;

/** nsqd tries again after 8 s at the latest, and a try takes 3 s. */
const REGISTERED_DEADLINE_MS = 20_000;

/** Topics that are made before and after each step. */
const STEP_TOPICS = 20;

betterThanReference(
  "lookupd killed under load knows everything after its restart, and no publisher waits",
  async () => {
    await using first = await startLookupd();
    await using steady = await startLookupd();
    await using nsqd = await startWith(first, steady);
    await using load = await Load.start(nsqd);
    const ports = { tcp: first.tcpPort, http: first.httpPort };
    let lookupd = first;
    try {
      for (let round = 0; round < 3; round++) {
        await moreTopics(load);
        await lookupd.kill();
        await moreTopics(load);
        lookupd = await startLookupd({ ports });
      }
      await moreTopics(load);
      await load.stop();
      await expectAllKept(load, [lookupd, steady]);
    } finally {
      if (lookupd !== first) await lookupd[Symbol.asyncDispose]();
    }
  },
);

betterThanReference(
  "lookupd standing still under load knows everything when it goes on, and no publisher waits",
  async () => {
    await using lookupd = await startLookupd();
    await using steady = await startLookupd();
    await using nsqd = await startWith(lookupd, steady);
    await using load = await Load.start(nsqd);
    await moreTopics(load);
    Deno.kill(lookupd.pid, "SIGSTOP");
    try {
      await nsqd.waitForLog(/ERROR: LOOKUPD\(.*\): i\/o timeout/);
      await moreTopics(load);
    } finally {
      Deno.kill(lookupd.pid, "SIGCONT");
    }
    await moreTopics(load);
    await load.stop();
    await expectAllKept(load, [lookupd, steady]);
  },
);

function startWith(...lookupds: Lookupd[]): Promise<Nsqd> {
  const flags = lookupds.map(({ tcpPort }) => `--lookupd-tcp-address=127.0.0.1:${tcpPort}`);
  // A new topic's messages stay in the topic while a lookupd does not say which channels it has.
  return startNsqd({
    flags: [...flags, "--broadcast-address=127.0.0.1", "--http-client-request-timeout=1s"],
  });
}

function moreTopics({ topics }: Load): Promise<void> {
  const wanted = topics.length + STEP_TOPICS;
  return eventually(() => ok(topics.length >= wanted));
}

/** Expects of every lookupd that it knows what there is, and of nsqd that it has every message. */
async function expectAllKept(load: Load, lookupds: readonly Lookupd[]): Promise<void> {
  const { nsqd, topics, deleted, published } = load;
  ok(load.slowestPublishMs < PUBLISH_LIMIT_MS, `a publisher waited ${load.slowestPublishMs} ms`);
  for (const lookupd of lookupds) {
    await eventually(async () => {
      const [node] = await lookupd.nodes();
      deepEqual(node?.topics?.toSorted(), [BUSY_TOPIC, ...topics].sort());
    }, REGISTERED_DEADLINE_MS);
    for (const topic of topics) {
      deepEqual(await lookupd.producers(topic), ["127.0.0.1"], topic);
      deepEqual(await lookupd.channels(topic), [CHANNEL], topic);
    }
    for (const topic of deleted) {
      const { producers = [] } = await (await lookupd.http(`/lookup?topic=${topic}`)).json();
      deepEqual(producers, [], topic);
    }
  }
  for (const topic of topics) {
    await eventually(async () => equal((await nsqd.channel(topic, CHANNEL)).depth, 1, topic));
  }
  using consumer = await Client.connect(nsqd.tcpPort);
  await consumer.subscribe(BUSY_TOPIC, CHANNEL, 100);
  const bodies = (await consumer.consume(published)).map(({ body }) => body);
  deepEqual(bodies, Array.from({ length: published }, (_, number) => String(number)));
}
