/** Messages as a stream over HTTP: lines of JSON, and server-sent events. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { eventually, type Nsqd, nsqdSuite, topicName } from "../harness/mod.ts";
import { answerMessage, Stream, take } from "./consumers.ts";

nsqdSuite(["--mem-queue-size=10", "--durable=durable_*"], (test) => {
  const onBothKinds = (name: string, body: (nsqd: Nsqd, topic: string) => Promise<void>) => {
    test.betterThanReference(name, (nsqd) => body(nsqd, topicName()));
    test.betterThanReference(
      `${name}, of a durable topic`,
      (nsqd) => body(nsqd, `durable_${topicName()}`),
    );
  };

  onBothKinds("messages come as lines, as many as may be in flight", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    await nsqd.post(`/mpub?topic=${t}`, "a\nb\nc");
    await using stream = await Stream.open(nsqd, t, "max_in_flight=2&client_id=me");
    match(stream.response.headers.get("content-type")!, /^application\/x-ndjson/);
    const first = await stream.next(), second = await stream.next();
    deepEqual([first.body, second.body], ["a", "b"]);
    const [client] = (await nsqd.channel(t, "ch")).clients!;
    deepEqual(
      [client!.client_id, client!.ready_count, client!.in_flight_count],
      ["me", 2, 2],
    );
    equal((await nsqd.channel(t, "ch")).depth, 1);
    equal(
      await answerMessage(nsqd, "finish", t, `id=${first.id}&lease=${first.lease}`),
      '200 {"count":1}',
    );
    equal((await stream.next()).body, "c");
    await nsqd.post(`/pub?topic=${t}`, "d");
    await answerMessage(nsqd, "requeue", t, `id=${second.id}&lease=${second.lease}`);
    equal((await stream.next()).body, "d");
  });

  onBothKinds("ack=auto finishes what was sent, and goes on", async (nsqd, t) => {
    await nsqd.create(t, "ch");
    const all = Array.from({ length: 200 }, (_, i) => `m${i}`);
    await nsqd.post(`/mpub?topic=${t}`, all.join("\n"));
    await using stream = await Stream.open(nsqd, t, "ack=auto&max_in_flight=5");
    const got: (string | undefined)[] = [];
    while (got.length < 200) got.push((await stream.next()).body);
    deepEqual(got, all);
    await eventually(async () => equal((await nsqd.channel(t, "ch")).in_flight_count, 0));
  });

  test.betterThanReference("who asks for events gets events", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    await nsqd.post(`/pub?topic=${t}`, "line\nand <tag>");
    await using stream = await Stream.open(nsqd, t, "", { Accept: "text/event-stream" });
    match(stream.response.headers.get("content-type")!, /^text\/event-stream/);
    equal(await stream.line(), ":");
    const event = await stream.line();
    match(event!, /^data: \{/);
    equal(JSON.parse(event!.slice("data: ".length)).body, "line\nand <tag>");
  });

  onBothKinds(
    "a client that leaves is no consumer any more, and loses nothing",
    async (nsqd, t) => {
      await nsqd.create(t, "ch");
      const sent = Array.from({ length: 50 }, (_, i) => `${i} ${"x".repeat(50_000)}`);
      for (const body of sent) await nsqd.post(`/pub?topic=${t}`, body);
      const stream = await Stream.open(nsqd, t, "max_in_flight=2500&timeout=1s");
      const first = await stream.next();
      await stream[Symbol.asyncDispose]();
      await eventually(async () => equal((await nsqd.channel(t, "ch")).client_count, 0));
      // What it has got it may still answer for.
      const finished = await answerMessage(
        nsqd,
        "finish",
        t,
        `id=${first.id}&lease=${first.lease}`,
      );
      equal(finished, '200 {"count":1}');
      const ids = new Set([first.id]);
      while (ids.size < 50) {
        for (const { id, lease } of await take(nsqd, t, "count=50&wait=10s")) {
          ids.add(id);
          await answerMessage(nsqd, "finish", t, `id=${id}&lease=${lease}`);
        }
      }
      const { depth, in_flight_count } = await nsqd.channel(t, "ch");
      deepEqual([depth, in_flight_count], [0, 0]);
    },
  );

  test.betterThanReference("a client that does not read is not sent more and more", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    const body = "x".repeat(1_000_000);
    for (let i = 0; i < 40; i++) await nsqd.post(`/pub?topic=${t}`, body);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.httpPort });
    const path = `/channel/stream?topic=${t}&channel=ch&ack=auto&max_in_flight=2500`;
    await conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`));
    await eventually(async () => ok((await nsqd.channel(t, "ch")).in_flight_count > 0));
    const { depth } = await nsqd.channel(t, "ch");
    ok(depth >= 20, `only ${depth} of 40 MB wait`);
    conn.close();
  });

  test.betterThanReference("a stream ends with its channel", async (nsqd) => {
    const t = topicName();
    await nsqd.create(t, "ch");
    await using stream = await Stream.open(nsqd, t);
    await nsqd.post(`/channel/delete?topic=${t}&channel=ch`);
    equal(await stream.line(), null);
  });
});
