/** A producer loses nsqds and lookupds: nothing that it reports as acknowledged is lost, and nothing is left unreported. */
import { Producer, type ProducerOptions, PublishError } from "../../lib/client/mod.ts";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  type Nsqd,
  pause,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
  text,
  withDeadline,
} from "../harness/mod.ts";
import { FakeNsqd } from "./fake_nsqd.ts";
import { keepingLogger, rejection } from "./producer_support.ts";

const CLOSED_ADDRESS = "127.0.0.1:1";

function addressOf({ tcpPort }: { tcpPort: number }): string {
  return `127.0.0.1:${tcpPort}`;
}

function quietProducer(options: ProducerOptions): Producer {
  return new Producer({ ...options, logger: keepingLogger() });
}

/** Keeps publishing different messages until it is told to end. */
class Load {
  readonly acknowledged: string[] = [];
  readonly failed: PublishError[] = [];
  begun = 0;
  #isOver = false;
  readonly #workers: Promise<void>[];

  constructor(producer: Producer, topic: string, workers: number) {
    this.#workers = Array.from({ length: workers }, () => this.#work(producer, topic));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  async #work(producer: Producer, topic: string): Promise<void> {
    while (!this.#isOver) {
      const body = `message ${this.begun++}`;
      try {
        await producer.publish(topic, body);
        this.acknowledged.push(body);
      } catch (error) {
        ok(error instanceof PublishError);
        this.failed.push(error);
      }
      await pause(0);
    }
  }
}

/** All bodies in a topic of an nsqd. */
async function drain(nsqd: Nsqd, topic: string): Promise<string[]> {
  const figures = (await nsqd.topics(topic))[0];
  if (figures === undefined) return [];
  await nsqd.create(topic, "drain");
  // What is in the topic goes to its first channel.
  const depth = await eventually(async () => {
    const { depth, channels } = await nsqd.topic(topic);
    equal(depth, 0);
    return channels[0]!.depth;
  });
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "drain", 500);
  return (await client.consume(depth)).map(({ body }) =>
    typeof body === "string" ? body : text(body as Uint8Array)
  );
}

