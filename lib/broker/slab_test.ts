import assert from "node:assert/strict";
import { Slab, SLAB_SIZES, SlabPool } from "./slab.ts";

Deno.test("Slab gives its memory back when it is sealed and nothing in it is needed", () => {
  const pool = new SlabPool();
  const slab = pool.take(0, 0);
  const { bytes } = slab;
  slab.live = 2;
  slab.release(2);
  assert.equal(slab.bytes, bytes, "not before it is sealed");
  slab.live = 2;
  slab.seal();
  slab.release(1);
  assert.equal(slab.bytes, bytes, "not before all is finished");
  slab.release(1);
  assert.equal(slab.bytes.length, 0);
  assert.equal(pool.take(0, 0).bytes, bytes, "it is used again");
});

Deno.test("SlabPool.take gives the size asked for, and a slab of its own to what fits none", () => {
  const pool = new SlabPool();
  SLAB_SIZES.forEach((size, sizeClass) => {
    assert.equal(pool.take(sizeClass, 0).bytes.length, size);
    assert.equal(pool.take(0, size).bytes.length, size);
  });
  assert.equal(pool.take(1, 100).bytes.length, SLAB_SIZES[1]);
  const largest = SLAB_SIZES.at(-1)!;
  assert.equal(pool.take(0, largest + 1).bytes.length, largest + 1);
});

Deno.test("SlabPool does not keep what it has no use for", () => {
  const pool = new SlabPool();
  const odd = pool.take(0, SLAB_SIZES.at(-1)! + 1).bytes;
  pool.give(odd);
  assert.equal(odd.buffer.byteLength, 0, "the system has it");
  const usual = pool.take(0, 0).bytes;
  pool.give(usual);
  assert.equal(usual.length, SLAB_SIZES[0], "kept");
  pool.trim();
  assert.equal(usual.buffer.byteLength, 0, "until the pool is trimmed");
});

Deno.test("SlabPool keeps a limited amount", () => {
  const pool = new SlabPool();
  const largest = SLAB_SIZES.length - 1;
  const taken = Array.from({ length: 200 }, () => pool.take(largest, 0).bytes);
  for (const bytes of taken) pool.give(bytes);
  const kept = taken.reduce((sum, bytes) => sum + bytes.buffer.byteLength, 0);
  assert.ok(kept > 0 && kept <= 64 * 1024 * 1024, `${kept} bytes kept`);
});

Deno.test("Slab.runOf finds the run of ids that a record belongs to", () => {
  const slab = new Slab(new SlabPool(), new Uint8Array(10));
  const ids = [5, 6, 7, 20, 21, 3, 40];
  for (const id of ids) {
    slab.noteId(id);
    slab.count++;
  }
  assert.deepEqual(slab.runStarts, [0, 3, 5, 6]);
  ids.forEach((id, position) => {
    const run = slab.runOf(position);
    assert.equal(slab.runFirsts[run]! + position - slab.runStarts[run]!, id);
  });
  slab.firstIndex = 100;
  assert.deepEqual([...ids, 8, 22, 4].map((id) => slab.indexOf(id)), [
    ...ids.map((_, position) => 100 + position),
    ...[NaN, NaN, NaN],
  ]);
});

Deno.test("Slab.release refuses to be given back a reference twice", () => {
  const slab = new SlabPool().take(0, 0);
  slab.live = 1;
  slab.release(1);
  assert.throws(() => slab.release(1), /^RangeError: a slab of messages has -1 references$/);
});
