/** `max_attempts` and `dead_letter`: messages that fail too often, with client libraries that know nothing of it. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  betterThanReference,
  Client,
  eventually,
  type Nsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { goNsq, type Library, nsqjs, pynsq } from "../interop/libraries.ts";
import { consume } from "../interop/run.ts";
import { installLibrary } from "../interop/setup.ts";
import { answer } from "../http/answer.ts";
import { killWhenWritten, putPolicy } from "./support.ts";

const SET = { max_attempts: 3 };

/** Has a library consume what fails until it is dead; then a message that does not fail comes, and ends its program. */
async function failUntilDead(nsqd: Nsqd, library: Library, topic: string): Promise<void> {
  await nsqd.create(topic, "ch");
  await nsqd.post(`/pub?topic=${topic}`, "fail|x");
  await installLibrary(library); // the first time this takes long
  const consuming = consume(library, nsqd, topic, { expect: 1, maxAttempts: 100 });
  const buried = eventually(async () => {
    const { depth, in_flight_count, dead_count } = await nsqd.channel(topic, "ch");
    deepEqual([depth, in_flight_count, dead_count], [0, 0, 1], topic);
  });
  await Promise.race([buried, consuming]);
  await nsqd.post(`/pub?topic=${topic}`, "fine");
  const events = await consuming;
  await buried;
  const attempts = events.filter(({ event }) => event === "message")
    .map((each) => `${atob(each.body!)} ${each.attempts}`);
  deepEqual(attempts, ["fail|x 1", "fail|x 2", "fail|x 3", "fine 1"]);
}

for (const kind of ["ordinary", "durable"]) {
  betterThanReference(`client libraries' failures are buried, in ${kind} topics`, async () => {
    await using nsqd = await startNsqd({ flags: ["--durable=durable*"] });
    await putPolicy(nsqd, { name: "p", topic: `${kind}*`, set: SET });
    await Promise.all([goNsq, nsqjs, pynsq].map(async (library) => {
      const topic = `${kind}-${library.name}`;
      await failUntilDead(nsqd, library, topic);
    }));
  });
}

/** Publishes, and lets a consumer give back everything until it is dead. */
async function bury(nsqd: Nsqd, topic: string, bodies: string[], before = 0): Promise<void> {
  await nsqd.create(topic, "ch");
  await nsqd.post(`/mpub?topic=${topic}`, bodies.join("\n"));
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", 100);
  for (let attempt = 1; attempt <= SET.max_attempts; attempt++) {
    const messages = await client.nextMessages(bodies.length);
    deepEqual(messages.map(({ body }) => body), bodies);
    ok(messages.every((message) => message.attempts === attempt));
    for (const { id } of messages) await client.requeue(id, 0);
  }
  await eventually(async () => {
    equal((await nsqd.channel(topic, "ch")).dead_count, before + bodies.length);
  });
}

betterThanReference("dead messages survive SIGTERM, and kill -9 in a durable topic", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const flags = ["--durable=durable*"];
  const start = () => startNsqd({ dataPath, flags });
  const figures = async (nsqd: Nsqd, topic: string) => {
    const { depth, in_flight_count, dead_count } = await nsqd.channel(topic, "ch");
    return [depth, in_flight_count, dead_count];
  };
  {
    await using nsqd = await start();
    await putPolicy(nsqd, { name: "p", topic: "*", set: SET });
    await bury(nsqd, "durable", ["a", "b"]);
    await bury(nsqd, "ordinary", ["c", "d", "e"]);
    await nsqd.stop();
  }
  {
    await using nsqd = await start();
    deepEqual(await figures(nsqd, "ordinary"), [0, 0, 3]);
    deepEqual(await figures(nsqd, "durable"), [0, 0, 2]);
    await bury(nsqd, "durable", ["f"], 2);
    await killWhenWritten(nsqd, "durable_marker");
  }
  await using nsqd = await start();
  deepEqual(await figures(nsqd, "durable"), [0, 0, 3]);
  await nsqd.post("/channel/delete?topic=durable&channel=ch");
  await nsqd.create("durable", "ch");
  deepEqual(await figures(nsqd, "durable"), [0, 0, 0]);
});

betterThanReference(
  "a dead letter topic gets what failed; drop drops it, and counts that",
  async () => {
    await using nsqd = await startNsqd({ flags: ["--durable=durable*"] });
    const set = { max_attempts: 1, dead_letter: "topic:graves" };
    await putPolicy(nsqd, { name: "p", topic: "t", set });
    await putPolicy(nsqd, { name: "q", topic: "u", set: { ...set, dead_letter: "drop" } });
    await putPolicy(nsqd, { name: "r", topic: "v", set: { ...set, dead_letter: "topic:durable" } });
    await nsqd.create("graves", "ch");
    await nsqd.create("durable", "ch");
    for (const topic of ["t", "u", "v"]) {
      await nsqd.create(topic, "ch");
      await nsqd.post(`/pub?topic=${topic}`, `of ${topic}`);
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "ch", 1);
      await client.requeue((await client.nextMessage()).id, 0);
      await eventually(async () => {
        const { depth, in_flight_count, dead_count } = await nsqd.channel(topic, "ch");
        deepEqual([depth, in_flight_count, dead_count], [0, 0, 0]);
      });
    }
    equal((await nsqd.channel("u", "ch")).dropped_count, 1);
    for (const [grave, body] of [["graves", "of t"], ["durable", "of v"]] as const) {
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(grave, "ch", 1);
      const message = await client.nextMessage();
      deepEqual([message.body, message.attempts], [body, 1]);
    }
  },
);

betterThanReference("dead messages that would go round are refused", async () => {
  await using nsqd = await startNsqd();
  const put = (name: string, topic: string, target: string, priority = 0) =>
    answer(
      nsqd,
      "POST",
      "/policy/put",
      JSON.stringify({ name, topic, priority, set: { dead_letter: target } }),
    );
  const refusedFor = async (answered: Promise<string>, round: string) => {
    const text = await answered;
    ok(text.startsWith("400 ") && text.includes("dead_letter: ") && text.includes(round), text);
  };
  await refusedFor(put("self", "a", "topic:a"), "a, then a");
  await refusedFor(put("all", "*", "topic:graves"), "graves, then graves");
  ok((await put("ab", "a", "topic:b")).startsWith("200 "));
  await refusedFor(put("ba", "b*", "topic:a"), "then");
  ok((await put("end", "b", "bury", 1)).startsWith("200 "));
  ok((await put("ba", "b*", "topic:a")).startsWith("200 "));
  await refusedFor(answer(nsqd, "POST", "/policy/delete?name=end"), "then");
});
