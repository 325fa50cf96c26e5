import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { MemoryLogger } from "../log/testing/memory_logger.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { systemTimers } from "../storage/timers.ts";
import { DiskQueue } from "./disk_queue.ts";

const LENGTH = 100;

function open(disk: SimulatedDisk, maxBytesPerFile: number): DiskQueue {
  return DiskQueue.open({
    name: "q",
    dataPath: "/d",
    maxBytesPerFile,
    minRecordBytes: 1,
    usualRecordBytes: 1_000_000,
    syncEvery: 1_000_000,
    syncTimeoutMs: 1_000_000,
    files: disk,
    timers: { ...systemTimers, setTimeout: () => 0 },
    logger: new MemoryLogger(),
  });
}

/** Appends records that hold the numbers `[from, to)`. */
function append(queue: DiskQueue, from: number, to: number): void {
  const framed = new Uint8Array((to - from) * (4 + LENGTH)), view = new DataView(framed.buffer);
  for (let i = 0; i < to - from; i++) {
    view.setUint32(i * (4 + LENGTH), LENGTH);
    view.setUint32(i * (4 + LENGTH) + 4, from + i);
  }
  queue.append(framed, 0, framed.length, to - from);
}

/** The numbers that a look finds, and in how many steps. */
function look(queue: DiskQueue, offset: number, max: number): { found: number[]; steps: number } {
  const peeker = queue.newPeeker(), from = peeker.firstOrdinal + offset;
  const found: number[] = [];
  let steps = 0;
  try {
    for (; found.length < max && peeker.step(from); steps++) {
      const view = new DataView(peeker.bytes.buffer);
      for (let i = 0, at = peeker.start; i < peeker.count && found.length < max; i++) {
        found.push(view.getUint32(at + 4));
        at += 4 + LENGTH;
      }
    }
  } finally {
    peeker.close();
  }
  return { found, steps };
}

function done(queue: DiskQueue, count: number): void {
  const into = new Uint8Array(count * (4 + LENGTH));
  for (let left = count; left > 0;) {
    const { bytes, count: read } = queue.read(into.subarray(0, left * (4 + LENGTH)));
    queue.advance(bytes, read);
    left -= read;
  }
}

Deno.test("a look finds records over files, and leaves the queue as it is", () => {
  const queue = open(new SimulatedDisk(), 1000);
  append(queue, 0, 50);
  deepEqual(look(queue, 0, 3).found, [0, 1, 2]);
  deepEqual(look(queue, 8, 4).found, [8, 9, 10, 11]);
  deepEqual(look(queue, 47, 10).found, [47, 48, 49]);
  deepEqual(look(queue, 50, 10).found, []);
  done(queue, 13);
  deepEqual(look(queue, 0, 2).found, [13, 14]);
  equal(queue.depth, 37);
  queue.empty();
  deepEqual(look(queue, 0, 2).found, []);
  append(queue, 60, 70);
  deepEqual(look(queue, 9, 2).found, [69]);
});

Deno.test("a look far ahead reads little: places are noted while writing, or by the first look", () => {
  const disk = new SimulatedDisk(), count = 200_000;
  let queue = open(disk, 100_000_000);
  for (let i = 0; i < count; i += 1000) append(queue, i, i + 1000);
  const written = look(queue, count - 1, 1);
  deepEqual(written.found, [count - 1]);
  ok(written.steps <= 20, `${written.steps} steps`);
  equal(queue.close(), null);
  queue = open(disk, 100_000_000);
  ok(look(queue, count - 1, 1).steps > 50, "nothing is known of it yet");
  const again = look(queue, count - 1, 1);
  deepEqual(again.found, [count - 1]);
  ok(again.steps <= 20, `${again.steps} steps`);
});

Deno.test("a look goes on while records are taken and added", () => {
  const queue = open(new SimulatedDisk(), 1000);
  append(queue, 0, 30);
  const peeker = queue.newPeeker();
  ok(peeker.step(5));
  done(queue, 25); // what it stood in is gone
  append(queue, 30, 40);
  const rest = look(queue, 0, 100).found;
  equal(rest[0], 25);
  equal(rest.length, 15);
  ok(peeker.step(5));
  equal(new DataView(peeker.bytes.buffer).getUint32(peeker.start + 4) >= 25, true);
  peeker.close();
  equal(queue.close(), null);
});
