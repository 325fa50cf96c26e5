/**
 * Sequences of write, sync, removal and crash that might lose an acknowledged message, or bring one back, sought from what is promised alone:
 * each answer is awaited, then the power is cut in many ways, or the process killed.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { seededRandom } from "../../storage/testing/seeded_random.ts";
import { type Delivery, fakeConsumer } from "../testing/fake_consumer.ts";
import { publish, TestBroker } from "../testing/test_broker.ts";

const CUTS = 25;
const OPTIONS = { isDurable: () => true, segmentBytes: 600 };

function bodyOf(name: string): string {
  return name.padEnd(100, ".");
}

async function say(test: TestBroker, ...names: string[]): Promise<void> {
  for (const name of names) {
    publish(test.broker.topic("t"), bodyOf(name));
    await test.turn();
  }
}

/** All that channel `c` delivers, or a new channel if there is none. */
async function delivered(test: TestBroker): Promise<Delivery[]> {
  const got: Delivery[] = [];
  const channel = test.broker.topic("t").channel("c");
  const { subscription } = fakeConsumer(channel, (delivery) => got.push(delivery));
  subscription.setReady(1000);
  await test.turn();
  return got;
}

async function bodies(test: TestBroker): Promise<string[]> {
  return (await delivered(test)).map(({ body }) => body.replace(/\.+$/, ""));
}

/** Does the steps, each answered; after them the power is cut, or the process killed, and `expected` is what is there. */
async function survives(
  steps: (test: TestBroker) => Promise<TestBroker | void>,
  expected: string[],
): Promise<void> {
  for (let cut = 0; cut <= CUTS; cut++) {
    const begun = new TestBroker(OPTIONS);
    const test = await steps(begun) ?? begun;
    test.scheduler.stop();
    const disk = cut === 0 ? test.disk.restart() : test.disk.powerCut(seededRandom(cut));
    const after = new TestBroker({ ...OPTIONS, disk, time: test.time });
    after.broker.loading(() => after.broker.topic("t"));
    await after.turn();
    deepEqual(await bodies(after), expected, cut === 0 ? "after a kill" : `cut ${cut}`);
  }
}

async function started(left: TestBroker["disk"], time: TestBroker["time"]): Promise<TestBroker> {
  const test = new TestBroker({ ...OPTIONS, disk: left, time });
  test.broker.loading(() => test.broker.topic("t"));
  await test.turn();
  return test;
}

Deno.test("a topic that was deleted and made again has none of the old messages, and all of the new", () =>
  survives(async (test) => {
    test.broker.topic("t").channel("c");
    await say(test, "old1", "old2", "old3", "old4", "old5", "old6", "old7", "old8");
    test.broker.deleteTopic("t");
    await test.turn();
    test.broker.topic("t").channel("c");
    await say(test, "new1", "new2");
  }, ["new1", "new2"]));

Deno.test("a channel that was deleted and made again knows nothing of the old one's messages", () =>
  survives(async (test) => {
    test.broker.topic("t").channel("c");
    test.broker.topic("t").channel("other");
    await say(test, "old1", "old2");
    await delivered(test);
    test.broker.topic("t").deleteChannel("c");
    await test.turn();
    test.broker.topic("t").channel("c");
    await say(test, "new1");
  }, ["new1"]));

Deno.test("an emptied channel stays empty, and what came after stays", () =>
  survives(async (test) => {
    const channel = test.broker.topic("t").channel("c");
    await say(test, "old1", "old2", "old3", "old4", "old5", "old6", "old7");
    channel.empty();
    await test.turn();
    await say(test, "new1", "new2");
  }, ["new1", "new2"]));

