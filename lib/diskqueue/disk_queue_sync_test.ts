import assert from "node:assert/strict";
import { Barrier } from "../storage/barrier.ts";
import type { DiskQueue } from "./disk_queue.ts";
import { drain, frame, openQueue, put, readAll } from "./testing/harness.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";

const DATA_0 = "/d/q.diskqueue.000000.dat";
const META = "/d/q.diskqueue.meta.dat";

function meta(disk: SimulatedDisk): string | null {
  const content = disk.content(META);
  return content && new TextDecoder().decode(content);
}

/** Notes the paths that are synced. */
function watchSyncs(disk: SimulatedDisk): string[] {
  const paths: string[] = [];
  disk.fault = (operation, path) => {
    if (operation === "fsync") paths.push(path);
    return null;
  };
  return paths;
}

Deno.test("DiskQueue syncs data, directory and metadata when the timer fires", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, timers, syncTimeoutMs: 123 });
  const synced = watchSyncs(disk);
  put(queue, "a");
  put(queue, "b");
  assert.deepEqual(timers.delaysMs, [123]);
  assert.equal(meta(disk), null);
  timers.fireAll();
  await queue.settled();
  assert.deepEqual(synced, [DATA_0, "/d", `${META}.tmp`]);
  assert.equal(meta(disk), "2\n0,0\n0,10\n");
  assert.deepEqual(disk.paths, [DATA_0, META]);
  assert.deepEqual(timers.delaysMs, []);
});

Deno.test("DiskQueue syncs after half of syncEvery records appended, or so many appended and done", async () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, syncEvery: 4 });
  put(queue, "a");
  await queue.settled();
  assert.equal(meta(disk), null);
  put(queue, "b");
  await queue.settled();
  assert.equal(meta(disk), "2\n0,0\n0,10\n");
  put(queue, "c");
  readAll(queue);
  queue.advance(10, 2);
  await queue.settled();
  assert.equal(meta(disk), "2\n0,0\n0,10\n");
  queue.advance(5, 1);
  await queue.settled();
  assert.equal(meta(disk), "0\n0,15\n0,15\n");
});

Deno.test("DiskQueue records the positions from before the fsync, and runs one sync at a time", async () => {
  const disk = new SimulatedDisk();
  disk.holdSyncs = true;
  const queue = openQueue({ files: disk, syncEvery: 1 });
  const synced = watchSyncs(disk);
  put(queue, "a");
  put(queue, "b");
  put(queue, "c");
  assert.deepEqual(synced, [DATA_0]);
  disk.holdSyncs = false;
  let first: string | null = null;
  disk.fault = (operation, path) => {
    if (operation === "rename") first ??= new TextDecoder().decode(disk.content(path)!);
    return null;
  };
  disk.releaseSyncs();
  await queue.settled();
  assert.equal(first, "1\n0,0\n0,5\n");
  assert.equal(meta(disk), "3\n0,0\n0,15\n");
});

Deno.test("DiskQueue closes its files when all is synced and nothing happens", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, timers });
  put(queue, "a", "b");
  readAll(queue);
  assert.equal(disk.openHandles, 3 - 1);
  timers.fireAll();
  await queue.settled();
  assert.equal(disk.openHandles, 0);
  put(queue, "c");
  assert.deepEqual(readAll(queue), ["c"]);
});

Deno.test("DiskQueue syncs at once when a file is finished or left", async () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 10 });
  put(queue, "aaaaaa");
  put(queue, "bbbbbb");
  await queue.settled();
  assert.equal(meta(disk), "2\n0,0\n1,10\n");
  readAll(queue);
  queue.advance(10, 1);
  await queue.settled();
  assert.equal(meta(disk), "1\n1,0\n1,10\n");
});

