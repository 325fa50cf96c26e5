/** A consumer and several nsqds and lookupds, some of which go away. */
import { Consumer } from "../../lib/client/mod.ts";
import { deepEqual as equal } from "../harness/assert.ts";
import {
  eventually,
  type Lookupd,
  type Nsqd,
  pause,
  startLookupd,
  startNsqd,
} from "../harness/mod.ts";
import { Proxy } from "./proxy.ts";
import { httpAddress, LogBook, publish, running, tcpAddress, textOf } from "./consumer_support.ts";

const TOPIC = "orders", CHANNEL = "billing";

async function startNsqds(count: number, flags: string[] = []): Promise<AsyncDisposable & Nsqd[]> {
  const nsqds = await Promise.all(Array.from({ length: count }, () => startNsqd({ flags })));
  for (const nsqd of nsqds) await nsqd.create(TOPIC, CHANNEL);
  return Object.assign(nsqds, {
    async [Symbol.asyncDispose]() {
      for (const nsqd of nsqds) await nsqd[Symbol.asyncDispose]();
    },
  });
}

/** RDY counts of the channel's clients at each nsqd. */
async function readyCounts(nsqds: readonly Nsqd[]): Promise<unknown[]> {
  const channels = await Promise.all(nsqds.map((nsqd) => nsqd.channel(TOPIC, CHANNEL)));
  return channels.map(({ clients }) => clients?.map((client) => client["ready_count"]).join());
}

function total(counts: unknown[]): number {
  return counts.reduce<number>((sum, count) => sum + Number(count), 0);
}

function lookupdFlags(...lookupds: Lookupd[]): string[] {
  return [
    "--broadcast-address=127.0.0.1",
    ...lookupds.map(({ tcpPort }) => `--lookupd-tcp-address=127.0.0.1:${tcpPort}`),
  ];
}

Deno.test("Consumer shares RDY out evenly, again after setMaxInFlight and a lost nsqd", async () => {
  await using nsqds = await startNsqds(3);
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: nsqds.map(tcpAddress),
    maxInFlight: 100,
    logger: new LogBook(),
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  await eventually(async () => equal(await readyCounts(nsqds), ["33", "33", "33"]));
  consumer.setMaxInFlight(9);
  await eventually(async () => equal(await readyCounts(nsqds), ["3", "3", "3"]));
  await nsqds[0]!.kill();
  await eventually(async () => equal(await readyCounts(nsqds.slice(1)), ["4", "4"]));
});

Deno.test("Consumer asks for no more than maxInFlight together and lets every nsqd have its turn", async () => {
  await using nsqds = await startNsqds(4);
  for (const nsqd of nsqds) await publish(nsqd, TOPIC, 25);
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: nsqds.map(tcpAddress),
    maxInFlight: 2,
    rdyRedistributeIntervalMs: 50,
    lowRdyIdleTimeoutMs: 1000,
    logger: new LogBook(),
  });
  let working = 0, most = 0;
  await using _ = running(consumer, async () => {
    most = Math.max(most, ++working);
    await pause(1);
    working--;
  }, { concurrency: 10 });
  await consumer.ready;
  await eventually(async () => equal(total(await readyCounts(nsqds)), 2));
  await eventually(() => equal(consumer.stats.finished, 100));
  equal(most <= 4, true, `${most}`); // one whose RDY has moved on may still be at work
  equal(total(await readyCounts(nsqds)), 2);
});

Deno.test("Consumer survives the loss of an nsqd under load and returns to it", async () => {
  await using nsqds = await startNsqds(2);
  const [lost, kept] = [nsqds[0]!, nsqds[1]!];
  const log = new LogBook(), seen = new Set<string>();
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: nsqds.map(tcpAddress),
    maxInFlight: 20,
    logger: log,
  });
  await using _ = running(consumer, async (message) => {
    await pause(2); // so that the nsqd goes while messages are in flight
    seen.add(textOf(message));
  }, { concurrency: 20 });
  await consumer.ready;
  await publish(lost, TOPIC, 1000, "lost");
  await publish(kept, TOPIC, 1000, "kept");
  await eventually(() => equal(consumer.stats.received > 100, true));
  await lost.kill();
  await eventually(() => equal([...seen].filter((body) => body.startsWith("kept")).length, 1000));
  equal(consumer.stats.connections, 1);
  equal(log.count(/^error .*handler failed/), 0);
  const port = lost.tcpPort;
  await using back = await startNsqd({ flags: [`--tcp-address=127.0.0.1:${port}`] });
  await eventually(() => equal(consumer.stats.connections, 2));
  await publish(back, TOPIC, 10, "back");
  await eventually(() => equal([...seen].filter((body) => body.startsWith("back")).length, 10));
  equal(log.count(new RegExp(`^warn .*127.0.0.1:${port}\\) connection lost`)), 1);
  equal(log.count(/error connecting to nsqd .*trying again/), 1);
});

