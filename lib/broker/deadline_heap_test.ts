import assert from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { DeadlineHeap, type HeapEntry } from "./deadline_heap.ts";

Deno.test("DeadlineHeap gives what a sorted list gives, whatever is added and removed", () => {
  const random = seededRandom(7);
  const heap = new DeadlineHeap<HeapEntry>();
  let model: HeapEntry[] = [];
  for (let i = 0; i < 20_000; i++) {
    const what = random();
    if (what < 0.45) {
      const entry = { dueMs: Math.floor(random() * 500), heapIndex: -1 };
      heap.push(entry);
      model.push(entry);
    } else if (what < 0.6 && model.length > 0) {
      const entry = model[Math.floor(random() * model.length)]!;
      heap.remove(entry);
      model = model.filter((each) => each !== entry);
      assert.equal(entry.heapIndex, -1);
    } else {
      const nowMs = Math.floor(random() * 500);
      const first = Math.min(Infinity, ...model.map(({ dueMs }) => dueMs));
      const popped = heap.popDue(nowMs);
      assert.equal(popped?.dueMs, first <= nowMs ? first : undefined);
      model = model.filter((each) => each !== popped);
    }
    assert.equal(heap.size, model.length);
    const earliest = Math.min(Infinity, ...model.map(({ dueMs }) => dueMs));
    assert.equal(heap.peek()?.dueMs ?? Infinity, earliest);
  }
  assert.deepEqual(new Set(heap.entries()), new Set(model));
});

Deno.test("DeadlineHeap.clear lets its entries go", () => {
  const heap = new DeadlineHeap<HeapEntry>();
  const entries = [3, 1, 2].map((dueMs) => ({ dueMs, heapIndex: -1 }));
  for (const entry of entries) heap.push(entry);
  heap.clear();
  assert.equal(heap.size, 0);
  assert.equal(heap.popDue(Infinity), undefined);
  assert.deepEqual(entries.map(({ heapIndex }) => heapIndex), [-1, -1, -1]);
});
