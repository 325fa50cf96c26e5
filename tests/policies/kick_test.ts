/** What people do to messages that are dead, deferred or in flight: look, kick, delete. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  nsqdSuite,
  startNsqd,
  TemporaryDirectory,
  topicName,
} from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { answerMessage, type Leased, peek, type Peeked, take } from "./consumers.ts";
import { putPolicy } from "./support.ts";

const bodies = ({ messages }: Peeked) => messages.map(({ body }) => body);

const names = (topic: string) => `topic=${topic}&channel=ch`;

/** Publishes and lets a consumer fail: dead by a policy of two attempts. */
async function bury(nsqd: Nsqd, topic: string, texts: string[]): Promise<void> {
  await nsqd.create(topic, "ch");
  await nsqd.post(`/mpub?topic=${topic}`, texts.join("\n"));
  for (let attempt = 1; attempt <= 2; attempt++) {
    const messages = await take(nsqd, topic, `count=${texts.length}&wait=10s`);
    deepEqual(messages.map(({ body }) => body), texts);
    await answerMessage(nsqd, "requeue", topic, `lease=${messages[0]!.lease}`);
  }
  await eventually(async () => {
    equal((await peek(nsqd, `/channel/peek?${names(topic)}&state=dead`)).total, texts.length);
  });
}

async function defer(nsqd: Nsqd, topic: string, texts: string[]): Promise<void> {
  await nsqd.create(topic, "ch");
  for (const [i, text] of texts.entries()) {
    await nsqd.post(`/pub?topic=${topic}&defer=${600_000 + 1000 * i}`, text);
  }
}

