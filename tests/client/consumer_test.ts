/** A consumer and one nsqd: messages, their answers, and the end. */
import { Consumer, type ConsumerOptions, type Message } from "../../lib/client/mod.ts";
import { rejects } from "node:assert/strict";
import { deepEqual as equal, fail } from "../harness/assert.ts";
import { eventually, type Nsqd, nsqdSuite, pause, topicName } from "../harness/mod.ts";
import { LogBook, publish, running, tcpAddress, textOf } from "./consumer_support.ts";

const LONG = 64 * 1024;

function consumerOf(
  nsqd: Nsqd,
  topic: string,
  options: Partial<ConsumerOptions> = {},
): { consumer: Consumer; log: LogBook } {
  const log = new LogBook();
  const nsqds = [tcpAddress(nsqd)];
  return {
    consumer: new Consumer({ topic, channel: "ch", nsqd: nsqds, logger: log, ...options }),
    log,
  };
}

async function isTimedOut(nsqd: Nsqd, topic: string): Promise<void> {
  equal((await nsqd.channel(topic, "ch")).timeout_count, 1);
}

nsqdSuite([], (test) => {
  test("Consumer hands on every message once and in order, and finishes them", async (nsqd) => {
    const topic = topicName(), bodies: string[] = [];
    await nsqd.create(topic, "ch");
    await publish(nsqd, topic, 5000);
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 500 });
    await using _ = running(consumer, (message) => void bodies.push(textOf(message)));
    await eventually(() => equal(bodies.length, 5000));
    equal(bodies, Array.from({ length: 5000 }, (_, i) => `message ${i}`));
    await eventually(async () => {
      const { depth, in_flight_count, requeue_count } = await nsqd.channel(topic, "ch");
      equal([depth, in_flight_count, requeue_count], [0, 0, 0]);
    });
    equal(consumer.stats, { received: 5000, finished: 5000, requeued: 0, connections: 1 });
  });

  test("Message tells id, time, attempts and where it came from", async (nsqd) => {
    const topic = topicName(), before = BigInt(Date.now()) * 1_000_000n;
    const { consumer } = consumerOf(nsqd, topic);
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    await using _ = running(consumer, ({ id, timestampNs, attempts, nsqd, isAnswered }) => {
      resolve({ id, timestampNs, attempts, nsqd, isAnswered });
    });
    await consumer.ready;
    await publish(nsqd, topic, 1);
    const { id, timestampNs, ...rest } = await promise;
    equal(rest, { attempts: 1, nsqd: tcpAddress(nsqd), isAnswered: false });
    equal(/^[0-9a-f]{16}$/.test(id as string), true, `${id}`);
    const ageNs = timestampNs as bigint - before;
    equal(ageNs >= -1_000_000n && ageNs < 60_000_000_000n, true, `${ageNs}`);
  });

  test("Message body of any length stays as it is while it is held", async (nsqd) => {
    const topic = topicName(), held: Uint8Array[] = [];
    const lengths = [1, LONG, 3, 10 * LONG, 200, 0.5 * LONG, 1];
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 3 });
    await using _ = running(consumer, (message) => void held.push(message.body));
    await consumer.ready;
    const bodies = Array.from(
      { length: 70 },
      (_, i) => new Uint8Array(lengths[i % 7]!).fill(i + 1),
    );
    for (const body of bodies) await nsqd.post(`/pub?topic=${topic}`, body);
    await eventually(() => equal(held.length, bodies.length));
    equal(held.every((body, i) => body.length === bodies[i]!.length), true, "lengths");
    equal(held.every((body, i) => body.every((byte) => byte === i + 1)), true, "contents");
  });

  test("Consumer.run requeues what a handler throws at, and hands it on again", async (nsqd) => {
    const topic = topicName(), attempts: number[] = [];
    const { consumer, log } = consumerOf(nsqd, topic, {
      defaultRequeueDelayMs: 10,
      backoffMultiplierMs: 5,
    });
    await using _ = running(consumer, (message) => {
      attempts.push(message.attempts);
      if (message.attempts === 1) throw new Error("not now");
      return message.attempts === 2 ? Promise.reject(new Error("nor now")) : undefined;
    });
    await consumer.ready;
    await publish(nsqd, topic, 1);
    await eventually(() => equal(consumer.stats.finished, 1));
    equal(attempts, [1, 2, 3]);
    equal(log.count(/^error .*handler failed \(not now\) for msg [0-9a-f]{16}/), 1);
    equal((await nsqd.channel(topic, "ch")).requeue_count, 2);
  });

  test("Consumer gives up what had all its attempts", async (nsqd) => {
    const topic = topicName(), givenUp: [number, string][] = [];
    let handled = 0;
    const { consumer, log } = consumerOf(nsqd, topic, {
      maxAttempts: 2,
      defaultRequeueDelayMs: 0,
      maxBackoffDurationMs: 0,
      onGiveUp: (message) => givenUp.push([message.attempts, textOf(message)]),
    });
    await using _ = running(consumer, () => {
      handled++;
      throw new Error("no");
    });
    await consumer.ready;
    await publish(nsqd, topic, 1);
    await eventually(() => equal(givenUp, [[3, "message 0"]]));
    equal(handled, 2);
    equal(log.count(/^warn .* attempted 3 times, giving up/), 1);
    await eventually(async () => {
      const { depth, deferred_count, in_flight_count } = await nsqd.channel(topic, "ch");
      equal([depth, deferred_count, in_flight_count], [0, 0, 0]);
    });
  });

  test("Consumer backs off after a failure and goes on after a success", async (nsqd) => {
    const topic = topicName(), times: number[] = [];
    const { consumer, log } = consumerOf(nsqd, topic, {
      maxInFlight: 1,
      backoffMultiplierMs: 100,
      defaultRequeueDelayMs: 0,
    });
    await using _ = running(consumer, () => {
      times.push(performance.now());
      if (times.length === 1) throw new Error("no");
    });
    await consumer.ready;
    await publish(nsqd, topic, 10);
    await eventually(() => equal(consumer.stats.finished, 10));
    const gapMs = times[1]! - times[0]!;
    equal(gapMs > 190 && gapMs < 1500, true, `${gapMs} ms`);
    equal(log.count(/backing off for 200ms \(backoff level 1\), setting all to RDY 0/), 1);
    equal(log.count(/exiting backoff/), 1);
  });

  test("requeue without backoff does not slow the others down", async (nsqd) => {
    const topic = topicName();
    const { consumer, log } = consumerOf(nsqd, topic, { maxInFlight: 10 });
    await using _ = running(consumer, (message) => {
      if (textOf(message) === "message 3" && message.attempts < 3) {
        message.requeue(0, { backoff: false });
      }
    });
    await consumer.ready;
    await publish(nsqd, topic, 20);
    await eventually(() => equal(consumer.stats.finished, 20));
    equal(consumer.stats.requeued, 2);
    equal(log.count(/backing off/), 0);
  });

  test("touch keeps a message from timing out", async (nsqd) => {
    const topic = topicName();
    const { consumer } = consumerOf(nsqd, topic, { msgTimeoutMs: 3000 });
    await using _ = running(consumer, async (message) => {
      for (let i = 0; i < 5; i++) {
        await pause(750);
        message.touch();
      }
    });
    await consumer.ready;
    await publish(nsqd, topic, 1);
    await eventually(() => equal(consumer.stats.finished, 1));
    equal((await nsqd.channel(topic, "ch")).timeout_count, 0);
  });

  test("an answer after the timeout is reported and harms nobody", async (nsqd) => {
    const topic = topicName();
    const { consumer, log } = consumerOf(nsqd, topic, { msgTimeoutMs: 1000 });
    await using _ = running(consumer, async (message) => {
      if (message.attempts === 1) await eventually(() => isTimedOut(nsqd, topic));
    });
    await consumer.ready;
    await publish(nsqd, topic, 1);
    await eventually(() => equal(consumer.stats.finished, 2));
    await eventually(() => equal(log.count(/^error .*protocol error - E_FIN_FAILED/), 1));
    equal(consumer.stats.connections, 1);
  });

  test("run lets as many handlers work as concurrency says, and no more", async (nsqd) => {
    const topic = topicName();
    let working = 0, most = 0;
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 50 });
    await using _ = running(consumer, async () => {
      most = Math.max(most, ++working);
      await pause(10);
      working--;
    }, { concurrency: 4 });
    await consumer.ready;
    await publish(nsqd, topic, 40);
    await eventually(() => equal(consumer.stats.finished, 40));
    equal(most, 4);
  });

  test("run with manual leaves all answers to the handler", async (nsqd) => {
    const topic = topicName(), kept: Message[] = [];
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 5 });
    await using _ = running(consumer, (message) => void kept.push(message), { manual: true });
    await consumer.ready;
    await publish(nsqd, topic, 6);
    await eventually(() => equal(kept.length, 5));
    equal(consumer.isStarved, true);
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 5);
    for (const message of kept) message.finish();
    await eventually(() => equal(kept.length, 6));
    kept[5]!.finish();
    kept[5]!.finish(); // once is enough
    kept[5]!.requeue();
    equal([consumer.stats.finished, consumer.stats.requeued], [6, 0]);
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).in_flight_count, 0));
    equal(consumer.isStarved, false);
  });

  test("stop waits for what is in flight", async (nsqd) => {
    const topic = topicName();
    let ended = 0;
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 10 });
    const run = consumer.run(async () => {
      await pause(100);
      ended++;
    }, { concurrency: 5 });
    await consumer.ready;
    await publish(nsqd, topic, 100);
    await eventually(() => equal(consumer.stats.received >= 10, true));
    await consumer.stop();
    await run;
    const { received, finished, connections } = consumer.stats;
    equal([finished, connections, ended], [received, 0, received]);
    await eventually(async () => {
      const { depth, in_flight_count, client_count } = await nsqd.channel(topic, "ch");
      equal([depth + finished, in_flight_count, client_count], [100, 0, 0]);
    });
  });

  test("stop gives up after its time limit", async (nsqd) => {
    const topic = topicName();
    const { consumer } = consumerOf(nsqd, topic);
    const run = consumer.run(() => {}, { manual: true });
    await consumer.ready;
    await publish(nsqd, topic, 1);
    await eventually(() => equal(consumer.stats.received, 1));
    const startedMs = performance.now();
    await consumer.stop(100);
    await run;
    equal(performance.now() - startedMs < 1500, true);
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 1);
  });

  test("Consumer is an async iterator, and leaving the loop stops it", async (nsqd) => {
    const topic = topicName(), bodies: string[] = [];
    await nsqd.create(topic, "ch");
    await publish(nsqd, topic, 100);
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 20 });
    for await (const message of consumer) {
      bodies.push(textOf(message));
      if (bodies.length === 30) break; // this one is not answered
      message.finish();
    }
    equal(bodies, Array.from({ length: 30 }, (_, i) => `message ${i}`));
    equal(consumer.stats.connections, 0);
    const { depth, in_flight_count } = await nsqd.channel(topic, "ch");
    equal([depth, in_flight_count], [71, 0]);
  });

  test("stop ends a loop over a consumer when all is answered", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "ch");
    await publish(nsqd, topic, 50);
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 10 });
    let seen = 0;
    for await (const message of consumer) {
      message.finish();
      if (++seen === 25) void consumer.stop();
    }
    equal(seen, consumer.stats.received);
    equal((await nsqd.channel(topic, "ch")).depth, 50 - seen);
  });

  test("setMaxInFlight changes what nsqd may send", async (nsqd) => {
    const topic = topicName();
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 0 });
    await using _ = running(consumer, () => {});
    await consumer.ready;
    await publish(nsqd, topic, 10);
    const readyCount = async () =>
      (await nsqd.channel(topic, "ch")).clients?.[0]?.["ready_count"] ?? fail("no client");
    await pause(100);
    equal([await readyCount(), consumer.stats.received], [0, 0]);
    consumer.setMaxInFlight(7);
    await eventually(() => equal(consumer.stats.finished, 10));
    equal(await readyCount(), 7);
  });

  test("sampleRate takes a part of the messages", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "ch");
    await publish(nsqd, topic, 2000);
    const { consumer } = consumerOf(nsqd, topic, { maxInFlight: 100, sampleRate: 20 });
    await using _ = running(consumer, () => {});
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).depth, 0));
    const { received } = consumer.stats;
    equal(received > 200 && received < 700, true, `${received}`);
  });

  test("Consumer says who it is", async (nsqd) => {
    const topic = topicName();
    const { consumer } = consumerOf(nsqd, topic, {
      clientId: "me",
      hostname: "here",
      userAgent: "test/1",
    });
    await using _ = running(consumer, () => {});
    await consumer.ready;
    const client = (await nsqd.channel(topic, "ch")).clients![0]!;
    equal([client["client_id"], client["hostname"], client["user_agent"]], [
      "me",
      "here",
      "test/1",
    ]);
  });

  test("Consumer runs once only", async (nsqd) => {
    const { consumer } = consumerOf(nsqd, topicName());
    await using _ = running(consumer, () => {});
    await rejects(consumer.run(() => {}), /runs only once/);
  });
});