Deno.test("Consumer finds nsqds through the lookupds that are there, with one warning for the other", async () => {
  await using lookupd = await startLookupd();
  await using gone = await startLookupd();
  const goneAddress = httpAddress(gone), ports = { tcp: gone.tcpPort, http: gone.httpPort };
  await gone.stop();
  await using nsqds = await startNsqds(2, lookupdFlags(lookupd));
  await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 2));
  const log = new LogBook();
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    lookupd: [goneAddress, httpAddress(lookupd)],
    lookupdPollIntervalMs: 100,
    maxInFlight: 10,
    logger: log,
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  equal(consumer.stats.connections, 2);
  for (const nsqd of nsqds) await publish(nsqd, TOPIC, 100);
  await eventually(() => equal(consumer.stats.finished, 200));
  await using third = await startNsqd({ flags: lookupdFlags(lookupd) });
  await third.create(TOPIC, CHANNEL);
  await eventually(() => equal(consumer.stats.connections, 3));
  const warnings = new RegExp(`^warn .*error querying nsqlookupd ${goneAddress}`);
  equal(log.count(warnings), 1);
  await using _back = await startLookupd({ ports });
  await eventually(() => equal(log.count(/^info .* answers again/), 1));
  equal(log.count(warnings), 1);
});

Deno.test("Consumer keeps its connections while all lookupds are away, and a topic may come later", async () => {
  await using lookupd = await startLookupd();
  const log = new LogBook();
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    lookupd: [`http://${httpAddress(lookupd)}`],
    lookupdPollIntervalMs: 50,
    logger: log,
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  equal([consumer.stats.connections, log.count(/^(warn|error)/)], [0, 0]);
  await using nsqds = await startNsqds(1, lookupdFlags(lookupd));
  await eventually(() => equal(consumer.stats.connections, 1));
  await lookupd.stop();
  await eventually(() => equal(log.count(/^warn .*error querying nsqlookupd/), 1));
  await publish(nsqds[0]!, TOPIC, 5);
  await eventually(() => equal(consumer.stats.finished, 5));
});

Deno.test("Consumer does not handle what waits from an nsqd that is gone, as it comes again", async () => {
  const handled: string[] = [];
  const held = Promise.withResolvers<void>();
  await using nsqd = await startNsqd({ flags: ["--msg-timeout=500ms"] });
  await nsqd.create(TOPIC, CHANNEL);
  await publish(nsqd, TOPIC, 10);
  await using proxy = new Proxy(nsqd.tcpPort);
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: [proxy.address],
    maxInFlight: 10,
    logger: new LogBook(),
  });
  await using _ = running(consumer, async (message) => {
    handled.push(textOf(message));
    await held.promise;
  });
  await eventually(() => equal(consumer.stats.received, 10));
  proxy.breakConnections();
  await eventually(() => equal(consumer.stats.received, 20));
  held.resolve();
  await eventually(async () => equal((await nsqd.channel(TOPIC, CHANNEL)).depth, 0));
  await eventually(() => equal(consumer.stats.finished, 10));
  equal(handled.length, 11, "the one that was held when its nsqd was lost is handled twice");
  equal(new Set(handled).size, 10);
});

