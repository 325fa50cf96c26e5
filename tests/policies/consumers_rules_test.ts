/** What policies say of a channel's consumers: rate, one at a time, what a lost one leaves, a channel without any. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  messageBatch,
  type Nsqd,
  nsqdSuite,
  startNsqd,
  TemporaryDirectory,
  topicName,
} from "../harness/mod.ts";
import { texts } from "../interop/bodies.ts";
import type { ClientEvent } from "../interop/job.ts";
import { goNsq, type Library, nsqjs, pynsq } from "../interop/libraries.ts";
import { bodiesOf, consume } from "../interop/run.ts";
import { installLibrary } from "../interop/setup.ts";
import { type PolicyDraft, putPolicy } from "./support.ts";

const FLAGS = ["--durable=durable_*"];

/** A topic with a channel `ch` that a policy is for. */
async function withRules(
  nsqd: Nsqd,
  set: Record<string, unknown>,
  prefix = "",
): Promise<string> {
  const topic = prefix + topicName();
  await putPolicy(nsqd, { name: topic, topic, set });
  await nsqd.create(topic, "ch");
  return topic;
}

async function publish(nsqd: Nsqd, topic: string, prefix: string, count: number): Promise<void> {
  await nsqd.post(`/mpub?topic=${topic}&binary=true`, messageBatch(texts(prefix, count)));
}

/** What a policy would do. */
async function dryRun(nsqd: Nsqd, policy: PolicyDraft): Promise<Record<string, unknown>> {
  const body = JSON.stringify(policy);
  return await (await nsqd.http("/policy/put?dry_run=true", { method: "POST", body })).json();
}

/** Whether each consumer of `ch` stands by, in the order in which they came. */
async function standby(nsqd: Nsqd, topic: string): Promise<boolean[]> {
  const clients = (await nsqd.channel(topic, "ch")).clients ?? [];
  return clients.map((client) => client["standby"] === true);
}

function sorted(events: readonly ClientEvent[]): string[] {
  return bodiesOf(events).map((body) => atob(body)).sort();
}

function expected(prefix: string, count: number): string[] {
  return texts(prefix, count).map((body) => new TextDecoder().decode(body)).sort();
}

