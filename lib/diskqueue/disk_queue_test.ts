import assert from "node:assert/strict";
import { DiskQueueError, RecordTooLargeError } from "./errors.ts";
import { drain, frame, openQueue, put, readAll, readBlock } from "./testing/harness.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";

const DATA_0 = "/d/q.diskqueue.000000.dat";
const DATA_1 = "/d/q.diskqueue.000001.dat";
const META = "/d/q.diskqueue.meta.dat";

function text(disk: SimulatedDisk, path: string): string | null {
  const content = disk.content(path);
  return content && new TextDecoder().decode(content);
}

Deno.test("DiskQueue that is never used touches no file and sets no timer", () => {
  const disk = new SimulatedDisk();
  const timers = new ManualTimers();
  const queue = openQueue({ files: disk, timers });
  assert.equal(queue.depth, 0);
  assert.deepEqual(readBlock(queue), []);
  queue.empty();
  queue.close();
  assert.deepEqual(disk.paths, []);
  assert.deepEqual(timers.delaysMs, []);
});

Deno.test("DiskQueue.read() hands out what append() took, in order, each record once", () => {
  const queue = openQueue({ files: new SimulatedDisk() });
  put(queue, "a", "bc");
  put(queue, "def");
  assert.deepEqual([queue.depth, queue.unread], [3, 3]);
  assert.deepEqual(readBlock(queue), ["a", "bc", "def"]);
  assert.deepEqual([queue.depth, queue.unread], [3, 0]);
  assert.deepEqual(readBlock(queue), []);
  put(queue, "g");
  assert.deepEqual(readBlock(queue), ["g"]);
});

Deno.test("DiskQueue.append() takes the part of the buffer it is told", () => {
  const queue = openQueue({ files: new SimulatedDisk() });
  const framed = frame("aa", "bb", "cc");
  queue.append(framed, 6, 12, 1);
  queue.append(framed, 6, 6, 0);
  assert.equal(queue.depth, 1);
  assert.deepEqual(readAll(queue), ["bb"]);
});

Deno.test("DiskQueue.append() writes a block with one write", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk });
  put(queue, "a", "b", "c", "d", "e");
  assert.equal(disk.writes, 1);
});

Deno.test("DiskQueue.append() begins a file where the next record would not fit", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "123456", "123456", "x", "0123456789012345678901234567890", "y");
  assert.deepEqual(disk.content(DATA_0), frame("123456", "123456"));
  assert.deepEqual(disk.content(DATA_1), frame("x"));
  assert.deepEqual(
    disk.content("/d/q.diskqueue.000002.dat"),
    frame("0123456789012345678901234567890"),
  );
  assert.deepEqual(disk.content("/d/q.diskqueue.000003.dat"), frame("y"));
  assert.equal(queue.depth, 5);
  assert.deepEqual(readBlock(queue), ["123456", "123456"]);
  assert.deepEqual(readBlock(queue), ["x"]);
  assert.equal(readAll(queue).length, 2);
});

Deno.test("DiskQueue.append() fills a file to the last byte", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "123456");
  put(queue, "123456");
  assert.deepEqual(disk.content(DATA_0), frame("123456", "123456"));
  put(queue, "z");
  assert.deepEqual(disk.content(DATA_1), frame("z"));
});

Deno.test("DiskQueue.append() refuses bytes that are not whole records, and keeps none of them", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "a");
  const before = disk.snapshot();
  const framed = frame("0123456789", "0123456789");
  assert.throws(() => queue.append(framed, 0, framed.length - 1, 2), RangeError);
  assert.deepEqual(disk.snapshot(), before);
  assert.equal(queue.depth, 1);
});

Deno.test("DiskQueue.read() returns as many whole records as fit", () => {
  const queue = openQueue({ files: new SimulatedDisk() });
  put(queue, "aaa", "bbb", "ccc");
  assert.deepEqual(readBlock(queue, 20), ["aaa", "bbb"]);
  assert.equal(queue.unread, 1);
  assert.deepEqual(readBlock(queue, 7), ["ccc"]);
});

Deno.test("DiskQueue.read() says how large a buffer the next record needs", () => {
  const queue = openQueue({ files: new SimulatedDisk() });
  put(queue, "0123456789");
  for (const bytes of [0, 3, 4, 13]) {
    assert.throws(() => queue.read(new Uint8Array(bytes)), RecordTooLargeError);
  }
  assert.throws(() => queue.read(new Uint8Array(13)), { neededBytes: 14 });
  assert.equal(queue.unread, 1);
  assert.deepEqual(readBlock(queue, 14), ["0123456789"]);
});