Deno.test("Producer loses nothing that was acknowledged when nsqds are killed under load", async () => {
  await using lookupd = await startLookupd();
  using directories = new DisposableStack();
  const flags = [
    `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
    "--broadcast-address=127.0.0.1",
    "--mem-queue-size=0", // a killed process keeps what it has given to the system
  ];
  const start = (dataPath: string) => startNsqd({ flags, dataPath });
  const paths = [1, 2, 3].map(() => directories.use(new TemporaryDirectory()).path);
  const nsqds = await Promise.all(paths.map(start));
  await eventually(async () => equal((await lookupd.nodes()).length, 3));
  const logger = keepingLogger();
  const producer = new Producer({
    lookupd: [`127.0.0.1:${lookupd.httpPort}`],
    lookupdPollIntervalMs: 200,
    maxAttempts: 20,
    logger,
  });
  const load = new Load(producer, "topic", 50);
  for (const victim of [0, 1]) {
    await eventually(async () =>
      ok((await nsqds[victim]!.topics("topic"))[0]!.message_count > 200)
    );
    await nsqds[victim]!.kill();
    const before = load.acknowledged.length;
    await eventually(() => ok(load.acknowledged.length > before + 500));
  }
  await load.end();
  await producer.close();
  equal(load.acknowledged.length + load.failed.length, load.begun);
  deepEqual(load.failed.map(({ message }) => message), []);

  nsqds[0] = await start(paths[0]!);
  nsqds[1] = await start(paths[1]!);
  const consumed = new Set<string>();
  for (const nsqd of nsqds) for (const body of await drain(nsqd, "topic")) consumed.add(body);
  deepEqual(load.acknowledged.filter((body) => !consumed.has(body)), []);
  for (const nsqd of nsqds) await nsqd[Symbol.asyncDispose]();
  ok(logger.lines.length < 20, `the log is short: ${logger.lines.join("\n")}`);
});

Deno.test("Producer goes to another nsqd when one does not answer", async () => {
  await using hanging = new FakeNsqd(() => "silence");
  await using good = new FakeNsqd(() => ({ ok: "OK" }));
  const producer = quietProducer({
    nsqd: [hanging.address, good.address],
    publishTimeoutMs: 5000,
    maxAttempts: 5,
  });
  await producer.connect();
  const receipts = await Promise.all([
    producer.publishMany("topic", ["a"]),
    producer.publishMany("topic", ["b"]),
    producer.publishMany("topic", ["c"]),
  ]);
  deepEqual(new Set(receipts.map(({ nsqd }) => nsqd)), new Set([good.address]));
  await producer.close();
  deepEqual(new Set(good.commands.map(({ body }) => text(body))), new Set(["a", "b", "c"]));
});

Deno.test("Producer reports as unknown what was sent and not answered, and does not repeat it with maxAttempts 1", async () => {
  await using nsqd = new FakeNsqd(() => "close");
  const producer = quietProducer({ nsqd: [nsqd.address], maxAttempts: 1 });
  const error = await rejection(producer.publish("topic", "a"));
  await producer.close();
  equal(error.acknowledged, "unknown");
  deepEqual(error.attempts, [
    { nsqd: nsqd.address, reason: "connection closed by nsqd", acknowledged: "unknown" },
  ]);
  equal(nsqd.commands.length, 1);
});

Deno.test("Producer does not count against a message that nsqd closed for another's sake", async () => {
  await using nsqd = new FakeNsqd(({ line }) =>
    line === "PUB bad" ? { error: "E_UNAUTHORIZED AUTH failed" } : { ok: "OK" }
  );
  const producer = quietProducer({ nsqd: [nsqd.address], maxAttempts: 1 });
  await producer.connect();
  const [refused, receipt] = await Promise.all([
    rejection(producer.publish("bad", "a")),
    producer.publish("good", "b"),
  ]);
  await producer.close();
  equal(refused.acknowledged, false);
  deepEqual(receipt, { nsqd: nsqd.address, attempts: 1 });
});

Deno.test("Producer tries maxAttempts times and lists each of them", async () => {
  await using nsqd = new FakeNsqd(() => ({ error: "E_PUB_FAILED PUB failed exiting" }));
  const producer = quietProducer({ nsqd: [nsqd.address], maxAttempts: 3 });
  const error = await rejection(producer.publish("topic", "a"));
  await producer.close();
  equal(error.acknowledged, false);
  equal(error.attempts.length, 3);
  equal(
    error.message,
    `failed to publish to topic: ${nsqd.address}: E_PUB_FAILED PUB failed exiting (3 times)`,
  );
  equal(nsqd.commands.length, 3);
});

Deno.test("Producer rejects when no nsqd can be reached, and says which were tried", async () => {
  const producer = quietProducer({ nsqd: [CLOSED_ADDRESS], maxAttempts: 2 });
  const error = await rejection(producer.publish("topic", "a"));
  await rejection(producer.connect());
  await producer.close();
  equal(error.acknowledged, false);
  match(
    error.message,
    /^failed to publish to topic: 127\.0\.0\.1:1: failed to connect - .*refused/,
  );
});

Deno.test("Producer rejects after publishTimeoutMs what was not even sent", async () => {
  const producer = quietProducer({
    nsqd: [CLOSED_ADDRESS],
    maxAttempts: 0,
    publishTimeoutMs: 300,
  });
  const error = await withDeadline(rejection(producer.publish("topic", "a")), 3000, "rejection");
  await producer.close();
  match(error.message, /^failed to publish to topic within 300ms: 127\.0\.0\.1:1: /);
});

Deno.test("Producer publishes again once nsqd is back", async () => {
  using directory = new TemporaryDirectory();
  const first = await startNsqd({ dataPath: directory.path });
  await using producer = quietProducer({ nsqd: [addressOf(first)], maxAttempts: 0 });
  await producer.publish("topic", "before");
  const flags = [`--tcp-address=127.0.0.1:${first.tcpPort}`];
  await first.stop();
  const published = producer.publish("topic", "meanwhile");
  await using second = await startNsqd({ dataPath: directory.path, flags });
  const { attempts } = await published;
  ok(attempts >= 1);
  equal((await second.topic("topic")).message_count, 1);
});

Deno.test("Producer uses the lookupds that answer, and warns once of one that does not", async () => {
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({
    flags: [`--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`, "--broadcast-address=127.0.0.1"],
  });
  await eventually(async () => equal((await lookupd.nodes()).length, 1));
  const logger = keepingLogger();
  const producer = new Producer({
    lookupd: [CLOSED_ADDRESS, `127.0.0.1:${lookupd.httpPort}`],
    lookupdPollIntervalMs: 20,
    lookupdPollJitter: 0,
    logger,
  });
  const receipt = await producer.publish("topic", "a");
  await pause(150);
  await producer.close();
  equal(receipt.nsqd, addressOf(nsqd));
  equal(logger.lines.length, 1, logger.lines.join("\n"));
});

Deno.test("Producer leaves nothing open when it closes while it asks and connects", async () => {
  const asked = Promise.withResolvers<void>();
  // Has begun its answer when the producer closes, and does not end it.
  await using lookupd = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const start = (controller: ReadableStreamDefaultController) => {
      controller.enqueue(new TextEncoder().encode('{"producers":['));
      asked.resolve();
    };
    return new Response(new ReadableStream({ start }));
  });
  using nsqd = Deno.listen({ hostname: "127.0.0.1", port: 0 }); // accepts, and never answers
  const producers = [
    quietProducer({ nsqd: [`127.0.0.1:${nsqd.addr.port}`] }),
    quietProducer({ lookupd: [`127.0.0.1:${lookupd.addr.port}`] }),
  ];
  for (const each of producers) each.connect().catch(() => {}); // they are closed first
  using _accepted = await nsqd.accept();
  await asked.promise;
  await Promise.all(producers.map((each) => each.close())); // what is left open now is a leak
});

Deno.test("Producer finds an nsqd that joins later, and rejects when there is none", async () => {
  await using lookupd = await startLookupd();
  const producer = quietProducer({
    lookupd: [`127.0.0.1:${lookupd.httpPort}`],
    maxAttempts: 1,
  });
  const error = await rejection(producer.publish("topic", "too early"));
  match(error.message, /: lookupd 127\.0\.0\.1:\d+: knows no nsqd$/);
  await using nsqd = await startNsqd({
    flags: [`--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`, "--broadcast-address=127.0.0.1"],
  });
  await eventually(async () => {
    equal((await producer.publish("topic", "in time")).nsqd, addressOf(nsqd));
  });
  await producer.close();
});

Deno.test("Producer soon finds the nsqd that took the place of a lost one", async () => {
  await using lookupd = await startLookupd();
  const flags = [
    `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
    "--broadcast-address=127.0.0.1",
  ];
  await using stays = await startNsqd({ flags });
  const lost = await startNsqd({ flags });
  await eventually(async () => equal((await lookupd.nodes()).length, 2));
  await using producer = quietProducer({ lookupd: [`127.0.0.1:${lookupd.httpPort}`] });
  const reaches = (nsqd: Nsqd) =>
    eventually(
      async () => equal((await producer.publish("topic", "m")).nsqd, addressOf(nsqd)),
      30_000, // asks lookupd every minute without a reason
    );
  await reaches(stays);
  await reaches(lost);
  await lost.stop();
  await using next = await startNsqd({ flags });
  await reaches(next);
});

