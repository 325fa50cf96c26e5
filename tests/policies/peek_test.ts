/** Looking into topics and channels over HTTP. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client, type Nsqd, nsqdSuite, topicName } from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { peek, type Peeked } from "./consumers.ts";

const bodies = ({ messages }: Peeked) => messages.map(({ body }) => body);

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `m${from + i}`);
}

/** Each test once on a topic in memory that overflows to disk, and once on a durable one. */
nsqdSuite(["--mem-queue-size=10", "--durable=durable_*", "--msg-timeout=10m"], (test) => {
  const onBothKinds = (name: string, body: (nsqd: Nsqd, topic: string) => Promise<void>) => {
    test.betterThanReference(name, (nsqd) => body(nsqd, topicName()));
    test.betterThanReference(
      `${name}, of a durable topic`,
      (nsqd) => body(nsqd, `durable_${topicName()}`),
    );
  };

  onBothKinds(
    "what waits in a channel is seen in order, on disk and in memory",
    async (nsqd, t) => {
      await nsqd.create(t, "ch");
      const all = numbers(0, 100);
      await nsqd.post(`/mpub?topic=${t}`, all.slice(0, 60).join("\n"));
      for (const body of all.slice(60)) await nsqd.post(`/pub?topic=${t}`, body);
      const path = `/channel/peek?topic=${t}&channel=ch`;
      const first = await peek(nsqd, path);
      equal(first.total, 100);
      equal(first.state, "queued");
      deepEqual(bodies(first), all.slice(0, 20));
      deepEqual(bodies(await peek(nsqd, `${path}&offset=85&count=50`)), all.slice(85));
      deepEqual(bodies(await peek(nsqd, `${path}&offset=89&count=2`)), all.slice(89, 91));
      deepEqual(bodies(await peek(nsqd, `${path}&offset=100`)), []);
      for (let offset = 0; offset < 100; offset += 7) {
        deepEqual(bodies(await peek(nsqd, `${path}&offset=${offset}&count=1`)), [all[offset]]);
      }
    },
  );

  onBothKinds("looking changes nothing", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, numbers(0, 30).join("\n"));
    const path = `/channel/peek?topic=${t}&channel=ch&count=1000`;
    const before = await peek(nsqd, path);
    deepEqual(await peek(nsqd, path), before);
    deepEqual([...new Set(before.messages.map(({ attempts }) => attempts))], [0]);
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(t, "ch", 100);
    const got = await client.consume(30);
    deepEqual(
      got.map(({ id, attempts }) => [id, attempts]),
      before.messages.map(({ id }) => [id, 1]),
    );
    equal((await peek(nsqd, path)).total, 0);
  });

  onBothKinds("what came back stands behind, with its attempts", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, numbers(0, 25).join("\n"));
    const client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(t, "ch", 2);
    const got = await client.nextMessages(2);
    await client.ready(0);
    for (const { id } of got) await client.requeue(id, 0);
    await client.send("NOP\n");
    const path = `/channel/peek?topic=${t}&channel=ch&count=1000`;
    let found = await peek(nsqd, path);
    for (let i = 0; found.total < 25 && i < 100; i++) found = await peek(nsqd, path);
    await nsqd.post(`/mpub?topic=${t}`, numbers(25, 28).join("\n"));
    found = await peek(nsqd, path);
    deepEqual(bodies(found), [...numbers(2, 25), "m0", "m1", ...numbers(25, 28)]);
    deepEqual(found.messages.map(({ attempts }) => attempts).slice(22, 26), [0, 1, 1, 0]);
    deepEqual(bodies(await peek(nsqd, `${path}&offset=24&count=2`.replace("count=1000&", ""))), [
      "m1",
      "m25",
    ]);
    client.close();
  });

  onBothKinds("what is in flight is seen with its holder and its timeout", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, numbers(0, 3).join("\n"));
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(t, "ch", 2);
    const got = await client.nextMessages(2);
    const path = `/channel/peek?topic=${t}&channel=ch&state=in_flight`;
    const found = await peek(nsqd, path);
    equal(found.total, 2);
    deepEqual(
      found.messages.map(({ id, body, attempts, size }) => [id, body, attempts, size]),
      got.map(({ id, body }) => [id, body, 1, 2]),
    );
    const { due, holder, published } = found.messages[0]!;
    equal(holder!.remote_address, client.localAddress);
    const untilDueMs = Date.parse(due!) - Date.now();
    ok(untilDueMs > 590_000 && untilDueMs <= 600_000, `due in ${untilDueMs} ms`);
    match(published, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    ok(Math.abs(Date.parse(published) - Date.now()) < 10_000);
    deepEqual(bodies(await peek(nsqd, `${path}&offset=1`)), ["m1"]);
    client.close();
    let gone = await peek(nsqd, path);
    while (gone.messages[0]!.holder !== null) gone = await peek(nsqd, path);
    equal(gone.total, 2);
  });

  onBothKinds("what is deferred is seen by its time", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    for (const delay of [300_000, 100_000, 200_000]) {
      await nsqd.post(`/pub?topic=${t}&defer=${delay}`, `in ${delay}`);
    }
    const path = `/channel/peek?topic=${t}&channel=ch&state=deferred`;
    const found = await peek(nsqd, path);
    equal(found.total, 3);
    deepEqual(bodies(found), ["in 100000", "in 200000", "in 300000"]);
    const untilDueMs = Date.parse(found.messages[0]!.due!) - Date.now();
    ok(untilDueMs > 90_000 && untilDueMs <= 100_000, `due in ${untilDueMs} ms`);
    deepEqual(bodies(await peek(nsqd, `${path}&offset=1&count=1`)), ["in 200000"]);
    equal((await peek(nsqd, `/channel/peek?topic=${t}&channel=ch`)).total, 0);
  });

  onBothKinds("what waits at a topic is seen there", async (nsqd, t) => {
    await nsqd.create(t);
    await nsqd.post(`/mpub?topic=${t}`, numbers(0, 30).join("\n"));
    await nsqd.post(`/pub?topic=${t}&defer=100000`, "later");
    const found = await peek(nsqd, `/topic/peek?topic=${t}&offset=15`);
    equal(found.total, 30);
    deepEqual(bodies(found), numbers(15, 30));
    const deferred = await peek(nsqd, `/topic/peek?topic=${t}&state=deferred`);
    equal(deferred.total, 1);
    deepEqual(bodies(deferred), ["later"]);
    equal((await nsqd.topic(t)).depth, 31);
  });

  onBothKinds("finished messages are left out", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, numbers(0, 40).join("\n"));
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(t, "ch", 10);
    const got = await client.nextMessages(10);
    await client.ready(0);
    for (const each of [got[3]!, got[5]!]) await client.finish(each.id);
    await client.requeue(got[4]!.id, 0);
    const path = `/channel/peek?topic=${t}&channel=ch`;
    while ((await peek(nsqd, path)).total < 31) { /* until the last answer has arrived */ }
    deepEqual(bodies(await peek(nsqd, `${path}&offset=28&count=9`)), ["m38", "m39", "m4"]);
    const inFlight = await peek(nsqd, `${path}&state=in_flight`);
    deepEqual(bodies(inFlight), ["m0", "m1", "m2", "m6", "m7", "m8", "m9"]);
  });

  test.betterThanReference("bodies are text or base64, and cut where asked", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    for (const body of ["né", new Uint8Array([0xff, 0x00]), "\ufeff<b>"]) {
      await nsqd.post(`/pub?topic=${t}`, body);
    }
    const path = `/channel/peek?topic=${t}&channel=ch`;
    const fields = async (query: string) =>
      (await peek(nsqd, path + query)).messages.map((
        { size, body, body_base64, truncated },
      ) => [size, body ?? `base64 ${body_base64}`, truncated]);
    deepEqual(await fields(""), [
      [3, "né", undefined],
      [2, "base64 /wA=", undefined],
      [6, "\ufeff<b>", undefined],
    ]);
    deepEqual(await fields("&max_bytes=2"), [
      [3, "n", true],
      [2, "base64 /wA=", undefined],
      [6, "", true],
    ]);
  });

  test.betterThanReference("what cannot be looked at is refused in words", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    const path = `/channel/peek?topic=${t}&channel=ch`;
    equal(await answer(nsqd, "GET", "/channel/peek"), refusal(400, "MISSING_ARG_TOPIC"));
    equal(
      await answer(nsqd, "GET", `/channel/peek?topic=${t}&channel=no`),
      refusal(404, "CHANNEL_NOT_FOUND"),
    );
    equal(await answer(nsqd, "GET", "/topic/peek?topic=no"), refusal(404, "TOPIC_NOT_FOUND"));
    match(await answer(nsqd, "GET", `${path}&state=all`), /^400 .*state is none of: queued, in_fl/);
    match(await answer(nsqd, "GET", `${path}&count=1001`), /^400 .*count is not a whole number/);
    match(await answer(nsqd, "GET", `${path}&offset=-1`), /^400 .*offset is not a whole number/);
    match(await answer(nsqd, "GET", `${path}&max_bytes=x`), /^400 .*max_bytes is not a whole/);
  });
});
