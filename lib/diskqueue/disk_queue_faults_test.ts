import assert from "node:assert/strict";
import { DiskQueueError } from "./errors.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { DiskSpace } from "../storage/disk_space.ts";
import { drain, frame, openQueue, put, readAll, readBlock } from "./testing/harness.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";

const DATA_0 = "/d/q.diskqueue.000000.dat";
const DATA_1 = "/d/q.diskqueue.000001.dat";

/** Fails the operations of this name with EIO. */
function failing(name: string, pathEnd = "") {
  return (operation: string, path: string) =>
    operation === name && path.endsWith(pathEnd)
      ? new Error("Input/output error (os error 5)")
      : null;
}

Deno.test("DiskQueue.append() on a disk that is full after any byte keeps nothing and works again later", () => {
  const block = ["0123456789", "abcde", "x", "0123456789012345", "last"];
  const blockBytes = frame(...block).length;
  for (let spaceBytes = 0; spaceBytes < blockBytes; spaceBytes++) {
    const disk = new SimulatedDisk();
    const health: (string | null)[] = [];
    const queue = openQueue({
      files: disk,
      maxBytesPerFile: 30,
      onHealth: (error) => health.push(error && error.message),
    });
    put(queue, "before");
    const before = disk.snapshot();
    disk.capacityBytes = 10 + spaceBytes;
    assert.throws(() => put(queue, ...block), (error) => {
      assert.ok(error instanceof DiskQueueError);
      assert.match(
        error.message,
        /^write \/d\/q\.diskqueue\.00000\d\.dat: no space left on device$/,
      );
      return true;
    });
    assert.deepEqual(disk.snapshot(), before, `${spaceBytes} bytes of space`);
    assert.equal(queue.depth, 1);
    assert.equal(health.length, 1);

    disk.capacityBytes = Infinity;
    put(queue, ...block);
    assert.deepEqual(health.slice(1), [null]);
    assert.deepEqual(readAll(queue), ["before", ...block]);
    queue.close();
    assert.deepEqual(drain(openQueue({ files: disk })), ["before", ...block]);
  }
});

Deno.test("DiskQueue.append() cuts off later what it could not cut off at once", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 30 });
  put(queue, "before");
  disk.capacityBytes = 35;
  disk.fault = (operation, path) =>
    failing("truncate")(operation, path) ?? failing("remove")(operation, path);
  assert.throws(() => put(queue, "0123456789", "0123456789"), /no space left/);
  assert.equal(disk.content(DATA_0)!.length, 24);
  assert.equal(disk.content(DATA_1)!.length, 11);
  assert.throws(() => put(queue, "y"), /input\/output error/);
  assert.deepEqual([queue.depth, readAll(queue)], [1, ["before"]]);

  disk.fault = () => null;
  disk.capacityBytes = Infinity;
  queue.close();
  assert.deepEqual(disk.content(DATA_0), frame("before"));
  assert.equal(disk.content(DATA_1), null);
  assert.deepEqual(readAll(openQueue({ files: disk })), ["before"]);
});

Deno.test("DiskQueue.append() that cannot open the file says so", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk });
  disk.fault = (operation) =>
    operation === "open" ? new Error("Permission denied (os error 13): open '/d/x'") : null;
  assert.throws(() => put(queue, "a"), { message: `open ${DATA_0}: permission denied` });
  assert.equal(queue.depth, 0);
});

Deno.test("DiskQueue.read() that cannot open a file for now keeps it", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk });
  put(queue, "a");
  disk.fault = (operation) =>
    operation === "open" ? new Error("Too many open files (os error 24)") : null;
  assert.throws(() => readBlock(queue), { message: `open ${DATA_0}: too many open files` });
  disk.fault = () => null;
  assert.deepEqual(readBlock(queue), ["a"]);
});

Deno.test("DiskQueue.empty() that cannot delete a file is empty all the same", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk });
  put(queue, "a");
  disk.fault = failing("remove", "000000.dat");
  assert.throws(() => queue.empty(), { message: `remove ${DATA_0}: input/output error` });
  disk.fault = () => null;
  put(queue, "b");
  assert.deepEqual([queue.depth, readAll(queue)], [1, ["b"]]);
});

Deno.test("DiskQueue sets a damaged file aside and reads on in the next", () => {
  for (const [damage, expected] of damages()) {
    const disk = new SimulatedDisk();
    const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
    put(queue, "aaaaaa", "bbbbbb", "cccccc", "dddddd", "eeeeee");
    disk.put(DATA_1, damage);
    assert.deepEqual(readAll(queue), ["aaaaaa", "bbbbbb", ...expected, "eeeeee"]);
    assert.equal(queue.depth, 3 + expected.length);
    // What was read in front of the damage is not done yet.
    assert.ok(disk.paths.includes(DATA_1) || expected.length === 0);
    queue.rewind();
    assert.deepEqual(drain(queue), ["aaaaaa", "bbbbbb", ...expected, "eeeeee"]);
    assert.deepEqual(disk.content(`${DATA_1}.bad`), damage);
    assert.equal(disk.content(DATA_1), null);
    assert.equal(queue.depth, 0);
    queue.close();
    assert.equal(openQueue({ files: disk }).depth, 0);
  }
});