nsqdSuite(FLAGS, (test) => {
  for (const prefix of ["", "durable_"]) {
    test.betterThanReference(
      `what a lost consumer had in flight goes to go-nsq at once (${prefix || "memory"})`,
      async (nsqd) => {
        const topic = await withRules(nsqd, { requeue_on_disconnect: true }, prefix);
        await publish(nsqd, topic, "m", 20);
        {
          using lost = await Client.connect(nsqd.tcpPort);
          await lost.subscribe(topic, "ch", 10);
          await lost.nextMessages(10);
        }
        await eventually(async () => {
          const { depth, in_flight_count, requeue_count, timeout_count } = await nsqd
            .channel(topic, "ch");
          deepEqual([depth, in_flight_count, requeue_count, timeout_count], [20, 0, 10, 0]);
        });
        const events = await consume(goNsq, nsqd, topic, { expect: 20, maxInFlight: 20 });
        deepEqual(sorted(events), expected("m", 20));
        const again = events.filter(({ event, attempts }) => event === "message" && attempts === 2);
        equal(again.length, 10, "these were delivered before");
      },
    );
  }

  test.betterThanReference("a policy takes effect on what a consumer has left before", async (nsqd) => {
    const topic = await withRules(nsqd, { rate: 1_000_000 });
    await publish(nsqd, topic, "m", 3);
    {
      using lost = await Client.connect(nsqd.tcpPort);
      await lost.subscribe(topic, "ch", 3);
      await lost.nextMessages(3);
    }
    await eventually(async () => equal((await nsqd.channel(topic, "ch")).client_count, 0));
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 3);
    await putPolicy(nsqd, { name: topic, topic, set: { requeue_on_disconnect: true } });
    equal((await nsqd.channel(topic, "ch")).depth, 3);
  });

  test.betterThanReference("a lost consumer's messages die when they have had their attempts", async (nsqd) => {
    const topic = await withRules(nsqd, { requeue_on_disconnect: true, max_attempts: 1 });
    await publish(nsqd, topic, "m", 2);
    {
      using lost = await Client.connect(nsqd.tcpPort);
      await lost.subscribe(topic, "ch", 2);
      await lost.nextMessages(2);
    }
    await eventually(async () => {
      const { depth, dead_count } = await nsqd.channel(topic, "ch") as unknown as Record<
        string,
        number
      >;
      deepEqual([depth, dead_count], [0, 2]);
    });
  });

  test.betterThanReference("a channel delivers no more a second than its rate, to pynsq too", async (nsqd) => {
    const topic = await withRules(nsqd, { rate: 40 });
    await publish(nsqd, topic, "m", 80);
    const events = await consume(pynsq, nsqd, topic, { expect: 80, maxInFlight: 50 });
    deepEqual(sorted(events), expected("m", 80));
    const times = events.filter(({ event }) => event === "message").map(({ atMs }) => atMs);
    const tookMs = times.at(-1)! - times[0]!;
    ok(tookMs >= 1850 && tookMs < 4000, `80 messages took ${tookMs} ms`);
    const most = Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + 500).length),
    );
    ok(most <= 30, `${most} in half a second`); // 20, and what the machine was late with
  });

  test.betterThanReference("a rate is seen in /stats, and lifted at once", async (nsqd) => {
    const topic = await withRules(nsqd, { rate: 1 });
    await publish(nsqd, topic, "m", 50);
    using consumer = await Client.connect(nsqd.tcpPort);
    await consumer.subscribe(topic, "ch", 100);
    await consumer.nextMessage();
    const { rate_limit, rate_limited } = await nsqd
      .channel(topic, "ch") as unknown as Record<string, unknown>;
    deepEqual([rate_limit, rate_limited], [1, true]);
    match(await (await nsqd.http(`/stats?topic=${topic}`)).text(), /rate: 1\/s \(limited\) /);
    await nsqd.post(`/policy/delete?name=${topic}`);
    equal((await consumer.nextMessages(49)).length, 49);
    equal("rate_limit" in await nsqd.channel(topic, "ch"), false);
  });

  test.betterThanReference("one consumer at a time gets messages, the next when it has gone", async (nsqd) => {
    const topic = await withRules(nsqd, { single_consumer: true });
    using first = await Client.connect(nsqd.tcpPort);
    using second = await Client.connect(nsqd.tcpPort);
    using third = await Client.connect(nsqd.tcpPort);
    for (const client of [first, second, third]) await client.subscribe(topic, "ch");
    for (const client of [second, first, third]) {
      await client.ready(1);
      await eventually(async () => {
        const { clients } = await nsqd.channel(topic, "ch");
        ok(clients!.filter((each) => each["ready_count"] === 1).length > 0);
      });
      if (client === second) {
        await eventually(async () => equal((await standby(nsqd, topic))[0], true));
      }
    }
    deepEqual(await standby(nsqd, topic), [true, false, true]);
    equal((await (await nsqd.http(`/stats?topic=${topic}`)).text()).match(/ standby /g)?.length, 2);
    await publish(nsqd, topic, "m", 6);
    await second.consume(2);
    // It takes no more for now, as clients do that back off: it is served all the same.
    const held = await second.nextMessage();
    await second.ready(0);
    await second.finish(held.id);
    await second.ready(1);
    const last = await second.nextMessage();
    await second.send("CLS\n");
    await second.expectResponse("CLOSE_WAIT");
    await second.finish(last.id);
    await first.nextMessage();
    deepEqual(await standby(nsqd, topic), [false, true, true]);
    first.close();
    await third.consume(1);
    equal((await nsqd.channel(topic, "ch")).in_flight_count, 1);
    deepEqual(await standby(nsqd, topic), [true, false]);
  });

  test.betterThanReference("single_consumer holds for consumers that are there, and ends with its policy", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "ch");
    using first = await Client.connect(nsqd.tcpPort);
    using second = await Client.connect(nsqd.tcpPort);
    for (const client of [first, second]) await client.subscribe(topic, "ch", 10);
    await eventually(async () => {
      const { clients } = await nsqd.channel(topic, "ch");
      deepEqual(clients!.map((each) => each["ready_count"]), [10, 10]);
    });
    await putPolicy(nsqd, { name: topic, topic, set: { single_consumer: true } });
    await publish(nsqd, topic, "m", 10);
    await first.nextMessages(10);
    await nsqd.post(`/policy/delete?name=${topic}`);
    await publish(nsqd, topic, "n", 10);
    await second.nextMessages(10);
  });

  test.betterThanReference("nsqjs stands by while go-nsq is served, and takes over", async (nsqd) => {
    for (const library of [goNsq, nsqjs]) await installLibrary(library);
    const topic = await withRules(nsqd, { single_consumer: true });
    const run = (library: Library) => consume(library, nsqd, topic, { expect: 15 });
    const served = run(goNsq);
    await eventually(async () => deepEqual(await standby(nsqd, topic), [false]));
    const next = run(nsqjs);
    await eventually(async () => deepEqual(await standby(nsqd, topic), [false, true]));
    await publish(nsqd, topic, "m", 15);
    deepEqual(sorted(await served), expected("m", 15));
    await publish(nsqd, topic, "n", 15);
    deepEqual(sorted(await next), expected("n", 15));
  });
});

