/** Consumers that have nothing but HTTP: take, and what becomes of a lease. */
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
import { answerMessage, type Leased, take } from "./consumers.ts";

const bodies = (messages: Leased[]) => messages.map(({ body }) => body);

const FLAGS = ["--mem-queue-size=10", "--durable=durable_*", "--max-channel-consumers=3"];

nsqdSuite(FLAGS, (test) => {
  const onBothKinds = (name: string, body: (nsqd: Nsqd, topic: string) => Promise<void>) => {
    test.betterThanReference(name, (nsqd) => body(nsqd, topicName()));
    test.betterThanReference(
      `${name}, of a durable topic`,
      (nsqd) => body(nsqd, `durable_${topicName()}`),
    );
  };

  onBothKinds("take gives what there is, finish ends it", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb\nc\nd");
    const got = await take(nsqd, t, "count=3");
    deepEqual(bodies(got), ["a", "b", "c"]);
    deepEqual([...new Set(got.map(({ attempts }) => attempts))], [1]);
    equal((await nsqd.channel(t, "ch")).in_flight_count, 3);
    const [{ id, lease }, , last] = got as [Leased, Leased, Leased];
    equal(await answerMessage(nsqd, "finish", t, `id=${id}&lease=${lease}`), '200 {"count":1}');
    match(
      await answerMessage(nsqd, "finish", t, `id=${id}&lease=${lease}`),
      /^404 .*not in flight/,
    );
    equal(
      await answerMessage(nsqd, "finish", t, `id=${id},${last.id}&lease=${lease}`),
      `200 {"count":1,"not_in_flight":["${id}"]}`,
    );
    equal(await answerMessage(nsqd, "finish", t, `lease=${lease}`), '200 {"count":1}');
    const { in_flight_count, depth } = await nsqd.channel(t, "ch");
    deepEqual([in_flight_count, depth], [0, 1]);
    deepEqual(bodies(await take(nsqd, t, "count=10")), ["d"]);
  });

  onBothKinds("take makes topic and channel, and waits for the first message", async (nsqd, t) => {
    deepEqual(await take(nsqd, t), []);
    const waiting = take(nsqd, t, "count=10&wait=20s");
    await eventually(async () => {
      const [client] = (await nsqd.channel(t, "ch")).clients!;
      equal(client!.ready_count, 10);
    });
    await nsqd.post(`/pub?topic=${t}`, "first");
    deepEqual(bodies(await waiting), ["first"]);
  });

  onBothKinds("a message given back comes again, at once or later", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb");
    const [first, second] = await take(nsqd, t, "count=2") as [Leased, Leased];
    const { lease } = first;
    equal(
      await answerMessage(nsqd, "requeue", t, `id=${second.id}&lease=${lease}&delay=10m`),
      '200 {"count":1}',
    );
    equal(
      await answerMessage(nsqd, "requeue", t, `id=${first.id}&lease=${lease}`),
      '200 {"count":1}',
    );
    const [again] = await take(nsqd, t, "count=2") as [Leased];
    deepEqual([again.id, again.attempts], [first.id, 2]);
    ok(again.lease !== lease, "a new take has a new lease");
    match(await answerMessage(nsqd, "finish", t, `id=${first.id}&lease=${lease}`), /^404/);
    equal((await nsqd.channel(t, "ch")).deferred_count, 1);
  });

  onBothKinds("a lease ends with its timeout, unless it is touched", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb");
    const [first, second] = await take(nsqd, t, "count=2&timeout=1s") as [Leased, Leased];
    const touching = setInterval(
      () => answerMessage(nsqd, "touch", t, `id=${second.id}&lease=${second.lease}`),
      200,
    );
    const [again] = await take(nsqd, t, "count=2&wait=20s") as [Leased];
    clearInterval(touching);
    deepEqual([again.id, again.attempts], [first.id, 2]);
    match(await answerMessage(nsqd, "finish", t, `id=${first.id}&lease=${first.lease}`), /^404/);
    const finished = await answerMessage(
      nsqd,
      "finish",
      t,
      `id=${second.id}&lease=${second.lease}`,
    );
    equal(finished, '200 {"count":1}');
    equal((await nsqd.channel(t, "ch")).timeout_count, 1);
  });

  test.betterThanReference("ack=auto finishes what was sent", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb");
    deepEqual(bodies(await take(nsqd, t, "count=5&ack=auto")), ["a", "b"]);
    await eventually(async () => equal((await nsqd.channel(t, "ch")).in_flight_count, 0));
    equal((await nsqd.channel(t, "ch")).depth, 0);
  });

  test.betterThanReference("who takes again and again is one consumer", async (nsqd) => {
    const t = topicName();
    for (let i = 0; i < 10; i++) {
      await nsqd.post(`/pub?topic=${t}`, `${i}`);
      const [message] = await take(nsqd, t, "wait=10s&client_id=worker");
      equal(message!.body, `${i}`);
      await answerMessage(nsqd, "finish", t, `lease=${message!.lease}`);
    }
    const { client_count, clients } = await nsqd.channel(t, "ch");
    equal(client_count, 1);
    const { client_id, version, message_count, finish_count, ready_count } = clients![0]!;
    deepEqual(
      [client_id, version, message_count, finish_count, ready_count],
      ["worker", "HTTP", 10, 10, 0],
    );
  });

  test.betterThanReference("a client that goes away while it waits loses nothing", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    const abort = new AbortController();
    const path = `/channel/take?topic=${t}&channel=ch&count=10&wait=1m`;
    const waiting = nsqd.http(path, { method: "POST", signal: abort.signal })
      .catch(() => "aborted");
    await eventually(async () => equal((await nsqd.channel(t, "ch")).client_count, 1));
    abort.abort();
    equal(await waiting, "aborted");
    await eventually(async () => equal((await nsqd.channel(t, "ch")).client_count, 0));
    await nsqd.post(`/mpub?topic=${t}`, "a\nb");
    const got = await take(nsqd, t, "count=10");
    deepEqual(got.map(({ body, attempts }) => [body, attempts]), [["a", 1], ["b", 1]]);
  });

  test.betterThanReference("a client that does not read its answer loses nothing", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    const body = "x".repeat(100_000);
    for (let i = 0; i < 30; i++) await nsqd.post(`/pub?topic=${t}`, body);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.httpPort });
    const request = `POST /channel/take?topic=${t}&channel=ch&count=30&timeout=1s HTTP/1.1\r\n` +
      "Host: a\r\nContent-Length: 0\r\n\r\n";
    await conn.write(new TextEncoder().encode(request));
    await eventually(async () => ok((await nsqd.channel(t, "ch")).in_flight_count > 0));
    conn.close();
    const ids = new Set<string>();
    while (ids.size < 30) {
      for (const { id, lease } of await take(nsqd, t, "count=30&wait=10s")) {
        ids.add(id);
        await answerMessage(nsqd, "finish", t, `id=${id}&lease=${lease}`);
      }
    }
    equal((await nsqd.channel(t, "ch")).depth, 0);
  });

  test.betterThanReference("a paused channel gives nothing until it goes on", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    await nsqd.post(`/channel/pause?topic=${t}&channel=ch`);
    await nsqd.post(`/pub?topic=${t}`, "a");
    deepEqual(await take(nsqd, t), []);
    const waiting = take(nsqd, t, "wait=20s");
    await eventually(async () => {
      equal((await nsqd.channel(t, "ch")).clients![0]!.ready_count, 1);
    });
    await nsqd.post(`/channel/unpause?topic=${t}&channel=ch`);
    deepEqual(bodies(await waiting), ["a"]);
  });

  test.betterThanReference("a channel that is deleted ends the waiting", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    const waiting = answer(nsqd, "POST", `/channel/take?topic=${t}&channel=ch&wait=1m`);
    await eventually(async () => equal((await nsqd.channel(t, "ch")).client_count, 1));
    await nsqd.post(`/channel/delete?topic=${t}&channel=ch`);
    equal(await waiting, refusal(404, "CHANNEL_NOT_FOUND"));
  });

  test.betterThanReference("the limit of consumers holds, for TCP and HTTP together", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb\nc\nd");
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(t, "ch", 1);
    await client.nextMessages(1);
    const [leased] = await take(nsqd, t, "count=1") as [Leased];
    await take(nsqd, t, "count=1");
    match(
      await answer(nsqd, "POST", `/channel/take?topic=${t}&channel=ch`),
      /^503 .*consumers for .*:ch exceeds limit of 3/,
    );
    await answerMessage(nsqd, "finish", t, `lease=${leased.lease}`);
    equal((await take(nsqd, t, "count=1")).length, 1);
  });

  test.betterThanReference("what makes no sense is refused in words", async (nsqd) => {
    const t = topicName();
    const refused = async (query: string, words: RegExp) =>
      match(await answer(nsqd, "POST", `/channel/take?${query}`), words);
    const names = `topic=${t}&channel=ch`;
    await refused("", /^400 .*MISSING_ARG_TOPIC/);
    await refused(`topic=${t}`, /^400 .*MISSING_ARG_CHANNEL/);
    await refused(`topic=${t}&channel=a%20b`, /^400 .*INVALID_ARG_CHANNEL/);
    await refused(`${names}&count=0`, /^400 .*count is not a whole number from 1 to 2500/);
    await refused(`${names}&wait=5`, /^400 .*wait is not a duration such as .* from 0s to 5m0s/);
    await refused(`${names}&timeout=1h`, /^400 .*timeout is not a duration such as .* to 15m0s/);
    await refused(`${names}&ack=never`, /^400 .*ack is none of: manual, auto/);
    equal((await nsqd.topics(t)).length, 0);
    match(await answerMessage(nsqd, "finish", t, "id=1"), /^400 .*MISSING_ARG_LEASE/);
    match(await answerMessage(nsqd, "finish", t, "id=1&lease=x"), /^400 .*id: 1 is no message id/);
    match(await answerMessage(nsqd, "finish", t, "lease=x"), /^404 /);
  });
});