Deno.test("DiskQueue.close() overtakes a running sync and syncs what that had not finished", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, syncEvery: 1, timers });
  disk.holdSyncs = true;
  put(queue, "a");
  put(queue, "b");
  const synced = watchSyncs(disk);
  queue.close();
  assert.deepEqual(synced, [DATA_0, "/d", `${META}.tmp`]);
  const after = disk.snapshot();
  disk.holdSyncs = false;
  disk.releaseSyncs();
  await queue.settled();
  assert.deepEqual(disk.snapshot(), after);
  assert.equal(meta(disk), "2\n0,0\n0,10\n");
  assert.deepEqual(timers.delaysMs, []);
});

for (const method of ["empty", "delete"] as const) {
  Deno.test(`DiskQueue.${method}() overtakes a running sync, whichever file it is at`, async () => {
    for (const syncsBefore of [0, 1, 2]) {
      const disk = new SimulatedDisk();
      const timers = new ManualTimers();
      const queue = openQueue({ files: disk, syncEvery: 1, timers });
      disk.holdSyncs = true;
      put(queue, "a");
      for (let i = 0; i < syncsBefore; i++) {
        disk.releaseSyncs();
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      }
      queue[method]();
      assert.deepEqual(disk.paths, []);
      disk.holdSyncs = false;
      disk.releaseSyncs();
      await queue.settled();
      assert.deepEqual(disk.paths, []);
      assert.deepEqual(timers.delaysMs, []);
    }
  });
}

Deno.test("DiskQueue whose fsync fails says so, tries again and says when it is well", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const health: (string | null)[] = [];
  const onHealth = (error: Error | null) => health.push(error && error.message);
  const queue = openQueue({ files: disk, timers, onHealth });
  disk.fault = (operation) =>
    operation === "fsync" ? new Error("Input/output error (os error 5)") : null;
  put(queue, "a");
  timers.fireAll();
  await queue.settled();
  assert.deepEqual(health, [`fsync ${DATA_0}: input/output error`]);
  assert.deepEqual(timers.delaysMs, [2000]);
  put(queue, "b");
  assert.equal(health.length, 1);

  const synced = watchSyncs(disk);
  timers.fireAll();
  await queue.settled();
  assert.deepEqual(health.slice(1), [null]);
  assert.ok(synced.includes(DATA_0));
  assert.equal(meta(disk), "2\n0,0\n0,10\n");
});

Deno.test("DiskQueue without space for metadata syncs again as soon as a write succeeds", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const health: (string | null)[] = [];
  const onHealth = (error: Error | null) => health.push(error && error.message);
  const queue = openQueue({ files: disk, timers, onHealth });
  put(queue, "a");
  disk.capacityBytes = 5;
  timers.fireAll();
  await queue.settled();
  assert.throws(() => put(queue, "b"));
  assert.deepEqual(health, [
    `write ${META}.tmp: no space left on device`,
    `write ${DATA_0}: no space left on device`,
  ]);
  disk.capacityBytes = Infinity;
  put(queue, "c");
  await queue.settled();
  assert.equal(health.at(-1), null);
  assert.equal(meta(disk), "2\n0,0\n0,10\n");
});

Deno.test("DiskQueue records what it found out when it was opened", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  disk.put(DATA_0, frame("a", "b"));
  const queue = openQueue({ files: disk, timers });
  timers.fireAll();
  await queue.settled();
  assert.equal(meta(disk), "2\n0,0\n1,0\n");
});

Deno.test("DiskQueue.close() that cannot write metadata loses no record", () => {
  const disk = new SimulatedDisk();
  const health: (Error | null)[] = [];
  const queue = openQueue({ files: disk, onHealth: (error) => health.push(error) });
  put(queue, "a", "b");
  disk.capacityBytes = 10;
  queue.close();
  assert.equal(health.length, 1);
  const next = openQueue({ files: disk.restart() });
  assert.equal(next.depth, 2);
  assert.deepEqual(readAll(next), ["a", "b"]);
});

/** Puts a record and says whether its answer has to wait. */
function waits(queue: DiskQueue, barrier: Barrier, ...records: string[]): () => boolean {
  barrier.begin();
  put(queue, ...records);
  const { required } = barrier;
  return () => !barrier.isPassed(required);
}

