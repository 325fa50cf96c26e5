import assert from "node:assert/strict";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { fakeConsumer } from "./testing/fake_consumer.ts";
import { batchOf, publish, TestBroker } from "./testing/test_broker.ts";

const ERRORS = [
  "No space left on device (os error 28)",
  "Input/output error (os error 5)",
  "Read-only file system (os error 30)",
];

/** A broker with messages in every state: in flight, waiting, deferred; at channels and at a topic without one. */
async function setUp(disk: SimulatedDisk): Promise<TestBroker> {
  const test = new TestBroker({ disk });
  const topic = test.broker.topic("t");
  const { subscription } = fakeConsumer(topic.channel("c"), () => {});
  topic.channel("gone#ephemeral");
  topic.publishBatch(...batchOf(["in flight 1", "in flight 2", "waits 1", "waits 2", "waits 3"]));
  topic.publishDeferred(new Uint8Array(50), 0, 50, 60_000);
  subscription.setReady(2);
  publish(test.broker.topic("alone"), "waits");
  publish(test.broker.topic("gone#ephemeral"), "waits");
  await test.turn();
  return test;
}

function depths(disk: SimulatedDisk): number[] {
  const { broker } = new TestBroker({ disk: disk.restart() });
  return [broker.topic("t").channel("c").depth, broker.topic("alone").depth];
}

for (const text of ERRORS) {
  for (const operation of ["open", "write"]) {
    Deno.test(`Broker.close() tells what the disk did not take, and tries again: ${operation}, ${text}`, async () => {
      const disk = new SimulatedDisk();
      const test = await setUp(disk);
      disk.fault = (name) => name === operation ? new Error(text) : null;
      assert.equal(test.broker.close().length, 2);
      const lost = test.broker.close().map(({ queue, lostCount }) => [queue, lostCount]);
      assert.deepEqual(lost, [["channel t:c", 6], ["topic alone", 1]]);
      disk.fault = () => null;
      assert.deepEqual(test.broker.close(), []);
      assert.deepEqual(depths(disk), [6, 1]);
      assert.equal(disk.openHandles, 0);
    });
  }
}

Deno.test("Broker.close() on a full disk writes as much as there is room for, each message once", async () => {
  const whole = new SimulatedDisk();
  (await setUp(whole)).broker.close();
  const wholeBytes = whole.paths.reduce((sum, path) => sum + whole.content(path)!.length, 0);
  let before = 0;
  for (let bytes = 0; bytes <= wholeBytes; bytes += 20) {
    const disk = new SimulatedDisk();
    const test = await setUp(disk);
    disk.capacityBytes = bytes;
    const lost = test.broker.close();
    test.broker.giveUp();
    assert.equal(disk.openHandles, 0);
    const lostCount = lost.reduce((sum, each) => sum + each.lostCount, 0);
    const depth = depths(disk).reduce((sum, each) => sum + each, 0);
    assert.equal(depth + lostCount, 7, `${bytes} bytes`);
    assert.ok(depth >= before, `${bytes} bytes: ${depth} messages, with less ${before}`);
    before = depth;
  }
  assert.equal(before, 7);
});

/** What is done on the disk from now on. */
function operationsOf(disk: SimulatedDisk): string[] {
  const operations: string[] = [];
  disk.fault = (name) => {
    operations.push(name);
    return null;
  };
  return operations;
}

Deno.test("Broker.end() writes all before anything is synced: who is killed then has lost nothing", async () => {
  const disk = new SimulatedDisk();
  const { broker } = await setUp(disk);
  const operations = operationsOf(disk);
  broker.end();
  assert.ok(!operations.includes("fsync"), operations.join());
  assert.equal(disk.openHandles, 0);
  assert.deepEqual(depths(disk), [6, 1]);
});

Deno.test("what was written at the end is synced in the background, and closing has nothing left to do", async () => {
  const disk = new SimulatedDisk();
  const { broker } = await setUp(disk);
  const last = broker.end(), operations = operationsOf(disk);
  await last.sync();
  assert.ok(operations.includes("fsync"), operations.join());
  operations.length = 0;
  assert.deepEqual(broker.close(), []);
  assert.deepEqual(operations, []);
  assert.deepEqual(depths(disk), [6, 1]);
});
