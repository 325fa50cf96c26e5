/** `max_age`, `max_depth`, `max_bytes`: what may wait in a channel. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { goNsq, nsqjs, pynsq } from "../interop/libraries.ts";
import { bodiesOf, consume, publish } from "../interop/run.ts";
import { putPolicy } from "./support.ts";

const FLAGS = ["--durable=durable*"];
const KINDS = ["ordinary", "durable"];

async function figures(nsqd: Nsqd, topic: string, channel = "ch") {
  const { depth, expired_count, rejected_count, dropped_count, dead_count } = await nsqd.channel(
    topic,
    channel,
  );
  return { depth, expired_count, rejected_count, dropped_count, dead_count };
}
const NONE = { depth: 0, expired_count: 0, rejected_count: 0, dropped_count: 0, dead_count: 0 };

betterThanReference("what is too old is not delivered, to client libraries either", async () => {
  await using nsqd = await startNsqd({ flags: FLAGS });
  await putPolicy(nsqd, { name: "p", topic: "*", channel: "ch", set: { max_age: "400ms" } });
  await putPolicy(nsqd, {
    name: "q",
    topic: "*",
    channel: "dies",
    set: { max_age: "400ms", expired: "dead_letter" },
  });
  const libraries = [goNsq, nsqjs, pynsq];
  const topics = libraries.flatMap((library) =>
    KINDS.map((kind) => ({ library, topic: `${kind}-${library.name}` }))
  );
  for (const { topic } of topics) {
    await nsqd.create(topic, "ch", "dies", "free");
    await nsqd.post(`/mpub?topic=${topic}`, "old\nolder");
  }
  await eventually(async () => { // nobody asks for them
    for (const { topic } of topics) {
      deepEqual(await figures(nsqd, topic), { ...NONE, expired_count: 2 });
      deepEqual(await figures(nsqd, topic, "dies"), { ...NONE, expired_count: 2, dead_count: 2 });
      deepEqual(await figures(nsqd, topic, "free"), { ...NONE, depth: 2 });
    }
  });
  await putPolicy(nsqd, { name: "p", topic: "*", channel: "ch", set: { max_age: "1m" } });
  await Promise.all(topics.map(async ({ library, topic }) => {
    await nsqd.post(`/pub?topic=${topic}`, "new");
    const events = await consume(library, nsqd, topic, { expect: 1 });
    deepEqual(bodiesOf(events).map(atob), ["new"]);
  }));
});

betterThanReference(
  "a full channel refuses publishers, for all channels, before any takes it",
  async () => {
    await using nsqd = await startNsqd({ flags: FLAGS });
    await putPolicy(nsqd, { name: "p", topic: "*", channel: "ch", set: { max_depth: 2 } });
    for (const kind of KINDS) {
      const topic = `${kind}-t`;
      await nsqd.create(topic, "first", "ch", "last");
      const publishing = (body: string) => answer(nsqd, "POST", `/pub?topic=${topic}`, body);
      equal(await publishing("a"), "200 OK");
      const batch = await answer(nsqd, "POST", `/mpub?topic=${topic}`, "b\nc");
      equal(batch, refusal(503, "CHANNEL_FULL"));
      equal(await publishing("b"), "200 OK");
      equal(await publishing("c"), refusal(503, "CHANNEL_FULL"));
      using client = await Client.connect(nsqd.tcpPort);
      await client.send(`PUB ${topic}\n`, new Uint8Array([0, 0, 0, 1, 99]));
      await client.expectFatalError(
        `E_PUB_FAILED PUB failed channel ${topic}:ch is full, its max_depth is 2`,
      );
      deepEqual(await figures(nsqd, topic), { ...NONE, depth: 2, rejected_count: 4 });
      for (const channel of ["first", "last"]) {
        deepEqual(await figures(nsqd, topic, channel), { ...NONE, depth: 2 });
      }
      for (const library of [goNsq, pynsq]) {
        const failure = await publish(library, nsqd, topic, "single", [new Uint8Array([1])])
          .catch((error) => error);
        match(String(failure), /E_PUB_FAILED/);
      }
      const events = await consume(goNsq, nsqd, topic, { expect: 2 });
      deepEqual(bodiesOf(events).map(atob), ["a", "b"]);
      equal(await publishing("d"), "200 OK");
    }
  },
);

betterThanReference("bytes are counted, in memory, on disk and after a restart", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  for (const memQueueSize of [1000, 1]) {
    const topic = `ordinary-${memQueueSize}`;
    const flags = [...FLAGS, `--mem-queue-size=${memQueueSize}`];
    const start = () => startNsqd({ dataPath, flags });
    {
      await using nsqd = await start();
      await putPolicy(nsqd, { name: "p", topic: "*", set: { max_bytes: "1KB" } });
      await nsqd.create(topic, "ch");
      await nsqd.post(`/mpub?topic=${topic}`, `${"a".repeat(300)}\n${"b".repeat(300)}`);
      await nsqd.stop();
    }
    await using nsqd = await start();
    const publishing = (bytes: number) =>
      answer(nsqd, "POST", `/pub?topic=${topic}`, "c".repeat(bytes));
    equal(await publishing(401), refusal(503, "CHANNEL_FULL"));
    equal(await publishing(400), "200 OK");
    equal(await publishing(1), refusal(503, "CHANNEL_FULL"));
  }
});

betterThanReference(
  "the oldest make room, and a policy takes effect on what is there",
  async () => {
    await using nsqd = await startNsqd({ flags: [...FLAGS, "--mem-queue-size=5"] });
    for (const kind of KINDS) {
      const topic = `${kind}-t`;
      await nsqd.create(topic, "ch");
      await nsqd.post(`/mpub?topic=${topic}`, Array.from({ length: 20 }, (_, i) => i).join("\n"));
      await putPolicy(nsqd, { name: kind, topic, set: { max_depth: 3, overflow: "drop_oldest" } });
      await eventually(async () => {
        deepEqual(await figures(nsqd, topic), { ...NONE, depth: 3, dropped_count: 17 });
      });
      await nsqd.post(`/pub?topic=${topic}`, "20");
      await putPolicy(nsqd, { name: kind, topic, set: { max_depth: 3, overflow: "dead_letter" } });
      await nsqd.post(`/pub?topic=${topic}`, "21");
      await eventually(async () => {
        deepEqual(await figures(nsqd, topic), {
          ...NONE,
          depth: 3,
          dropped_count: 18,
          dead_count: 1,
        });
      });
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch", 10);
      deepEqual((await client.consume(3)).map(({ body }) => body), ["19", "20", "21"]);
    }
  },
);

betterThanReference("/stats tells how old the oldest message is", async () => {
  await using nsqd = await startNsqd({ flags: FLAGS });
  for (const topic of KINDS) {
    await nsqd.create(topic, "ch");
    equal((await nsqd.channel(topic, "ch")).oldest_age_ms, 0);
    const startMs = Date.now();
    await nsqd.post(`/pub?topic=${topic}`, "a");
    await new Promise((resolve) => setTimeout(resolve, 30));
    const { oldest_age_ms } = await nsqd.channel(topic, "ch");
    ok(oldest_age_ms >= 28 && oldest_age_ms <= Date.now() - startMs + 2, `${oldest_age_ms} ms`);
  }
  const text = await (await nsqd.http("/stats")).text();
  match(text, /\[ch .* oldest: /);
});