nsqdSuite(["--mem-queue-size=10", "--durable=durable_*"], (test) => {
  const onBothKinds = (name: string, body: (nsqd: Nsqd, topic: string) => Promise<void>) => {
    const add = (name: string, prefix: string) =>
      test.betterThanReference(name, async (nsqd) => {
        await putPolicy(nsqd, { name: "two", topic: "*", set: { max_attempts: 2 } });
        await body(nsqd, `${prefix}${topicName()}`);
      });
    add(name, "");
    add(`${name}, of a durable topic`, "durable_");
  };

  onBothKinds("dead messages are seen with why and when", async (nsqd, t) => {
    await bury(nsqd, t, ["a", "b", "c"]);
    const found = await peek(nsqd, `/channel/peek?${names(t)}&state=dead&offset=1&count=1`);
    equal(found.total, 3);
    const [dead] = found.messages;
    const { body, attempts, size, why_dead, published, first_delivery, last_delivery } = dead!;
    deepEqual([body, attempts, size, why_dead], ["b", 2, 1, "max_attempts"]);
    const times = [published, first_delivery!, last_delivery!].map((each) => Date.parse(each));
    deepEqual(times.toSorted(), times);
    ok(Date.now() - times[2]! < 30_000);
  });

  onBothKinds("kick sends dead messages back, as new", async (nsqd, t) => {
    await bury(nsqd, t, ["a", "b", "c", "d"]);
    const { messages } = await peek(nsqd, `/channel/peek?${names(t)}&state=dead`);
    const path = `/channel/kick?${names(t)}`;
    equal(await answer(nsqd, "POST", `${path}&id=${messages[2]!.id}`), '200 {"count":1}');
    equal(
      await answer(nsqd, "POST", `${path}&id=${messages[2]!.id}`),
      refusal(404, "MESSAGE_NOT_FOUND"),
    );
    equal(await answer(nsqd, "POST", `${path}&count=1`), '200 {"count":1,"dead":1,"deferred":0}');
    equal(await answer(nsqd, "POST", path), '200 {"count":2,"dead":2,"deferred":0}');
    const queued = await peek(nsqd, `/channel/peek?${names(t)}`);
    deepEqual(bodies(queued), ["c", "a", "b", "d"]);
    const got = await take(nsqd, t, "count=10");
    deepEqual(got.map(({ body, attempts }) => `${body} ${attempts}`), ["c 1", "a 1", "b 1", "d 1"]);
  });

  onBothKinds("kick queues deferred messages now, the next one first", async (nsqd, t) => {
    await defer(nsqd, t, ["a", "b", "c", "d"]);
    const path = `/channel/kick?${names(t)}`;
    const { messages } = await peek(nsqd, `/channel/peek?${names(t)}&state=deferred`);
    equal(
      await answer(nsqd, "POST", `${path}&state=dead`),
      '200 {"count":0,"dead":0,"deferred":0}',
    );
    equal(await answer(nsqd, "POST", `${path}&id=${messages[3]!.id}`), '200 {"count":1}');
    equal(await answer(nsqd, "POST", `${path}&count=1`), '200 {"count":1,"dead":0,"deferred":1}');
    deepEqual(bodies(await peek(nsqd, `/channel/peek?${names(t)}`)), ["d", "a"]);
    equal(
      await answer(nsqd, "POST", `${path}&state=deferred`),
      '200 {"count":2,"dead":0,"deferred":2}',
    );
    const got = await take(nsqd, t, "count=10");
    deepEqual(got.map(({ body, attempts }) => `${body} ${attempts}`), ["d 1", "a 1", "b 1", "c 1"]);
    equal((await nsqd.channel(t, "ch")).deferred_count, 0);
  });

  onBothKinds("a rate spreads a kick", async (nsqd, t) => {
    await defer(nsqd, t, Array.from({ length: 60 }, (_, i) => `m${i}`));
    const startMs = performance.now();
    equal(
      await answer(nsqd, "POST", `/channel/kick?${names(t)}&rate=100`),
      '200 {"count":60,"dead":0,"deferred":60,"rate":100}',
    );
    ok(performance.now() - startMs < 400, "the answer does not wait for the last");
    await eventually(async () => equal((await nsqd.channel(t, "ch")).depth, 60));
    const tookMs = performance.now() - startMs;
    ok(tookMs > 400, `60 at 100 a second took ${tookMs} ms`);
  });

  onBothKinds("delete drops one that is dead, deferred or in flight", async (nsqd, t) => {
    await bury(nsqd, t, ["a", "b"]);
    await defer(nsqd, t, ["c", "d"]);
    await nsqd.post(`/mpub?topic=${t}`, "e\nf\ng");
    const [, taken] = await take(nsqd, t, "count=2") as [Leased, Leased];
    const ids = async (state: string) =>
      (await peek(nsqd, `/channel/peek?${names(t)}&state=${state}`)).messages.map(({ id }) => id);
    const remove = (id: string) => answer(nsqd, "POST", `/message/delete?${names(t)}&id=${id}`);
    equal(await remove((await ids("dead"))[0]!), '200 {"state":"dead"}');
    equal(await remove((await ids("deferred"))[1]!), '200 {"state":"deferred"}');
    equal(await remove(taken.id), '200 {"state":"in_flight"}');
    equal(await remove(taken.id), refusal(404, "MESSAGE_NOT_FOUND"));
    equal(await remove((await ids("queued"))[0]!), refusal(404, "MESSAGE_NOT_FOUND"));
    match(await answerMessage(nsqd, "finish", t, `id=${taken.id}&lease=${taken.lease}`), /^404/);
    deepEqual(
      await Promise.all(
        ["queued", "in_flight", "deferred", "dead"].map(async (state) =>
          bodies(await peek(nsqd, `/channel/peek?${names(t)}&state=${state}`))
        ),
      ),
      [["g"], ["e"], ["c"], ["b"]],
    );
  });

  onBothKinds("a client whose message was deleted is told when it answers", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(t, "ch", 1);
    const [message] = await client.nextMessages(1);
    equal(
      await answer(nsqd, "POST", `/message/delete?${names(t)}&id=${message!.id}`),
      '200 {"state":"in_flight"}',
    );
    deepEqual((await client.nextMessages(1)).map(({ body }) => body), ["b"]);
    await client.finish(message!.id);
    await client.expectError(`E_FIN_FAILED FIN ${message!.id} failed ID not in flight`);
  });

  onBothKinds("a dead message was published when it was, to the nanosecond", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await putPolicy(nsqd, { name: t, topic: t, set: { max_attempts: 1 } });
    await nsqd.post(`/pub?topic=${t}`, "a");
    const [{ published, lease }] = await take(nsqd, t) as [Leased];
    equal(await answerMessage(nsqd, "requeue", t, `lease=${lease}`), '200 {"count":1}');
    await eventually(async () => {
      const { messages } = await peek(nsqd, `/channel/peek?${names(t)}&state=dead`);
      equal(messages[0]?.published, published);
    });
    await nsqd.post(`/policy/delete?name=${t}`);
  });

  onBothKinds("dead/empty forgets the dead, and no others", async (nsqd, t) => {
    await bury(nsqd, t, ["a", "b"]);
    await defer(nsqd, t, ["c"]);
    equal(await answer(nsqd, "POST", `/channel/dead/empty?${names(t)}`), '200 {"count":2}');
    equal((await peek(nsqd, `/channel/peek?${names(t)}&state=dead`)).total, 0);
    equal((await nsqd.channel(t, "ch")).deferred_count, 1);
  });

  test.betterThanReference("what cannot be kicked or deleted is refused in words", async (nsqd) => {
    const t = topicName();
    const post = (path: string) => answer(nsqd, "POST", path);
    equal(await post(`/channel/kick?${names(t)}`), refusal(404, "TOPIC_NOT_FOUND"));
    await nsqd.create(t, "ch");
    equal(await post("/channel/kick"), refusal(400, "MISSING_ARG_TOPIC"));
    equal(await post(`/channel/kick?topic=${t}&channel=no`), refusal(404, "CHANNEL_NOT_FOUND"));
    match(await post(`/channel/kick?${names(t)}&rate=0`), /^400 .*rate is not a whole number/);
    match(await post(`/channel/kick?${names(t)}&state=x`), /^400 .*state is none of: all, dead/);
    match(await post(`/channel/kick?${names(t)}&id=1`), /^400 .*id: 1 is no message id/);
    equal(await post(`/message/delete?${names(t)}`), refusal(400, "MISSING_ARG_ID"));
    equal(
      await post(`/channel/dead/empty?topic=${t}&channel=no`),
      refusal(404, "CHANNEL_NOT_FOUND"),
    );
  });
});

betterThanReference(
  "what was kicked and deleted in a durable topic stays so after kill -9",
  async () => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path;
    const flags = ["--durable=*"];
    {
      await using nsqd = await startNsqd({ dataPath, flags });
      await defer(nsqd, "t", ["a", "b", "c"]);
      await nsqd.post("/pub?topic=t", "d");
      const [inFlight] = await take(nsqd, "t");
      const { messages } = await peek(nsqd, `/channel/peek?${names("t")}&state=deferred`);
      equal(
        await answer(nsqd, "POST", `/channel/kick?${names("t")}&id=${messages[1]!.id}`),
        '200 {"count":1}',
      );
      for (const id of [messages[0]!.id, inFlight!.id]) {
        match(await answer(nsqd, "POST", `/message/delete?${names("t")}&id=${id}`), /^200/);
      }
      await nsqd.kill();
    }
    await using nsqd = await startNsqd({ dataPath, flags });
    const states = ["queued", "deferred", "in_flight"].map(async (state) =>
      bodies(await peek(nsqd, `/channel/peek?${names("t")}&state=${state}`))
    );
    deepEqual(await Promise.all(states), [["b"], ["c"], []]);
  },
);
