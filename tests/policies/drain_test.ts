/** A broker that drains: it takes nothing more, its consumers go on, and it ends when they are through. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  messageBatch,
  type Nsqd,
  sized,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { putPolicy } from "./support.ts";

interface DrainState {
  since: string;
  deadline: string | null;
  message_count: number;
  remaining: { topic: string; channel?: string; waits_for: string }[];
}

async function drain(nsqd: Nsqd, query = ""): Promise<DrainState> {
  const response = await nsqd.http(`/drain${query}`, { method: "POST" });
  equal(response.status, 200);
  return await response.json();
}

async function answer(nsqd: Nsqd, method: string, path: string, body?: BodyInit): Promise<string> {
  const response = await nsqd.http(path, { method, ...(body !== undefined && { body }) });
  return `${response.status} ${await response.text()}`;
}

/** What holds the broker up, in words. */
async function waitsFor(nsqd: Nsqd): Promise<string[]> {
  const { drain } = await (await nsqd.http("/info")).json() as { drain: DrainState };
  return drain.remaining.map(({ topic, channel, waits_for }) =>
    `${topic}${channel === undefined ? "" : `:${channel}`} waits for ${waits_for}`
  ).sort();
}

Deno.test("a broker that drains refuses publishers and serves consumers, and ends with 0 when all is consumed", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("t", "ch");
  using publisher = await Client.connect(nsqd.tcpPort);
  await publisher.publish("t", "one");
  await publisher.publishBatch("t", ["two", "three"]);
  using consumer = await Client.connect(nsqd.tcpPort);
  await consumer.subscribe("t", "ch", 1);

  const state = await drain(nsqd);
  equal(state.deadline, null);
  equal(state.message_count, 3);
  equal(await answer(nsqd, "GET", "/health/ready"), "503 draining");
  equal(await answer(nsqd, "GET", "/health/live"), "200 OK");

  await publisher.send("PUB t\n", sized("four"));
  await publisher.expectFatalError("E_PUB_FAILED PUB failed draining");
  for (
    const [line, body, error] of [
      ["PUB fresh", "x", "E_PUB_FAILED PUB failed draining"],
      ["DPUB t 1000", "x", "E_DPUB_FAILED DPUB failed draining"],
      ["MPUB t", messageBatch(["x"]), "E_MPUB_FAILED MPUB failed draining"],
    ] as const
  ) {
    using other = await Client.connect(nsqd.tcpPort);
    await other.send(`${line}\n`, sized(body));
    await other.expectFatalError(error);
  }
  const refused = '503 {"message":"draining"}';
  equal(await answer(nsqd, "POST", "/pub?topic=t", "x"), refused);
  equal(await answer(nsqd, "POST", "/mpub?topic=t", "x\ny"), refused);
  equal(await answer(nsqd, "POST", "/topic/create?topic=fresh"), refused);
  equal(await answer(nsqd, "POST", "/channel/create?topic=t&channel=fresh"), refused);
  equal(await answer(nsqd, "POST", "/channel/create?topic=t&channel=ch"), "200 ");
  deepEqual((await nsqd.topics()).map(({ topic_name }) => topic_name), ["t"]);

  using latecomer = await Client.connect(nsqd.tcpPort);
  await latecomer.send("SUB t fresh\n");
  await latecomer.expectFatalError("E_SUB_FAILED SUB failed draining");
  using second = await Client.connect(nsqd.tcpPort);
  await second.subscribe("t", "ch", 1);
  const bodies = [await consumer.nextMessage(), await second.nextMessage()];
  await consumer.finish(bodies[0]!.id);
  bodies.push(await consumer.nextMessage());
  deepEqual(bodies.map(({ body }) => body).sort(), ["one", "three", "two"]);
  await second.finish(bodies[1]!.id);
  deepEqual(await waitsFor(nsqd), ["t:ch waits for consumers to finish"]);
  await consumer.finish(bodies[2]!.id);
  equal(await nsqd.ended(), 0);
  match(nsqd.log(), /DRAIN: all is consumed/);
});