Deno.test("what waited at an emptied topic stays away, what its channel has and what came after stays", () =>
  survives(async (test) => {
    const topic = test.broker.topic("t");
    topic.channel("c");
    await say(test, "m0", "m1");
    topic.pause();
    const body = new TextEncoder().encode("later");
    topic.publishDeferred(body, 0, body.length, 1000);
    await say(test, "old1", "old2", "old3", "old4", "old5", "old6", "old7");
    topic.empty();
    await test.turn();
    await say(test, "new1");
    topic.unpause();
    await say(test, "new2");
    deepEqual(topic.channel("c").stats("", false).deferred_count, 0);
  }, ["m0", "m1", "new1", "new2"]));

Deno.test("a channel that was sent back stays there", () =>
  survives(async (test) => {
    const channel = test.broker.topic("t").channel("c");
    test.broker.topic("t").channel("slow"); // keeps all
    await say(test, "m0", "m1", "m2");
    channel.empty();
    await test.turn();
    channel.moveTo(1);
    await test.turn();
    await say(test, "m3");
  }, ["m1", "m2", "m3"]));

Deno.test("a start that is killed at any point loses nothing, nor does the next", () =>
  survives(async (test) => {
    test.broker.topic("t").channel("c");
    await say(test, "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7");
    const { time } = test;
    let { disk } = test;
    for (let operations = 0; operations < 40; operations += 3) {
      const next = disk.restart();
      next.operationsLeft = operations;
      await started(next, time).catch(() => {});
      disk = next;
    }
    const last = await started(disk.powerCut(seededRandom(1)), time);
    await say(last, "m8");
    return last;
  }, ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]));

Deno.test("what was published after a failed fsync was answered is there, with all from before", () =>
  survives(async (test) => {
    test.broker.topic("t").channel("c");
    await say(test, "m0", "m1");
    test.disk.failedSyncDropsPages = true;
    test.disk.fault = (operation) => operation === "fsync" ? new Error("EIO") : null;
    await say(test, "m2"); // refused, and kept
    test.disk.fault = () => null;
    await test.advance(1100);
    await say(test, "m3");
  }, ["m0", "m1", "m2", "m3"]));

Deno.test("files that an operator, a full disk or a crash leaves behind take nothing with them", async () => {
  const test = new TestBroker(OPTIONS);
  test.broker.topic("t").channel("c");
  await say(test, "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7");
  const names = test.disk.paths.filter((path) => path.includes(".journal."));
  ok(names.length > 2);
  for (const [number, content] of [["000099", ""], ["000098", "\0".repeat(5000)]] as const) {
    const disk = test.disk.powerCut(seededRandom(0));
    disk.put(`/d/t.journal.${number}.dat`, content);
    const next = await started(disk, test.time);
    await say(next, "m8");
    const after = await started(next.disk.restart(), test.time);
    deepEqual(await bodies(after), ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"], number);
  }
  const disk = test.disk.powerCut(seededRandom(0));
  disk.remove(names[1]!); // one in the middle: it alone is lost
  const found = await bodies(await started(disk, test.time));
  ok(found.length >= 3 && found[0] === "m0" && found.at(-1) === "m7", found.join());
});

Deno.test("a message is due at its time however often the process is killed", async () => {
  let test = new TestBroker(OPTIONS);
  const body = new TextEncoder().encode("later");
  test.broker.topic("t").channel("c");
  test.broker.topic("t").publishDeferred(body, 0, body.length, 10_000);
  await test.turn();
  for (let kill = 0; kill < 3; kill++) {
    await test.advance(3000);
    test.scheduler.stop();
    test = await started(test.disk.powerCut(seededRandom(kill)), test.time);
    const { deferred_count, depth } = test.broker.topic("t").channel("c").stats("", false);
    deepEqual([deferred_count, depth], [1, 0]);
  }
  const got: Delivery[] = [];
  const { subscription } = fakeConsumer(
    test.broker.topic("t").channel("c"),
    (each) => got.push(each),
  );
  subscription.setReady(1);
  await test.advance(900);
  deepEqual(got, []);
  await test.advance(100);
  deepEqual(got.map(({ body, attempts }) => [body, attempts]), [["later", 1]]);
});
