/**
 * A data directory goes from the reference to ours with durable topics, to ours without, and back to the reference. Ours is killed at each
 * fsync, rename, removal and truncation of the change, in turn. Only there for who has a reference, and strace.
 */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  Client,
  eventually,
  handoverReferencePath,
  type Nsqd,
  ourCommand,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";

const QUEUED = ["--msg-timeout=10m", "--mem-queue-size=0", "--sync-every=1"];
const DURABLE = ["--durable=*", "--msg-timeout=10m"];
const STEPS = "fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,ftruncate,truncate";
const MAX_KILLS = 60;

/** Starts ours again and again, killed one step later each time, until it has come through. @returns it, and how often it was killed */
async function startKilled(
  flags: readonly string[],
  dataPath: string,
): Promise<{ nsqd: Nsqd; kills: number }> {
  for (let step = 1; step <= MAX_KILLS; step++) {
    const strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${STEPS}`];
    const kill = ["-e", `inject=${STEPS}:signal=SIGKILL:when=${step}`];
    const command = [...strace, ...kill, ...ourCommand()];
    try {
      return { nsqd: await startNsqd({ flags, dataPath, command }), kills: step - 1 };
    } catch (error) {
      ok(/ended without logging/.test((error as Error).message), `step ${step}: ${error}`);
    }
  }
  throw new Error(`killed ${MAX_KILLS} times, and not through`);
}

/** Each message of both topics, once, whatever a kill has doubled. */
async function consumeAll(nsqd: Nsqd, topic: string, channel: string): Promise<string[]> {
  const { depth } = await nsqd.channel(topic, channel);
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, channel, 1); // what a kill has doubled has the same id
  const messages = await client.consume(depth);
  return [...new Set(messages.map(({ body }) => body))].sort();
}

/** Finishes the next `count` messages. @returns which */
async function finishSome(nsqd: Nsqd, channel: string, count: number): Promise<string[]> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", channel, count);
  const messages = await client.nextMessages(count);
  await client.ready(0);
  for (const { id } of messages) await client.finish(id);
  await eventually(async () => equal((await nsqd.channel("t", channel)).in_flight_count, 0));
  return messages.map(({ body }) => body);
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

if (handoverReferencePath !== undefined) {
  Deno.test("a data directory goes reference, durable, not durable, reference, killed at every step", async () => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path, reference = [handoverReferencePath!];
    const expected = { a: new Set<string>(), b: new Set<string>(), waits: new Set<string>() };
    const publish = async (nsqd: Nsqd, prefix: string) => {
      const bodies = numbered(prefix, 40), waiting = numbered(`${prefix}w`, 5);
      await nsqd.post("/mpub?topic=t", bodies.join("\n"));
      await nsqd.post("/mpub?topic=waits", waiting.join("\n"));
      for (const body of bodies) {
        expected.a.add(body);
        expected.b.add(body);
      }
      for (const body of waiting) expected.waits.add(body);
    };
    {
      await using nsqd = await startNsqd({ flags: QUEUED, dataPath, command: reference });
      await nsqd.create("t", "a", "b");
      await nsqd.create("waits");
      await publish(nsqd, "go");
      for (const body of await finishSome(nsqd, "b", 10)) expected.b.delete(body);
    }
    {
      const { nsqd, kills } = await startKilled(DURABLE, dataPath);
      console.log(`to durable topics: ${kills} kills`);
      ok(kills > 3, `${kills} kills`);
      deepEqual(directory.names().filter((name) => name.includes(".diskqueue.")), []);
      await publish(nsqd, "durable");
      await nsqd.post("/pub?topic=t&defer=3600000", "deferred");
      expected.a.add("deferred");
      expected.b.add("deferred");
      for (const body of await finishSome(nsqd, "a", 10)) expected.a.delete(body);
      await nsqd.post("/pub?topic=t", "written"); // behind what was finished
      expected.a.add("written");
      expected.b.add("written");
      await nsqd.kill();
    }
    {
      const { nsqd, kills } = await startKilled(QUEUED, dataPath);
      console.log(`back to disk queues: ${kills} kills`);
      ok(kills > 3, `${kills} kills`);
      deepEqual(directory.names().filter((name) => name.includes(".journal.")), []);
      await nsqd.kill();
    }
    await using nsqd = await startNsqd({ flags: QUEUED, dataPath, command: reference });
    await nsqd.create("waits", "ch");
    await eventually(async () => equal((await nsqd.topic("waits")).depth, 0));
    const missing = (of: Set<string>, found: string[]) =>
      [...of].filter((body) => !found.includes(body));
    for (const channel of ["a", "b"] as const) {
      const found = await consumeAll(nsqd, "t", channel);
      deepEqual(missing(expected[channel], found), [], `lost of channel ${channel}`);
      deepEqual(
        found.filter((body) => !expected[channel].has(body) && !/^(go|durable)/.test(body)),
        [],
      );
    }
    deepEqual(missing(expected.waits, await consumeAll(nsqd, "waits", "ch")), []);
  });
}
