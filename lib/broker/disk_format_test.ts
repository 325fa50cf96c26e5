import assert from "node:assert/strict";
import { DiskQueue } from "../diskqueue/disk_queue.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { MemoryLogger } from "../log/testing/memory_logger.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { FOREIGN_ID } from "../wire/message_id.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../wire/record.ts";
import { Cursor } from "./cursor.ts";
import { DiskReader, DiskWriter } from "./disk_format.ts";
import { copyRecord } from "./held_message.ts";
import type { Slab } from "./slab.ts";
import { CheckedPool } from "./testing/checked_pool.ts";
import { append, newLog, readOn, TEST_NODE_ID } from "./testing/records.ts";

function openQueue(): DiskQueue {
  return DiskQueue.open({
    name: "q",
    dataPath: "/d",
    maxBytesPerFile: 100_000_000,
    minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
    usualRecordBytes: 10_000_000,
    syncEvery: 1_000_000,
    syncTimeoutMs: 2000,
    files: new SimulatedDisk(),
    timers: new ManualTimers(),
    logger: new MemoryLogger(),
  });
}

/** The records of a slab. */
function recordsOf(slab: Slab) {
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log);
  log.adopt(slab);
  return readOn(cursor, log);
}

/** Appends a message with each of these bodies to `disk`. */
function write(disk: DiskQueue, bodies: readonly string[]): void {
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log);
  for (const body of bodies) append(log, body);
  const writer = new DiskWriter();
  while (cursor.index < log.endIndex) {
    cursor.findNext();
    cursor.pass(writer.appendRun(disk, cursor.slab, cursor.offset, cursor.slab.count));
  }
}

/** A disk record by the description of nsqd's format. */
function diskRecord(timestamp: bigint, attempts: number, id: string, body: string): Uint8Array {
  const bytes = new Uint8Array(4 + 8 + 2 + 16 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - 4);
  view.setBigUint64(4, timestamp);
  view.setUint16(12, attempts);
  bytes.set(new TextEncoder().encode(id + body), 14);
  return bytes;
}

Deno.test("DiskWriter writes timestamp, attempts so far, id and body", () => {
  const disk = openQueue();
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log);
  append(log, "hello");
  cursor.findNext();
  const writer = new DiskWriter();
  assert.equal(writer.appendRun(disk, cursor.slab, cursor.offset, 1), 1);
  const held = copyRecord(cursor.slab, cursor.offset, cursor.index);
  held.delivered(0);
  held.attempts = 7;
  writer.appendHeld(disk, [held]);
  const into = new Uint8Array(1000);
  const { bytes, count } = disk.read(into);
  const { id, timestamp } = readOn(cursor, log)[0]!;
  assert.equal(count, 2);
  assert.equal(
    into.subarray(0, bytes).toHex(),
    diskRecord(timestamp, 0, id, "hello").toHex() + diskRecord(timestamp, 7, id, "hello").toHex(),
  );
});

Deno.test("DiskReader gives back what DiskWriter wrote, with the next delivery's attempts", () => {
  const disk = openQueue();
  const pool = new CheckedPool();
  const reader = new DiskReader(disk, pool, TEST_NODE_ID);
  assert.equal(reader.read(), null);
  const bodies = Array.from({ length: 2000 }, (_, i) => `${i}`.padEnd(i % 200, "."));
  bodies[100] = "larger than a slab".padEnd(20_000, ".");
  bodies[1500] = "larger than any slab".padEnd(2_000_000, ".");
  write(disk, bodies);
  const read: string[] = [];
  let blocks = 0;
  for (let slab; (slab = reader.read()) !== null; blocks++) {
    assert.equal(slab.live, slab.count);
    const { count, end } = slab;
    const records = recordsOf(slab);
    assert.ok(records.every(({ attempts }) => attempts === 1));
    read.push(...records.map(({ body }) => body));
    disk.advance(end - 4 * count, count);
    slab.release(count);
  }
  assert.deepEqual(read, bodies);
  assert.ok(blocks < 50, `${blocks} blocks: they grow while a backlog is read`);
  assert.equal(disk.depth, 0);
  assert.equal(pool.liveReferences(), 0);
});

Deno.test("DiskReader expands the shortest records in place", () => {
  const disk = openQueue();
  const { length } = diskRecord(1n, 0, "0123456789abcdef", "");
  const framed = new Uint8Array(length * 3000);
  for (let i = 0; i < 3000; i++) {
    const id = i.toString(16).padStart(16, "z");
    framed.set(diskRecord(BigInt(i), 65535, id, ""), i * length);
  }
  disk.append(framed, 0, framed.length, 3000);
  const reader = new DiskReader(disk, new CheckedPool(), TEST_NODE_ID);
  let i = 0;
  for (let slab; (slab = reader.read()) !== null;) {
    assert.ok(slab.runFirsts.every((id) => id === FOREIGN_ID), "ids of nobody");
    for (const { id, timestamp, attempts, body } of recordsOf(slab)) {
      assert.deepEqual([id, timestamp, attempts, body], [
        i.toString(16).padStart(16, "z"),
        BigInt(i),
        65535, // it stays there
        "",
      ]);
      i++;
    }
  }
  assert.equal(i, 3000);
});