Deno.test("Producer says of each lookupd why no nsqd is known, within its time limit", async () => {
  await using empty = await startLookupd();
  using stalled = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const addresses = [
    `http://me:secret@${CLOSED_ADDRESS}`,
    `127.0.0.1:${empty.httpPort}`,
    `127.0.0.1:${stalled.addr.port}`,
  ];
  const logger = keepingLogger();
  const producer = new Producer({ lookupd: addresses, publishTimeoutMs: 500, logger });
  const failures = [rejection(producer.connect()), rejection(producer.publish("topic", "lost"))];
  for (const { message, acknowledged, attempts } of await Promise.all(failures)) {
    match(message, /^failed to (connect|publish to topic) within 500ms: lookupd /);
    equal(acknowledged, false);
    deepEqual(attempts.map(({ nsqd }) => nsqd), [
      `lookupd http://me:***@${CLOSED_ADDRESS}`,
      ...addresses.slice(1).map((address) => `lookupd ${address}`),
    ]);
    match(attempts[0]!.reason, /refused/);
    deepEqual(attempts.slice(1).map(({ reason }) => reason), ["knows no nsqd", "has not answered"]);
  }
  await producer.close();
  equal(logger.lines.join().includes("secret"), false);
});

Deno.test("Producer goes on with the nsqds that it has while lookupds know none", async () => {
  const first = await startLookupd();
  const { tcpPort: tcp, httpPort: http } = first;
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  const setLookupds = (addresses: string[]) =>
    nsqd.http("/config/nsqlookupd_tcp_addresses", {
      method: "PUT",
      body: JSON.stringify(addresses),
    }).then((response) => response.body?.cancel());
  await setLookupds([`127.0.0.1:${tcp}`]);
  await eventually(async () => equal((await first.nodes()).length, 1));
  const producer = quietProducer({
    lookupd: [`127.0.0.1:${http}`],
    lookupdPollIntervalMs: 20,
    lookupdPollJitter: 0,
    maxAttempts: 1,
  });
  await producer.publish("topic", "a");
  await setLookupds([]);
  await first.stop();
  await using _second = await startLookupd({ ports: { tcp, http } });
  await pause(200);
  await producer.publish("topic", "b");
  await producer.close();
  equal((await nsqd.topic("topic")).message_count, 2);
});
