/** Channels of durable topics that begin in the past, or are sent there. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";

const FLAGS = ["--durable=t*", "--retain-age=1h", "--msg-timeout=10m"];

async function post(nsqd: Nsqd, path: string): Promise<[number, string]> {
  const response = await nsqd.http(path, { method: "POST" });
  return [response.status, await response.text()];
}

async function bodies(nsqd: Nsqd, channel: string, count: number): Promise<string[]> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", channel, 100);
  return (await client.consume(count)).map(({ body }) => body);
}

betterThanReference("a channel begins in the past, and goes back there", async () => {
  await using nsqd = await startNsqd({ flags: FLAGS });
  await nsqd.create("t", "ch");
  await nsqd.post("/mpub?topic=t", "a\nb");
  await new Promise((resolve) => setTimeout(resolve, 50));
  const between = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await nsqd.post("/mpub?topic=t", "c\nd");
  deepEqual(await bodies(nsqd, "ch", 4), ["a", "b", "c", "d"]);
  const create = (channel: string, from: string) =>
    nsqd.post(`/channel/create?topic=t&channel=${channel}&from=${encodeURIComponent(from)}`);
  await create("all", "earliest");
  await create("late", between);
  await create("hour", "-1h");
  deepEqual(await bodies(nsqd, "all", 4), ["a", "b", "c", "d"]);
  deepEqual(await bodies(nsqd, "late", 2), ["c", "d"]);
  deepEqual(await bodies(nsqd, "hour", 4), ["a", "b", "c", "d"]);
  await nsqd.post(`/channel/seek?topic=t&channel=ch&to=${between}`);
  equal((await nsqd.channel("t", "ch")).depth, 2);
  await nsqd.post("/channel/seek?topic=t&channel=ch&to=now");
  equal((await nsqd.channel("t", "ch")).depth, 0);
  await nsqd.post(`/channel/seek?topic=t&channel=ch&to=${between}`);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 1);
  const [message] = await client.nextMessages(1);
  await client.ready(0);
  await nsqd.post("/channel/seek?topic=t&channel=ch&to=earliest");
  equal((await nsqd.channel("t", "ch")).depth, 4);
  await client.finish(message!.id);
  await client.expectError(`E_FIN_FAILED FIN ${message!.id} failed ID not in flight`);
  client.close();
  deepEqual(await bodies(nsqd, "ch", 4), ["a", "b", "c", "d"]);
});

betterThanReference("what a seek passes over was skipped, and nothing of it dropped", async () => {
  await using nsqd = await startNsqd({ flags: FLAGS });
  await nsqd.create("t", "ch");
  const figures = async () => {
    const { depth, in_flight_count, message_count, finish_count, skipped_count, dropped_count } =
      await nsqd.channel("t", "ch");
    const held = depth + in_flight_count;
    return { held, message_count, finish_count, skipped_count, dropped_count };
  };
  const seek = (to: string) => nsqd.post(`/channel/seek?topic=t&channel=ch&to=${to}`);
  await nsqd.post("/mpub?topic=t", "a\nb\nc\nd\ne");
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch", 2);
  const [first] = await client.nextMessages(2);
  await client.ready(0);
  await client.finish(first!.id);
  await eventually(async () => equal((await nsqd.channel("t", "ch")).finish_count, 1));
  const start = { held: 4, message_count: 5, finish_count: 1, skipped_count: 0, dropped_count: 0 };
  deepEqual(await figures(), start);
  await seek("earliest"); // all come again: only the first, which was finished, is one more
  const again = { ...start, held: 5, message_count: 6 };
  deepEqual(await figures(), again);
  await seek("now");
  const skipped = { ...again, held: 0, skipped_count: 5 };
  deepEqual(await figures(), skipped);
  await nsqd.post("/mpub?topic=t", "f\ng");
  await nsqd.post("/channel/empty?topic=t&channel=ch");
  deepEqual(await figures(), { ...skipped, message_count: 8, dropped_count: 2 });
});

betterThanReference("a past that cannot be had is refused in words", async () => {
  await using nsqd = await startNsqd({ flags: FLAGS });
  await nsqd.create("t", "ch");
  await nsqd.create("memory", "ch");
  const refused = async (path: string, words: RegExp) => {
    const [status, body] = await post(nsqd, path);
    equal(status, 400, path);
    match(body, words);
  };
  await refused(
    "/channel/create?topic=t&channel=x&from=yesterday",
    /from is none of: earliest, now/,
  );
  await refused("/channel/create?topic=t&channel=x&from=-15", /from is none of: earliest, now/);
  await refused("/channel/create?topic=memory&channel=x&from=earliest", /needs a durable topic/);
  await refused("/channel/seek?topic=t&channel=ch", /MISSING_ARG_TO/);
  await refused("/channel/seek?topic=memory&channel=ch&to=earliest", /needs a durable topic/);
  await refused("/channel/create?topic=t&channel=x%23ephemeral&from=earliest", /ephemeral/);
  deepEqual((await nsqd.topic("t")).channels.map((each) => each.channel_name), ["ch"]);
  equal((await post(nsqd, "/channel/seek?topic=t&channel=no&to=earliest"))[0], 404);
});

betterThanReference("the past goes with lookupd, latency, pauses and kill -9", async () => {
  using directory = new TemporaryDirectory();
  await using lookupd = await startLookupd();
  const flags = [
    ...FLAGS,
    `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
    "--e2e-processing-latency-percentile=0.99",
    "--mem-queue-size=0",
  ];
  const settings = { flags, dataPath: directory.path };
  const bodiesOfAll = ["a", "b", "c"];
  {
    await using nsqd = await startNsqd(settings);
    await nsqd.create("t", "ch");
    await nsqd.post("/mpub?topic=t", bodiesOfAll.join("\n"));
    deepEqual(await bodies(nsqd, "ch", 3), bodiesOfAll);
    await eventually(async () => {
      const { e2e_processing_latency } = (await nsqd.channel("t", "ch")) as unknown as {
        e2e_processing_latency: { count: number };
      };
      equal(e2e_processing_latency.count, 3);
    });
    await nsqd.post("/topic/pause?topic=t");
    await nsqd.post("/pub?topic=t", "waits");
    await nsqd.post("/channel/create?topic=t&channel=past&from=earliest");
    await nsqd.post("/channel/seek?topic=t&channel=ch&to=earliest");
    await eventually(async () => {
      const { channels } = await lookupd.get<{ channels: string[] }>("/channels?topic=t");
      deepEqual(channels.sort(), ["ch", "past"]);
    });
    await nsqd.kill();
  }
  await using nsqd = await startNsqd(settings);
  equal((await nsqd.topic("t")).depth, 1);
  for (const channel of ["ch", "past"]) {
    equal((await nsqd.channel("t", channel)).depth, 3, channel);
    deepEqual(await bodies(nsqd, channel, 3), bodiesOfAll);
  }
  await nsqd.post("/topic/unpause?topic=t");
  for (const channel of ["ch", "past"]) deepEqual(await bodies(nsqd, channel, 1), ["waits"]);
});

betterThanReference(
  "a channel that is there is not made to begin in the past, and none begins in the future",
  async () => {
    await using nsqd = await startNsqd({ flags: FLAGS });
    await nsqd.create("t", "ch");
    await nsqd.post("/mpub?topic=t", "a\nb");
    deepEqual(await bodies(nsqd, "ch", 2), ["a", "b"]);
    const [status, body] = await post(nsqd, "/channel/create?topic=t&channel=ch&from=earliest");
    deepEqual([status, /\/channel\/seek moves it/.test(body)], [409, true]);
    equal((await nsqd.channel("t", "ch")).depth, 0);
    equal((await post(nsqd, "/channel/create?topic=t&channel=ch"))[0], 200);
    const future = new Date(Date.now() + 60_000).toISOString();
    for (const path of ["create?topic=t&channel=new&from=", "seek?topic=t&channel=ch&to="]) {
      const [status, body] = await post(nsqd, `/channel/${path}${future}`);
      equal(status, 400);
      match(body, /is in the future/);
    }
  },
);

betterThanReference("to retain where nothing is durable is warned of", async () => {
  using directory = new TemporaryDirectory();
  const { path: dataPath } = directory;
  const retain = ["--retain-age=1h", "--retain-bytes=1GB"];
  const vain = /--retain-\w+ has no effect yet: no topic is durable, by --durable or by a policy/;
  const warnings = async (
    flags: string[],
    and = (_: Nsqd): Promise<unknown> => Promise.resolve(),
  ) => {
    await using nsqd = await startNsqd({ dataPath, flags });
    await and(nsqd);
    return nsqd.logLines.filter((line) => vain.test(line)).length;
  };
  equal(await warnings([...retain, "--durable=t"]), 0);
  const policy = { name: "p", topic: "t", set: { durable: true } };
  const put = (nsqd: Nsqd) => nsqd.post("/policy/put", JSON.stringify(policy));
  equal(await warnings(retain, put), 2);
  equal(await warnings(retain), 0);
});