/** What the second file is overwritten with, and the records that can be read from it. */
function damages(): [Uint8Array, string[]][] {
  const good = frame("cccccc");
  const whole = frame("cccccc", "dddddd");
  return [
    [new Uint8Array([...good, 0, 0, 0, 0, 1, 2]), ["cccccc"]],
    [new Uint8Array([...good, 255, 255, 255, 255, 1, 2]), ["cccccc"]],
    [new Uint8Array([...good, 0, 0, 0, 65]), ["cccccc"]],
    // A length above the usual that the file is long enough for: no record ends there.
    [new Uint8Array([...good, 0, 0, 0, 65, ...new Uint8Array(70).fill(7)]), ["cccccc"]],
    [new Uint8Array([...good, 0, 0, 0, 65, ...new Uint8Array(80)]), ["cccccc"]],
    [whole.slice(0, 19), ["cccccc"]],
    [whole.slice(0, 12), ["cccccc"]],
    [whole.slice(0, 3), []],
    [new Uint8Array(20), []],
  ];
}

Deno.test("DiskQueue sets the file aside that it writes to, and writes on in the next", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk });
  put(queue, "a", "b");
  disk.put(DATA_0, new Uint8Array([...frame("a"), 0, 0, 0, 0, 0]));
  assert.deepEqual(readBlock(queue), ["a"]);
  assert.deepEqual(readBlock(queue), []);
  assert.deepEqual([queue.depth, queue.unread], [1, 0]);
  put(queue, "c");
  assert.deepEqual(readAll(queue), ["c"]);
  queue.advance(10, 2);
  assert.deepEqual(disk.paths, [`${DATA_0}.bad`, DATA_1]);
});

Deno.test("DiskQueue never replaces a file that was set aside before", () => {
  const disk = new SimulatedDisk();
  disk.put(`${DATA_0}.bad`, "first");
  disk.put(`${DATA_0}.bad.1`, "second");
  disk.put(DATA_0, "\0\0\0\0third");
  const queue = openQueue({ files: disk });
  assert.deepEqual(readAll(queue), []);
  assert.deepEqual(
    [".bad", ".bad.1", ".bad.2"].map((end) =>
      new TextDecoder().decode(disk.content(`${DATA_0}${end}`)!)
    ),
    ["first", "second", "\0\0\0\0third"],
  );
});

Deno.test("DiskQueue sets a file aside that cannot be read", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "aaaaaa", "bbbbbb", "cccccc");
  disk.fault = failing("read", "000000.dat");
  assert.deepEqual(readAll(queue), ["cccccc"]);
  assert.equal(queue.depth, 1);
  assert.ok(disk.paths.includes(`${DATA_0}.bad`));
});

Deno.test("DiskQueue goes on when a file has disappeared", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "aaaaaa", "bbbbbb", "cccccc", "dddddd", "eeeeee");
  disk.remove(DATA_1);
  assert.deepEqual(readAll(queue), ["aaaaaa", "bbbbbb", "eeeeee"]);
  assert.equal(queue.depth, 3);
  queue.advance(30, 3);
  assert.equal(queue.depth, 0);
});

Deno.test("DiskQueue on a full disk gives up the file of which all is done, and goes on in the next", () => {
  const disk = new SimulatedDisk();
  const health: (string | null)[] = [];
  const queue = openQueue({
    files: disk,
    onHealth: (error) => health.push(error && error.message),
  });
  put(queue, "aaaaaa", "bbbbbb");
  disk.capacityBytes = 20;
  assert.throws(() => put(queue, "cccccc"), /no space left/);
  assert.deepEqual(readBlock(queue), ["aaaaaa", "bbbbbb"]);
  assert.throws(() => put(queue, "cccccc"), /no space left/, "not done yet");
  queue.advance(20, 2);
  put(queue, "cccccc");
  assert.deepEqual([disk.content(DATA_0), disk.content(DATA_1)], [null, frame("cccccc")]);
  assert.equal(health.at(-1), null);
  assert.deepEqual(drain(openQueue({ files: disk.restart() })), ["cccccc"]);
});

Deno.test("DiskQueue on a full disk makes use of what others keep without need, and their health returns", () => {
  const disk = new SimulatedDisk();
  const space = new DiskSpace();
  const health: (string | null)[] = [];
  const full = openQueue({
    name: "full",
    files: disk,
    space,
    onHealth: (error) => health.push(error && error.message),
  });
  put(full, "aaaaaa");
  disk.capacityBytes = 15;
  assert.throws(() => put(full, "bbbbbb"), /no space left/);
  drain(full);
  assert.equal(health.length, 1);
  const other = openQueue({ name: "other", files: disk, space });
  put(other, "cccccccccc");
  assert.deepEqual(disk.paths, ["/d/other.diskqueue.000000.dat"]);
  assert.deepEqual(health.slice(1), [null], "though it has nothing more to write");
});

Deno.test("DiskQueue without space for metadata gives up a file of which all is done", async () => {
  for (const closed of [true, false]) {
    const disk = new SimulatedDisk();
    const timers = new ManualTimers();
    const queue = openQueue({ files: disk, timers });
    put(queue, "aaaaaa", "bbbbbb");
    drain(queue);
    disk.capacityBytes = 20;
    if (closed) assert.equal(queue.close(), null);
    else timers.fireAll();
    await queue.settled();
    assert.deepEqual(disk.paths, ["/d/q.diskqueue.meta.dat"]);
    assert.equal(openQueue({ files: disk.restart() }).depth, 0);
  }
});

Deno.test("DiskQueue.close() can be tried again, but a failed fsync stays one", () => {
  for (const operation of ["write", "rename", "fsync"]) {
    const disk = new SimulatedDisk();
    const queue = openQueue({ files: disk });
    put(queue, "a");
    disk.fault = failing(operation);
    assert.equal(queue.close()?.operation, operation);
    disk.fault = () => null;
    assert.equal(queue.close()?.operation, operation === "fsync" ? "fsync" : undefined);
    assert.equal(disk.openHandles, 0);
    assert.deepEqual(drain(openQueue({ files: disk.restart() })), ["a"]);
  }
});
