import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { Exceptions } from "./exceptions.ts";

Deno.test("Exceptions agrees with a map, and gives the earliest due first", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed), exceptions = new Exceptions();
    const model = new Map<number, [number, number]>();
    for (let step = 0; step < 3000; step++) {
      // Indexes beyond 2^32 too, and such that fall together.
      const index = Math.floor(random() * 300) * (seed % 2 === 0 ? 0x100000001 : 1024);
      if (random() < (step < 1500 ? 0.7 : 0.3)) {
        const dueMs = random() < 0.5 ? 0 : Math.ceil(random() * 1000);
        exceptions.set(index, step % 65536, dueMs);
        model.set(index, [step % 65536, dueMs]);
      } else strictEqual(exceptions.delete(index), model.delete(index));
      const due = [...model].filter(([, [, dueMs]]) => dueMs > 0)
        .sort(([a, [, dueA]], [b, [, dueB]]) => dueA - dueB || a - b);
      strictEqual(exceptions.deferred, due.length);
      strictEqual(exceptions.nextDueIndex, due[0]?.[0] ?? -1);
      strictEqual(exceptions.nextDueMs, due[0]?.[1][1] ?? Infinity);
    }
    const all = new Map<number, [number, number]>();
    exceptions.forEach((index, attempts, dueMs) => all.set(index, [attempts, dueMs]));
    deepStrictEqual(new Map([...all].sort()), new Map([...model].sort()));
    for (const [index, [attempts, dueMs]] of model) {
      deepStrictEqual([exceptions.attempts(index), exceptions.dueMs(index)], [attempts, dueMs]);
    }
    exceptions.clear();
    deepStrictEqual([exceptions.size, exceptions.has(0), exceptions.attempts(0)], [0, false, -1]);
  }
});
