import assert from "node:assert/strict";
import { decodeMessageId } from "../wire/message_id.ts";
import { Cursor } from "./cursor.ts";
import { ID_BLOCK } from "./id_sequence.ts";
import { SLAB_SIZES } from "./slab.ts";
import { idBytes } from "./testing/fake_consumer.ts";
import { START_UNIX_MS } from "./testing/manual_time.ts";
import { append, newLog, readOn, TEST_NODE_ID } from "./testing/records.ts";

function numberOf(id: string): number {
  return decodeMessageId(idBytes(id), 0, TEST_NODE_ID);
}

Deno.test("Log.append writes the frame of a first delivery", () => {
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log);
  append(log, "hello");
  const [record] = readOn(cursor, log);
  assert.equal(record!.body, "hello");
  assert.equal(record!.attempts, 1);
  assert.equal(record!.timestamp, BigInt(START_UNIX_MS) * 1_000_000n);
  assert.deepEqual([...cursor.slab.bytes.subarray(0, 8)], [0, 0, 0, 35, 0, 0, 0, 2]);
});

Deno.test("Log keeps all records in order, over many slabs, with ids that count up", () => {
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log);
  const bodies = Array.from({ length: 3000 }, (_, i) => `${i}`.padEnd(1 + (i * 37) % 300, "."));
  bodies[500] = "large".padEnd(SLAB_SIZES[0], ".");
  bodies[600] = "larger".padEnd(SLAB_SIZES.at(-1)! + 1, ".");
  for (const body of bodies) append(log, body);
  const records = readOn(cursor, log);
  assert.deepEqual(records.map(({ body }) => body), bodies);
  const first = numberOf(records[0]!.id);
  assert.deepEqual(records.map(({ id }) => numberOf(id) - first), bodies.map((_, i) => i));
});

Deno.test("Log knows the id of every record without reading it", () => {
  const { log, ids } = newLog();
  const cursor = Cursor.atEndOf(log);
  for (let i = 0; i < 5 * ID_BLOCK; i++) {
    if (i % 97 === 0) ids.next = Math.min(ids.next + 3, ids.blockEnd); // somebody else took some
    append(log, "x");
    cursor.findNext();
    const { slab, position } = cursor;
    const run = slab.runOf(position);
    const known = slab.runFirsts[run]! + position - slab.runStarts[run]!;
    assert.equal(known, numberOf(readOn(cursor, log)[0]!.id));
  }
});

Deno.test("Log: two that share their ids never give the same", () => {
  const { log, pool, ids } = newLog();
  const { log: other } = newLog(pool, ids);
  const cursors = [Cursor.atEndOf(log), Cursor.atEndOf(other)] as const;
  for (let i = 0; i < 2000; i++) append(i % 7 < 3 ? log : other, "x");
  const seen = [...readOn(cursors[0], log), ...readOn(cursors[1], other)].map(({ id }) => id);
  assert.equal(new Set(seen).size, 2000);
});

Deno.test("Log frees a slab when all its records are finished, and keeps what is not", () => {
  const { log, pool } = newLog();
  const cursor = Cursor.atEndOf(log);
  for (let i = 0; i < 1000; i++) append(log, "x".repeat(100), 2);
  assert.equal(pool.liveReferences(), 2000);
  cursor.findNext();
  const first = cursor.slab;
  const held = first.count;
  first.release(2 * held - 1);
  assert.ok(first.bytes.length > 0);
  first.release(1);
  assert.equal(first.bytes.length, 0, "its memory is free");
  cursor.position = first.count;
  cursor.findNext();
  assert.equal(cursor.index, held, "and a cursor on it still finds its way");
  assert.equal(pool.liveReferences(), 2000 - 2 * held);
});

Deno.test("Log.truncate takes back what was appended after the mark", () => {
  for (const before of [0, 1, 5, 40, 200]) {
    for (const after of [0, 1, 30, 500]) {
      const { log, pool } = newLog();
      const cursor = Cursor.atEndOf(log);
      for (let i = 0; i < before; i++) append(log, `before ${i} ${"x".repeat(300)}`, 3);
      const mark = log.mark();
      for (let i = 0; i < after; i++) append(log, `dropped ${i} ${"x".repeat(300)}`, 3);
      log.truncate(mark, 3);
      assert.equal(log.endIndex, before);
      assert.equal(pool.liveReferences(), 3 * before);
      for (let i = 0; i < 100; i++) append(log, `after ${i} ${"x".repeat(300)}`, 3);
      const bodies = readOn(cursor, log).map(({ body }) => body.split(" ").slice(0, 2).join(" "));
      const expected = [
        ...Array.from({ length: before }, (_, i) => `before ${i}`),
        ...Array.from({ length: 100 }, (_, i) => `after ${i}`),
      ];
      assert.deepEqual(bodies, expected, `${before} before, ${after} dropped`);
    }
  }
});

Deno.test("Log.truncate leaves a cursor right that had stepped into a new slab", () => {
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log); // on the empty slab that a new log ends with
  const mark = log.mark();
  for (let i = 0; i < 500; i++) append(log, "dropped".padEnd(300));
  cursor.findNext();
  log.truncate(mark, 1);
  append(log, "kept");
  assert.deepEqual(readOn(cursor, log).map(({ body }) => body), ["kept"]);
});

Deno.test("Log.adopt continues with records from elsewhere", () => {
  const { log, pool, ids } = newLog();
  const { log: other } = newLog(pool, ids);
  const cursor = Cursor.atEndOf(log);
  append(log, "a");
  append(other, "b");
  append(other, "c");
  log.adopt(other.tail);
  append(log, "d");
  assert.equal(log.endIndex, 4);
  assert.deepEqual(readOn(cursor, log).map(({ body }) => body), ["a", "b", "c", "d"]);
});

Deno.test("Log.retireIdleTail gives memory back only when all is finished", () => {
  const { log } = newLog();
  const cursor = Cursor.atEndOf(log);
  append(log, "a");
  log.retireIdleTail();
  assert.ok(log.tail.bytes.length > 0);
  readOn(cursor, log);
  log.tail.release(1);
  log.retireIdleTail();
  assert.equal(log.tail.bytes.length, 0);
  append(log, "b");
  assert.deepEqual(readOn(cursor, log).map(({ body }) => body), ["b"]);
});
