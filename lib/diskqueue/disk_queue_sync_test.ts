import assert from "node:assert/strict";
import { frame, ManualTimers, openQueue, put, readAll } from "./testing/harness.ts";
import { SimulatedDisk } from "./testing/simulated_disk.ts";

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

Deno.test("DiskQueue syncs after syncEvery records appended and done", async () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, syncEvery: 4 });
  put(queue, "a", "b");
  readAll(queue);
  queue.advance(5, 1);
  await queue.settled();
  assert.equal(meta(disk), null);
  queue.advance(5, 1);
  await queue.settled();
  assert.equal(meta(disk), "0\n0,10\n0,10\n");
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