Deno.test("Consumer reads what comes a byte at a time, and messages of megabytes", async () => {
  await using nsqd = await startNsqd({
    flags: ["--max-msg-size=20000000", "--max-body-size=30000000"],
  });
  await nsqd.create(TOPIC, CHANNEL);
  const bodies = ["", "x".repeat(5_000_000), "", "y".repeat(20_000_000)].map((body, i) =>
    `${i}${body}`.slice(0, 20_000_000)
  );
  const take = async (address: string, count: number, deflateLevel: number) => {
    const taken: string[] = [];
    const consumer = new Consumer({
      topic: TOPIC,
      channel: CHANNEL,
      nsqd: [address],
      maxInFlight: 3,
      deflateLevel,
      logger: new LogBook(),
    });
    await using _ = running(consumer, (message) => void taken.push(textOf(message)));
    await eventually(() => equal(taken.length, count));
    return taken;
  };
  for (const deflateLevel of [0, 1]) {
    for (const body of bodies) await nsqd.post(`/pub?topic=${TOPIC}`, body);
    const taken = await take(tcpAddress(nsqd), bodies.length, deflateLevel);
    equal(
      taken.toSorted().map((body) => body.length),
      bodies.toSorted().map((body) => body.length),
    );
    equal(
      new Set(taken).size === bodies.length && bodies.every((body) => taken.includes(body)),
      true,
    );
    await publish(nsqd, TOPIC, 100);
    await using slow = new Proxy(nsqd.tcpPort, 1);
    equal(
      await take(slow.address, 100, deflateLevel),
      Array.from({ length: 100 }, (_, i) => `message ${i}`),
    );
  }
});

Deno.test("Consumer forgets an nsqd that is gone and that no lookupd knows", async () => {
  await using lookupd = await startLookupd();
  await using nsqds = await startNsqds(1, lookupdFlags(lookupd));
  await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 1));
  const log = new LogBook();
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    lookupd: [httpAddress(lookupd)],
    lookupdPollIntervalMs: 50,
    logger: log,
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  equal(consumer.stats.connections, 1);
  await nsqds[0]!.stop();
  await eventually(() => equal(log.count(/no longer known to a lookupd/), 1));
  equal(consumer.stats.connections, 0);
});

Deno.test("Consumer does not bring back a topic that was deleted", async () => {
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({ flags: lookupdFlags(lookupd) });
  await nsqd.create(TOPIC, CHANNEL);
  await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 1));
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    lookupd: [httpAddress(lookupd)],
    logger: new LogBook(),
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  await pause(5500); // a connection that lasted is opened again at once
  await nsqd.post(`/topic/delete?topic=${TOPIC}`);
  await eventually(() => equal(consumer.stats.connections, 0));
  await pause(2500);
  equal(await nsqd.topics(), []);
});

Deno.test("Consumer does not wait for a lookupd that stalls", async () => {
  using stalled = Deno.listen({ hostname: "127.0.0.1", port: 0 }); // accepts, and never answers
  await using lookupd = await startLookupd();
  await using _nsqds = await startNsqds(1, lookupdFlags(lookupd));
  await eventually(async () => equal((await lookupd.producers(TOPIC)).length, 1));
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    lookupd: [`127.0.0.1:${(stalled.addr as Deno.NetAddr).port}`, httpAddress(lookupd)],
    lookupdPollIntervalMs: 50,
    logger: new LogBook(),
  });
  await using _ = running(consumer, () => {});
  await eventually(() => equal(consumer.stats.connections, 1), 2000);
  await using later = await startNsqd({ flags: lookupdFlags(lookupd) });
  await later.create(TOPIC, CHANNEL);
  await eventually(() => equal(consumer.stats.connections, 2));
});

Deno.test("Consumer leaves an nsqd that has fallen silent, and returns when it speaks", async () => {
  await using nsqds = await startNsqds(1);
  const [nsqd] = nsqds, log = new LogBook();
  const consumer = new Consumer({
    topic: TOPIC,
    channel: CHANNEL,
    nsqd: nsqds.map(tcpAddress),
    heartbeatIntervalMs: 1000,
    readTimeoutMs: 1500,
    logger: log,
  });
  await using _ = running(consumer, () => {});
  await consumer.ready;
  await pause(2000);
  equal([consumer.stats.connections, log.count(/connection lost/)], [1, 0]); // heartbeats keep it
  Deno.kill(nsqd!.pid, "SIGSTOP");
  try {
    await eventually(() => equal(log.count(/connection lost - nothing received for 1500 ms/), 1));
  } finally {
    Deno.kill(nsqd!.pid, "SIGCONT");
  }
  await eventually(() => equal(consumer.stats.connections, 1));
});
