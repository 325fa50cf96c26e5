import assert from "node:assert/strict";
import { Cursor } from "./cursor.ts";
import { HeldMessage } from "./held_message.ts";
import { append, newLog, readRecord } from "./testing/records.ts";

const RECORDS = 100;

/** A full slab of records that are all in flight, and those held in the order of their publishing. */
function heldFromOneSlab(count: number) {
  const { log, pool } = newLog();
  const cursor = Cursor.atEndOf(log);
  for (let i = 0; i < RECORDS; i++) append(log, `${i}`.padEnd(120, "."));
  cursor.findNext();
  const { slab } = cursor;
  while (log.tail === slab) append(log, "the next");
  let { offset } = cursor;
  const { bytes } = slab;
  const held = Array.from({ length: count }, (_, i) => {
    const each = HeldMessage.from(slab, offset, i);
    offset = readRecord(bytes, offset).end;
    return each;
  });
  return { slab, bytes, held, pool };
}

function body(held: HeldMessage): string {
  return readRecord(held.bytes, held.start).body.replace(/\.+$/, "");
}

Deno.test("HeldMessage is not copied while its slab is needed anyway", () => {
  const { slab, bytes, held } = heldFromOneSlab(60);
  for (const each of held) assert.equal(each.bytes, bytes);
  assert.deepEqual(held.map(body), held.map((_, i) => `${i}`));
  const { live } = slab;
  for (const each of held.slice(0, 10)) each.gone();
  held[0]!.gone();
  assert.equal(slab.live, live - 10, "each gives one reference back, once");
});

Deno.test("HeldMessage moves out of a slab of which little is needed, and the slab's memory is given back", () => {
  const { slab, bytes, held } = heldFromOneSlab(10);
  held[3]!.gone();
  slab.release(slab.live - 9);
  assert.equal(slab.live, 0);
  assert.equal(slab.bytes.length, 0, "the pool has it");
  held.splice(3, 1);
  for (const each of held) assert.notEqual(each.bytes, bytes);
  assert.deepEqual(held.map(body), ["0", "1", "2", "4", "5", "6", "7", "8", "9"]);
  for (const each of held) each.gone();
});

Deno.test("HeldMessage is copied at once where little of its slab is needed", () => {
  const { slab, bytes } = heldFromOneSlab(0);
  slab.release(slab.live - 2);
  const held = HeldMessage.from(slab, slab.start, 0);
  assert.notEqual(held.bytes, bytes);
  assert.equal(slab.live, 1);
  assert.equal(body(held), "0");
});