betterThanReference("a stop answers those who wait, and keeps what is leased", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  {
    await using nsqd = await startNsqd({ dataPath });
    await nsqd.create("t", "ch", "other");
    await nsqd.post("/mpub?topic=t", "a\nb");
    equal((await take(nsqd, "t", "count=1")).length, 1);
    await nsqd.post("/channel/empty?topic=t&channel=other");
    const waiting = answer(nsqd, "POST", "/channel/take?topic=t&channel=other&wait=1m");
    await eventually(async () => equal((await nsqd.channel("t", "other")).client_count, 1));
    const stopping = nsqd.stop();
    equal(await waiting, refusal(503, "EXITING"));
    await stopping;
  }
  {
    await using nsqd = await startNsqd({ dataPath });
    deepEqual(bodies(await take(nsqd, "t", "count=10&wait=5s")).sort(), ["a", "b"]);
  }
});

betterThanReference(
  "a broker that drains lets those take who did, and ends when all is done",
  async () => {
    await using nsqd = await startNsqd();
    await nsqd.create("t", "ch");
    await nsqd.post("/mpub?topic=t", "a\nb");
    await nsqd.post("/drain");
    const got = await take(nsqd, "t", "count=1");
    match(await answer(nsqd, "POST", "/channel/take?topic=t&channel=new"), /^503 .*draining/);
    const last = await take(nsqd, "t", "count=1&wait=5s");
    deepEqual(bodies([...got, ...last]), ["a", "b"]);
    const waiting = answer(nsqd, "POST", "/channel/take?topic=t&channel=ch&wait=1m");
    for (const { lease } of [...got, ...last]) {
      await answerMessage(nsqd, "finish", "t", `lease=${lease}`);
    }
    equal(await waiting, refusal(503, "EXITING"));
    equal(await nsqd.ended(), 0);
  },
);

betterThanReference("an answer is filled from the disk while more waits there", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const settings = { dataPath, flags: ["--durable=d", "--mem-queue-size=10"] };
  const texts = Array.from({ length: 100 }, (_, index) => `${index} `.padEnd(6000, "x"));
  {
    await using nsqd = await startNsqd(settings);
    for (const topic of ["d", "t"]) {
      await nsqd.create(topic, "ch");
      for (const text of texts) await nsqd.post(`/pub?topic=${topic}`, text);
    }
  }
  {
    await using nsqd = await startNsqd(settings);
    for (const topic of ["d", "t"]) {
      deepEqual(bodies(await take(nsqd, topic, "count=200")).sort(), texts.toSorted(), topic);
    }
  }
});
