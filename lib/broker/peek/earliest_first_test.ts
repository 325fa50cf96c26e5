import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { seededRandom } from "../../storage/testing/seeded_random.ts";
import { EarliestFirst } from "./earliest_first.ts";

/** A heap of `size` numbers in which each place has `arity` children. */
function heapOf(size: number, arity: number, random: () => number): number[] {
  const heap: number[] = [];
  for (let at = 0; at < size; at++) {
    const parent = at === 0 ? 0 : heap[Math.floor((at - 1) / arity)]!;
    heap.push(parent + Math.floor(random() * 4));
  }
  return heap;
}

for (const arity of [2, 4]) {
  Deno.test(`EarliestFirst gives the places of a heap of arity ${arity} in order`, () => {
    const random = seededRandom(arity);
    for (const size of [0, 1, 2, 7, 100]) {
      const heap = heapOf(size, arity, random);
      const order = new EarliestFirst(size, arity, (at) => heap[at]!);
      const places: number[] = [];
      for (let at; (at = order.next()) >= 0;) places.push(at);
      deepEqual(places.map((at) => heap[at]), heap.toSorted((a, b) => a - b));
      deepEqual(places.toSorted((a, b) => a - b), [...heap.keys()]);
    }
  });
}
