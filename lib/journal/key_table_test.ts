import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { type KeyEntry, KeyTable, lastDeferred, MAX_KEYS } from "./key_table.ts";

function entry(unixMs: number, more: Partial<KeyEntry> = {}): KeyEntry {
  const rest = { index: unixMs, id: NaN, dueMs: 0, promise: null, number: 0, earlier: null };
  return { ...rest, unixMs, ...more };
}

function keysOf(table: KeyTable): string[] {
  return [...table.entries()].map(([key]) => key);
}

Deno.test("KeyTable forgets what left the window, but for what is deferred until later", () => {
  const table = new KeyTable();
  table.set("old", entry(1000));
  table.set("deferred", entry(1001, { dueMs: 9000 }));
  table.set("new", entry(2000));
  table.prune(3000, 1500);
  deepEqual(keysOf(table), ["deferred", "new"]);
  table.set("deferred", entry(3000));
  table.prune(9000, 0);
  deepEqual(keysOf(table), []);
});

Deno.test("KeyTable looks through deferred messages that are due now and then", () => {
  const table = new KeyTable();
  for (let i = 0; i < 3000; i++) table.set(`${i}`, entry(i, { dueMs: 5000 }));
  table.prune(4000, 0);
  equal(table.size, 3000);
  for (let i = 0; i < 1000; i++) table.set(`more ${i}`, entry(4000 + i, { dueMs: 7000 }));
  table.prune(6000, 0);
  equal(table.size, 1000);
});

Deno.test("KeyTable forgets the oldest when there are too many, and messages that are not there", () => {
  const table = new KeyTable();
  for (let i = 0; i <= MAX_KEYS; i++) table.set(`${i}`, entry(i));
  equal(table.size, MAX_KEYS);
  equal(table.evictedCount, 1);
  equal(table.get("0"), undefined);
  table.forget(10, Infinity);
  equal(table.size, 9);
});

Deno.test("KeyTable gives earlier messages of a key first", () => {
  const table = new KeyTable();
  const first = entry(1, { dueMs: 100 });
  table.set("k", entry(2, { dueMs: 100, earlier: first }));
  deepEqual([...table.entries()].map(([, { unixMs }]) => unixMs), [1, 2]);
});

Deno.test("KeyTable knows a deferred message behind later ones of its key that were not deferred", () => {
  const table = new KeyTable(), late = entry(1, { dueMs: 9000 });
  table.set("k", late);
  table.set("k", entry(1000, { earlier: lastDeferred(table.get("k")!, 1000) }));
  const second = entry(2000, { earlier: lastDeferred(table.get("k")!, 2000) });
  equal(second.earlier, late);
  table.set("k", second);
  table.prune(5000, 500);
  equal(table.get("k"), late);
  table.prune(9000, 500);
  equal(lastDeferred(table.get("k")!, 9000), null);
});