Deno.test("DiskQueue.advance() deletes a file when all of it is done", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "123456", "123456", "x");
  assert.deepEqual(readBlock(queue), ["123456", "123456"]);
  queue.advance(10, 1);
  assert.ok(disk.paths.includes(DATA_0));
  queue.advance(10, 1);
  assert.ok(!disk.paths.includes(DATA_0));
  assert.ok(disk.paths.includes(DATA_1));
  assert.equal(queue.depth, 1);
});

Deno.test("DiskQueue.advance() goes over the end of a file", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "123456", "123456", "x", "y");
  readAll(queue);
  queue.advance(25, 3);
  assert.equal(queue.depth, 1);
  queue.rewind();
  assert.deepEqual(readAll(queue), ["y"]);
});

Deno.test("DiskQueue.advance() refuses what was not read", () => {
  const queue = openQueue({ files: new SimulatedDisk() });
  put(queue, "a", "b");
  readBlock(queue, 5);
  assert.throws(() => queue.advance(10, 2), RangeError);
  queue.advance(5, 1);
  assert.equal(queue.depth, 1);
});

Deno.test("DiskQueue.rewind() hands out again what was not advanced past", () => {
  const queue = openQueue({ files: new SimulatedDisk(), maxBytesPerFile: 20 });
  put(queue, "123456", "abcdef", "x");
  readAll(queue);
  queue.advance(10, 1);
  queue.rewind();
  assert.deepEqual([queue.depth, queue.unread], [2, 2]);
  assert.deepEqual(readAll(queue), ["abcdef", "x"]);
});

Deno.test("DiskQueue.close() leaves files from which open() goes on", () => {
  const disk = new SimulatedDisk();
  const first = openQueue({ files: disk });
  put(first, "a", "b", "c");
  readAll(first);
  first.advance(5, 1);
  first.close();
  assert.equal(text(disk, META), "2\n0,5\n0,15\n");
  assert.equal(disk.openHandles, 0);

  const second = openQueue({ files: disk });
  put(second, "d");
  assert.equal(second.depth, 3);
  assert.deepEqual(drain(second), ["b", "c", "d"]);
  second.close();
  assert.equal(text(disk, META), "0\n0,20\n0,20\n");
});

Deno.test("DiskQueue is of no use after close()", () => {
  const queue = openQueue({ files: new SimulatedDisk() });
  queue.close();
  queue.close();
  assert.throws(() => put(queue, "a"), DiskQueueError);
  assert.throws(() => readBlock(queue), DiskQueueError);
  assert.throws(() => queue.empty(), DiskQueueError);
});

Deno.test("DiskQueue.empty() deletes all files and takes new records", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 10 });
  put(queue, "aaaaaa", "bbbbbb", "cccccc");
  readBlock(queue);
  queue.empty();
  assert.deepEqual(disk.paths, []);
  assert.deepEqual([queue.depth, queue.unread], [0, 0]);
  assert.deepEqual(readBlock(queue), []);
  put(queue, "d");
  assert.deepEqual(readBlock(queue), ["d"]);
  queue.close();
  assert.deepEqual(readAll(openQueue({ files: disk })), ["d"]);
});

Deno.test("DiskQueue.delete() leaves no file behind", () => {
  const disk = new SimulatedDisk();
  const first = openQueue({ files: disk });
  put(first, "a");
  first.close();
  const second = openQueue({ files: disk });
  second.delete();
  assert.deepEqual(disk.paths, []);
  assert.throws(() => put(second, "a"), DiskQueueError);
});

Deno.test("DiskQueue reader that has caught up follows the writer to the next file", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  for (let i = 0; i < 10; i++) {
    put(queue, `aaaaa${i}`);
    assert.deepEqual(drain(queue), [`aaaaa${i}`]);
  }
  queue.close();
  assert.deepEqual(disk.paths, ["/d/q.diskqueue.000004.dat", META]);
  assert.equal(text(disk, META), "0\n4,20\n4,20\n");
});

Deno.test("DiskQueue that was drained before the writer rolled records the new file as the one to read", () => {
  const disk = new SimulatedDisk();
  const queue = openQueue({ files: disk, maxBytesPerFile: 20 });
  put(queue, "123456", "123456");
  drain(queue);
  put(queue, "x");
  queue.close();
  assert.deepEqual(disk.paths, [DATA_1, META]);
  assert.equal(text(disk, META), "1\n1,0\n1,5\n");
});

Deno.test("DiskQueue reader with its file open follows a writer that fills the file and rolls", () => {
  const queue = openQueue({ files: new SimulatedDisk(), maxBytesPerFile: 20 });
  put(queue, "a");
  assert.deepEqual(readBlock(queue), ["a"]);
  put(queue, "b");
  put(queue, "cccc", "d");
  assert.deepEqual(readAll(queue), ["b", "cccc", "d"]);
});