Deno.test("a drain that is cancelled leaves a broker as before, and one already empty ends at once", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("t", "ch");
  using publisher = await Client.connect(nsqd.tcpPort);
  await publisher.publish("t", "one");
  equal((await (await nsqd.http("/info")).json()).state, "running");
  await drain(nsqd, "?deadline=1h");
  const info = await (await nsqd.http("/info")).json();
  equal(info.state, "draining");
  equal(Date.parse(info.drain.deadline) - Date.parse(info.drain.since), 3_600_000);
  await nsqd.post("/drain/cancel");
  await nsqd.post("/drain/cancel");
  await publisher.publish("t", "two");
  await nsqd.post("/pub?topic=fresh", "x");
  equal(await answer(nsqd, "GET", "/health/ready"), "200 OK");
  equal((await (await nsqd.http("/info")).json()).drain, undefined);

  for (const wrong of ["abc", "-1s", "0", "5"]) {
    match(await answer(nsqd, "POST", `/drain?deadline=${wrong}`), /^400 {"message":"deadline: /);
  }
  for (const topic of ["t", "fresh"]) await nsqd.post(`/topic/delete?topic=${topic}`);
  await drain(nsqd);
  equal(await nsqd.ended(), 0);
});

Deno.test("at the deadline a drain flushes what a consumer does not answer, and exits with 0", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  {
    await using nsqd = await startNsqd({ dataPath });
    await nsqd.create("t", "ch");
    await nsqd.post("/mpub?topic=t", "one\ntwo\nthree");
    using silent = await Client.connect(nsqd.tcpPort);
    await silent.subscribe("t", "ch", 2);
    await silent.nextMessages(2);
    await drain(nsqd, "?deadline=300ms");
    equal(await nsqd.ended(), 0);
    match(nsqd.log(), /DRAIN: the deadline has come with 3 messages not consumed/);
    match(nsqd.log(), /DRAIN: t:ch has 1 queued, 2 in flight, 0 deferred: waits for consumers/);
  }
  await using again = await startNsqd({ dataPath });
  equal((await again.channel("t", "ch")).depth, 3);
  equal((await (await again.http("/info")).json()).state, "running");
});

Deno.test("a drain waits for what nobody consumes, and says what that waits for", async () => {
  await using nsqd = await startNsqd();
  await nsqd.create("lonely");
  await nsqd.create("paused", "ch");
  await nsqd.create("deferred", "ch");
  await nsqd.create("abandoned", "ch");
  await nsqd.post("/channel/pause?topic=paused&channel=ch");
  for (const topic of ["lonely", "paused", "abandoned"]) {
    await nsqd.post(`/pub?topic=${topic}`, "x");
  }
  await nsqd.post("/pub?topic=deferred&defer=3600000", "x");
  equal((await drain(nsqd)).message_count, 4);
  deepEqual(await waitsFor(nsqd), [
    "abandoned:ch waits for a consumer",
    "deferred:ch waits for deferred messages to be due",
    "lonely waits for a channel",
    "paused:ch waits for the channel to be unpaused",
  ]);
  // A first channel is the way out for what waits at a topic.
  for (const topic of ["lonely", "abandoned"]) {
    using consumer = await Client.connect(nsqd.tcpPort);
    await consumer.subscribe(topic, "ch", 1);
    await consumer.consume(1);
    await eventually(async () => ok(!(await waitsFor(nsqd)).join().includes(topic)));
  }
  await nsqd.post("/channel/empty?topic=paused&channel=ch");
  await nsqd.post("/channel/empty?topic=deferred&channel=ch");
  equal(await nsqd.ended(), 0);
});

Deno.test("a drain fills a dead letter topic, waits for who consumes it, and leaves buried messages on the disk", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  {
    await using nsqd = await startNsqd({ dataPath });
    const set = { max_attempts: 1, dead_letter: "topic:failed" };
    await putPolicy(nsqd, { name: "failed", topic: "t", set });
    await putPolicy(nsqd, { name: "buried", topic: "b", set: { max_attempts: 1 } });
    for (const topic of ["t", "b"]) {
      await nsqd.create(topic, "ch");
      await nsqd.post(`/pub?topic=${topic}`, topic);
    }
    await drain(nsqd);
    for (const topic of ["t", "b"]) {
      using consumer = await Client.connect(nsqd.tcpPort);
      await consumer.subscribe(topic, "ch", 1);
      await consumer.requeue((await consumer.nextMessage()).id, 0);
      await consumer.expectSilence(1);
    }
    await eventually(async () => deepEqual(await waitsFor(nsqd), ["failed waits for a channel"]));
    using last = await Client.connect(nsqd.tcpPort);
    await last.subscribe("failed", "ch", 1);
    equal((await last.consume(1))[0]?.body, "t");
    equal(await nsqd.ended(), 0);
  }
  await using again = await startNsqd({ dataPath });
  const { depth, dead_count } = await again.channel("b", "ch") as unknown as Record<string, number>;
  deepEqual([depth, dead_count], [0, 1]);
});
