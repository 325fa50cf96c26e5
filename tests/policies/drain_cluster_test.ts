/** One broker of a cluster is drained under load: clients that know nothing of it lose nothing and leave nothing behind. */
import { Producer } from "../../lib/client/mod.ts";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  type Nsqd,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { goNsq, type Library, nsqjs } from "../interop/libraries.ts";
import { bodiesOf, runJob } from "../interop/run.ts";
import { installLibrary } from "../interop/setup.ts";
import { keepingLogger } from "../client/producer_support.ts";

const TOPIC = "orders";
const MESSAGES = 3000;
/** So many are published before the drain begins, the others while it goes on and after. */
const BEFORE = 1000;
const WORKERS = 30;

/** What is published, sorted. */
const ALL = Array.from({ length: MESSAGES }, (_, i) => `message ${i}`).sort();

/** Who reads, each its own channel. */
const CONSUMERS: readonly Library[] = [goNsq, nsqjs];

Deno.test("one of three brokers is drained under load: each message comes once, none is left, exit code 0", async () => {
  for (const library of CONSUMERS) await installLibrary(library);
  await using lookupd = await startLookupd();
  const flags = [
    `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
    "--broadcast-address=127.0.0.1",
  ];
  await using first = await startNsqd({ flags });
  await using second = await startNsqd({ flags });
  await using third = await startNsqd({ flags });
  const nsqds = [first, second, third];
  for (const nsqd of nsqds) await nsqd.create(TOPIC, ...CONSUMERS.map(({ name }) => name));
  await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 3));

  const consumed = CONSUMERS.map((library) => consume(library, lookupd.httpPort));
  const publishing = startPublishing(lookupd.httpPort);
  await eventually(() => ok(publishing.begun >= BEFORE));
  // Something is there for sure when the drain begins, and for as long as it is looked at.
  const [{ name: held }] = CONSUMERS as [Library];
  await second.post(`/channel/pause?topic=${TOPIC}&channel=${held}`);
  await eventually(async () => ok((await second.channel(TOPIC, held)).depth > 0));
  await second.post("/drain?deadline=1m");
  await publishing.finish();
  equal((await lookupd.producers(TOPIC)).length, 3, "still known, as it is not empty");
  await second.post(`/channel/unpause?topic=${TOPIC}&channel=${held}`);
  equal(await second.ended(), 0);
  for (const bodies of await Promise.all(consumed)) deepEqual(bodies, ALL);
  await nothingIsLeft([first, third]);
  equal((await lookupd.nodes()).length, 2);
});

for (const durability of [[], ["--durable=*"]]) {
  const what = durability.length > 0 ? "durable" : "not durable";
  Deno.test(`one of three brokers drains, and a consumer never answers: at the deadline it flushes and exits with 0, nothing is lost, ${what}`, async () => {
    for (const library of CONSUMERS) await installLibrary(library);
    using directory = new TemporaryDirectory();
    const dataPath = directory.path;
    await using lookupd = await startLookupd();
    const flags = [
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      "--broadcast-address=127.0.0.1",
      ...durability,
    ];
    await using first = await startNsqd({ flags });
    await using third = await startNsqd({ flags });
    const [answering, silent] = CONSUMERS.map(({ name }) => name) as [string, string];
    let left = 0;
    {
      await using second = await startNsqd({ flags, dataPath });
      for (const nsqd of [first, second, third]) await nsqd.create(TOPIC, answering, silent);
      await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 3));
      using holder = await Client.connect(second.tcpPort);
      await holder.subscribe(TOPIC, silent, 50);
      const consumed = consume(goNsq, lookupd.httpPort);
      const publishing = startPublishing(lookupd.httpPort);
      await holder.nextMessages(50);
      await second.post("/drain?deadline=1h");
      await publishing.finish();
      deepEqual(await consumed, ALL, "whoever answers gets all, the drained broker's too");
      left = (await second.channel(TOPIC, silent)).depth;
      await second.post("/drain?deadline=300ms");
      equal(await second.ended(), 0);
      match(second.log(), /DRAIN: the deadline has come with \d+ messages not consumed/);
      equal((await lookupd.nodes()).length, 2);
    }
    await using second = await startNsqd({ flags, dataPath });
    equal((await second.channel(TOPIC, silent)).depth, left + 50);
    deepEqual(await consume(nsqjs, lookupd.httpPort), ALL);
    await nothingIsLeft([first, second, third]);
  });
}

/** Publishes all messages to whom a lookupd knows. */
function startPublishing(lookupdPort: number) {
  const publisher = new Producer({
    lookupd: [`127.0.0.1:${lookupdPort}`],
    logger: keepingLogger(),
  });
  let begun = 0;
  const work = async () => {
    while (begun < MESSAGES) await publisher.publish(TOPIC, `message ${begun++}`);
  };
  const published = Promise.all(Array.from({ length: WORKERS }, work));
  return {
    /** How many are published or on their way. */
    get begun() {
      return begun;
    },
    /** Resolves when all are acknowledged. */
    async finish() {
      await published;
      await publisher.close();
    },
  };
}

/** All bodies that a program gets that knows nothing but a lookupd. */
async function consume(library: Library, lookupdPort: number): Promise<string[]> {
  const events = await runJob(library, {
    action: "consume",
    address: "",
    lookupdHttpAddresses: [`127.0.0.1:${lookupdPort}`],
    topic: TOPIC,
    channel: library.name,
    maxInFlight: 60,
    msgTimeoutMs: 10_000,
    maxAttempts: 5,
    expect: MESSAGES,
  });
  return bodiesOf(events).map((body) => new TextDecoder().decode(Uint8Array.fromBase64(body)))
    .sort();
}

async function nothingIsLeft(nsqds: readonly Nsqd[]): Promise<void> {
  for (const nsqd of nsqds) {
    for (const { depth, in_flight_count, requeue_count } of (await nsqd.topic(TOPIC)).channels) {
      deepEqual({ depth, in_flight_count, requeue_count }, {
        depth: 0,
        in_flight_count: 0,
        requeue_count: 0,
      });
    }
  }
}
