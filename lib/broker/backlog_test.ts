import assert from "node:assert/strict";
import { DiskQueue } from "../diskqueue/disk_queue.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { MemoryLogger } from "../log/testing/memory_logger.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../wire/record.ts";
import { Backlog } from "./backlog.ts";
import { NO_DISK } from "./backlog_disk.ts";
import { DiskWriter } from "./disk_format.ts";
import { idBytes } from "./testing/fake_consumer.ts";
import { FakeReceiver } from "./testing/fake_receiver.ts";
import { append, newLog, TEST_NODE_ID } from "./testing/records.ts";

function setUp(memQueueSize: number) {
  const { log, pool } = newLog();
  const files = new SimulatedDisk();
  const disk = DiskQueue.open({
    name: "q",
    dataPath: "/d",
    maxBytesPerFile: 1000,
    minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
    usualRecordBytes: 10_000,
    syncEvery: 1_000_000,
    syncTimeoutMs: 2000,
    files,
    timers: new ManualTimers(),
    logger: new MemoryLogger(),
  });
  const context = { pool, writer: new DiskWriter(), nodeId: TEST_NODE_ID, memQueueSize };
  const backlog = new Backlog(log, disk, context);
  const receiver = new FakeReceiver();
  return { log, pool, files, backlog, receiver, delivered: receiver.delivered };
}

/** Delivers all; the bodies. */
function drain({ backlog, receiver, delivered }: ReturnType<typeof setUp>): string[] {
  delivered.length = 0;
  while (backlog.deliver(receiver, 100, 0) > 0);
  return delivered.map(({ body }) => body);
}

Deno.test("Backlog.makeRoom moves the oldest to disk, and delivers them first", () => {
  const all = setUp(3);
  const { log, backlog } = all;
  for (const body of ["a", "b", "c", "d", "e"]) {
    backlog.makeRoom(1);
    append(log, body);
  }
  assert.equal(backlog.memoryDepth, 3);
  assert.equal(backlog.diskDepth, 2);
  assert.deepEqual(drain(all), ["a", "b", "c", "d", "e"]);
  assert.equal(backlog.depth, 0);
});

Deno.test("Backlog.pushAgain puts a message behind all that is published, before what follows", () => {
  const all = setUp(100);
  const { log, backlog, receiver, delivered } = all;
  append(log, "a");
  append(log, "b");
  backlog.deliver(receiver, 1, 0);
  const held = receiver.inFlight.take(idBytes(delivered[0]!.id), 0)!;
  backlog.pushAgain(held);
  append(log, "c");
  assert.equal(backlog.depth, 3);
  assert.deepEqual(drain(all), ["b", "a", "c"]);
  assert.deepEqual(delivered.map(({ attempts }) => attempts), [1, 2, 1]);
});

Deno.test("Backlog keeps that order and the attempts on disk", () => {
  const all = setUp(100);
  const { log, backlog, receiver, delivered } = all;
  append(log, "a");
  append(log, "b");
  backlog.deliver(receiver, 1, 0);
  backlog.pushAgain(receiver.inFlight.take(idBytes(delivered[0]!.id), 0)!);
  append(log, "c");
  backlog.moveAllToDisk();
  assert.equal(backlog.diskDepth, 3);
  append(log, "d");
  assert.deepEqual(drain(all), ["b", "a", "c", "d"]);
  assert.deepEqual(delivered.map(({ attempts }) => attempts), [1, 2, 1, 1]);
});

Deno.test("Backlog.fullAtIndex is where the next message has no room", () => {
  const { log, backlog } = setUp(3);
  for (let i = 0; i < 3; i++) append(log, "x");
  assert.equal(backlog.fullAtIndex, log.endIndex);
  backlog.makeRoom(1);
  assert.equal(backlog.fullAtIndex, log.endIndex + 1);
});

Deno.test("Backlog.makeRoom loses nothing when the disk is full", () => {
  const all = setUp(1);
  const { log, backlog, files } = all;
  for (const body of ["a", "b", "c"]) append(log, body);
  files.capacityBytes = 0;
  assert.throws(() => backlog.makeRoom(0), /no space left/);
  assert.equal(backlog.memoryDepth, 3);
  files.capacityBytes = Infinity;
  backlog.makeRoom(0);
  assert.equal(backlog.memoryDepth, 1);
  assert.deepEqual(drain(all), ["a", "b", "c"]);
});

Deno.test("Backlog.dropOldest drops from disk first", () => {
  const all = setUp(1);
  const { log, backlog } = all;
  for (const body of ["a", "b", "c"]) append(log, body);
  backlog.makeRoom(0);
  backlog.dropOldest();
  assert.deepEqual([backlog.diskDepth, backlog.memoryDepth], [1, 1]);
  assert.deepEqual(drain(all), ["b", "c"]);
});

Deno.test("Backlog.clearMemory and emptyDisk drop everything, a block half read too, and it goes on", () => {
  const all = setUp(2);
  const { log, pool, backlog, receiver } = all;
  for (let i = 0; i < 500; i++) append(log, "x".repeat(100));
  backlog.makeRoom(0);
  assert.ok(backlog.deliver(receiver, 1, 0) > 0, "a block is read");
  receiver.inFlight.clear();
  backlog.clearMemory();
  backlog.emptyDisk();
  assert.equal(backlog.depth, 0);
  assert.equal(pool.liveReferences(), 0);
  append(log, "new");
  assert.deepEqual(drain(all), ["new"]);
});

Deno.test("Backlog.moveTo moves what is in memory to another log", () => {
  const all = setUp(1000);
  const { log, pool, backlog, receiver } = all;
  for (let i = 0; i < 300; i++) append(log, `${i}`.padEnd(100));
  backlog.deliver(receiver, 10, 0);
  receiver.inFlight.clear();
  const { log: target } = newLog(pool);
  const context = { pool, writer: new DiskWriter(), nodeId: TEST_NODE_ID, memQueueSize: 1000 };
  const readers = [
    new Backlog(target, NO_DISK, context),
    new Backlog(target, NO_DISK, context),
  ] as const;
  backlog.moveTo(target, readers.length);
  assert.equal(backlog.depth, 0);
  assert.equal(pool.liveReferences(), 2 * 290);
  append(log, "stays");
  for (const reader of readers) {
    const bodies = drain({ ...all, backlog: reader });
    assert.deepEqual(bodies.map(Number), Array.from({ length: 290 }, (_, i) => i + 10));
  }
  assert.deepEqual(drain(all), ["stays"]);
  receiver.inFlight.clear();
  assert.equal(pool.liveReferences(), 0);
});