for (const syncEvery of [1, 3]) {
  Deno.test(`DiskQueue lets ${syncEvery} records be acknowledged that are not synced, the next wait`, async () => {
    const disk = new SimulatedDisk();
    const barrier = new Barrier();
    const queue = openQueue({ files: disk, syncEvery, barrier });
    disk.holdSyncs = true;
    const first = Array.from({ length: syncEvery }, () => waits(queue, barrier, "a"));
    const next = Array.from({ length: syncEvery + 2 }, () => waits(queue, barrier, "b"));
    assert.deepEqual(first.filter((isWaiting) => isWaiting()), []);
    assert.deepEqual(next.filter((isWaiting) => !isWaiting()), []);
    // The sync that runs covers the first; the others need the one that follows.
    await endSync(disk);
    assert.deepEqual(next.filter((isWaiting) => !isWaiting()), []);
    const late = waits(queue, barrier, "c");
    await endSync(disk);
    assert.deepEqual(next.filter((isWaiting) => isWaiting()), []);
    assert.equal(late(), false, "it is alone with what no sync covers");
    disk.holdSyncs = false;
    disk.releaseSyncs();
    await queue.settled();
  });
}

Deno.test("DiskQueue lets a batch of more than syncEvery wait for the sync that covers it", async () => {
  const disk = new SimulatedDisk();
  const barrier = new Barrier();
  const queue = openQueue({ files: disk, syncEvery: 2, barrier });
  disk.holdSyncs = true;
  const isWaiting = waits(queue, barrier, "a", "b", "c");
  assert.ok(isWaiting());
  await endSync(disk);
  assert.equal(isWaiting(), false);
});

Deno.test("DiskQueue lets nobody wait for what was read, nor for a sync that fails or is not needed any more", async () => {
  const disk = new SimulatedDisk();
  const barrier = new Barrier();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, syncEvery: 1, barrier, timers });
  put(queue, "a", "b", "c");
  await queue.settled();
  disk.holdSyncs = true;
  drain(queue);
  assert.equal(waits(queue, barrier, "d")(), false);
  const emptied = waits(queue, barrier, "e");
  assert.ok(emptied());
  queue.empty();
  assert.equal(emptied(), false);
  disk.holdSyncs = false;
  disk.releaseSyncs();
  await queue.settled();

  disk.fault = (operation) =>
    operation === "fsync" ? new Error("Input/output error (os error 5)") : null;
  const failed = waits(queue, barrier, "f", "g");
  assert.ok(failed());
  await queue.settled();
  assert.equal(failed(), false);

  disk.fault = () => null;
  const closed = waits(queue, barrier, "h", "i");
  queue.close();
  assert.equal(closed(), false);
});

Deno.test("DiskQueue whose metadata cannot be written waits before it tries again", async () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, syncEvery: 1, timers });
  let renames = 0;
  disk.fault = (operation) =>
    operation === "rename" && ++renames > 0 ? new Error("Input/output error (os error 5)") : null;
  put(queue, "a");
  await queue.settled();
  assert.deepEqual([renames, timers.delaysMs.length], [1, 1]);
  timers.fireAll();
  await queue.settled();
  assert.deepEqual([renames, timers.delaysMs.length], [2, 1]);
});

Deno.test("DiskQueue with syncEvery 0 syncs by time alone, and lets nobody wait", async () => {
  const disk = new SimulatedDisk();
  const barrier = new Barrier();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, syncEvery: 0, barrier, timers });
  const synced = watchSyncs(disk);
  assert.equal(waits(queue, barrier, "a", "b")(), false);
  assert.deepEqual([synced.length, timers.delaysMs.length], [0, 1]);
  timers.fireAll();
  await queue.settled();
  assert.deepEqual([synced.length, timers.delaysMs.length], [3, 0]);
});

/** Lets the sync that runs end, and whatever follows until the next begins. */
async function endSync(disk: SimulatedDisk): Promise<void> {
  let began = false;
  disk.fault = (operation, path) => {
    began ||= operation === "fsync" && path === DATA_0;
    return null;
  };
  for (let turn = 0; turn < 30 && !began; turn++) {
    disk.releaseSyncs();
    await Promise.resolve();
  }
}