Deno.test("a channel without a consumer goes after its time, and one with a backlog stays", async () => {
  using directory = new TemporaryDirectory();
  const settings = { dataPath: directory.path, flags: FLAGS };
  {
    await using nsqd = await startNsqd(settings);
    await putPolicy(nsqd, { name: "idle", topic: "*", set: { idle_expiry: "400ms" } });
    const channels = async (topic: string) =>
      (await nsqd.topic(topic)).channels.map(({ channel_name }) => channel_name);
    for (const topic of ["memory", "durable_x"]) {
      await nsqd.create(topic, "used");
      using consumer = await Client.connect(nsqd.tcpPort);
      await consumer.subscribe(topic, "used");
      await nsqd.create(topic, "backlog");
      await nsqd.post(`/pub?topic=${topic}`, "x");
      await nsqd.create(topic, "empty");
      const empty = (await nsqd.channel(topic, "empty")) as unknown as Record<string, number>;
      ok(empty["expires_in_ms"]! > 0 && empty["expires_in_ms"]! <= 400);
      equal("expires_in_ms" in await nsqd.channel(topic, "used"), false);
      await eventually(async () => deepEqual(await channels(topic), ["backlog", "used"]));
      consumer.close();
      await nsqd.post(`/channel/empty?topic=${topic}&channel=used`);
      await eventually(async () => deepEqual(await channels(topic), ["backlog"]));
      await nsqd.post(`/channel/empty?topic=${topic}&channel=backlog`);
      await eventually(async () => deepEqual(await channels(topic), []));
      await nsqd.create(topic, "kept");
      await nsqd.post(`/pub?topic=${topic}`, "x");
    }
  }
  await using again = await startNsqd(settings);
  for (const topic of ["memory", "durable_x"]) {
    equal((await again.channel(topic, "kept")).depth, 1);
  }
  const harsh = {
    name: "idle",
    topic: "*",
    set: { idle_expiry: "200ms", idle_expiry_backlog: true },
  };
  await eventually(async () => {
    const { would_drop } = await dryRun(again, harsh);
    equal(would_drop, 2, "two channels with a message each have been idle for so long");
  });
  await putPolicy(again, harsh);
  await eventually(async () => {
    for (const { channels } of await again.topics()) deepEqual(channels, []);
  });
});

Deno.test("rules of consumers hold after SIGTERM and kill -9, and a durable topic remembers what came back", async () => {
  using directory = new TemporaryDirectory();
  const settings = { dataPath: directory.path, flags: FLAGS };
  const topics = ["memory", "durable_x"];
  {
    await using nsqd = await startNsqd(settings);
    const set = { requeue_on_disconnect: true, single_consumer: true, rate: 1000 };
    await putPolicy(nsqd, { name: "all", topic: "*", set });
    for (const topic of topics) {
      await nsqd.create(topic, "ch");
      await publish(nsqd, topic, "m", 4);
    }
    await nsqd.stop("SIGTERM");
  }
  for (const isSecond of [false, true]) {
    await using nsqd = await startNsqd(settings);
    for (const topic of topics.slice(Number(isSecond))) {
      using first = await Client.connect(nsqd.tcpPort);
      await first.subscribe(topic, "ch", 10);
      const messages = await first.nextMessages(4);
      if (isSecond) deepEqual(messages.map(({ attempts }) => attempts), [3, 3, 3, 3]);
      using second = await Client.connect(nsqd.tcpPort);
      await second.subscribe(topic, "ch", 10);
      await eventually(async () => deepEqual(await standby(nsqd, topic), [false, true]));
      first.close();
      await second.nextMessages(4);
      const { requeue_count, rate_limit } = await nsqd
        .channel(topic, "ch") as unknown as Record<string, number>;
      deepEqual([requeue_count, rate_limit], [4, 1000]);
      second.close();
      await eventually(async () => equal((await nsqd.channel(topic, "ch")).depth, 4));
      if (!isSecond) await nsqd.post(`/channel/empty?topic=memory&channel=ch`);
    }
    if (!isSecond) {
      // Events that nobody waits for are on the disk with the next commit.
      await nsqd.post("/pub?topic=durable_other", "x");
      await nsqd.kill();
    }
  }
});
