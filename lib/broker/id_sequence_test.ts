import assert from "node:assert/strict";
import { SEQUENCES_PER_TICK, tickOf } from "../wire/message_id.ts";
import { ID_BLOCK, IdSequence } from "./id_sequence.ts";

const NOW_MS = 1_700_000_000_000;

/** Takes the next id as the log does. */
function take(ids: IdSequence, unixMs: number): number {
  if (ids.next === ids.blockEnd) ids.reserve(unixMs);
  return ids.next++;
}

Deno.test("IdSequence starts at the tick of the clock", () => {
  assert.equal(take(new IdSequence(), NOW_MS), tickOf(NOW_MS) * SEQUENCES_PER_TICK);
});

Deno.test("IdSequence counts up, and begins each block at a multiple of its size", () => {
  const ids = new IdSequence();
  const first = take(ids, NOW_MS);
  for (let i = 1; i < 3 * ID_BLOCK; i++) {
    assert.equal(take(ids, NOW_MS), first + i);
    assert.equal(ids.blockEnd % ID_BLOCK, 0);
  }
});

Deno.test("IdSequence leaves the rest of a block when the clock has moved on only at its end", () => {
  const ids = new IdSequence();
  const first = take(ids, NOW_MS);
  for (let i = 1; i < ID_BLOCK; i++) assert.equal(take(ids, NOW_MS + 1000), first + i);
  assert.equal(take(ids, NOW_MS + 1000), tickOf(NOW_MS + 1000) * SEQUENCES_PER_TICK);
});

Deno.test("IdSequence grows when the clock is set back", () => {
  const ids = new IdSequence();
  let last = take(ids, NOW_MS);
  for (let i = 0; i < 2000; i++) {
    const next = take(ids, NOW_MS - 3_600_000 * (i % 3));
    assert.ok(next > last);
    last = next;
  }
});

Deno.test("IdSequence borrows from the next ticks when one is used up", () => {
  const ids = new IdSequence();
  const first = take(ids, NOW_MS);
  let last = first;
  for (let i = 0; i < 3 * SEQUENCES_PER_TICK; i++) last = take(ids, NOW_MS);
  assert.equal(last, first + 3 * SEQUENCES_PER_TICK);
  assert.equal(Math.floor(last / SEQUENCES_PER_TICK), tickOf(NOW_MS) + 3);
});
