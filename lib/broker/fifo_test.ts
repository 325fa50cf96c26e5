import assert from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { Fifo } from "./fifo.ts";

Deno.test("Fifo does what an array does", () => {
  const random = seededRandom(8);
  const fifo = new Fifo<number>();
  let model: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const what = Math.floor(random() * 100);
    if (what < 50) {
      fifo.push(i);
      model.push(i);
    } else if (what < 85) assert.equal(fifo.shift(), model.shift());
    else if (what < 97) assert.equal(fifo.pop(), model.pop());
    else if (what < 99 && model.length > 0) {
      const entry = model[Math.floor(random() * model.length)]!;
      fifo.keep((each) => each !== entry);
      model = model.filter((each) => each !== entry);
    } else if (what === 99 && random() < 0.1) {
      fifo.clear();
      model = [];
    }
    assert.equal(fifo.length, model.length);
    assert.equal(fifo.peek(), model[0]);
    assert.equal(fifo.peekNewest(), model.at(-1));
  }
});

Deno.test("Fifo.keep leaves the order of the others", () => {
  const fifo = new Fifo<string>();
  for (const entry of ["a", "b", "c", "d"]) fifo.push(entry);
  fifo.keep((entry) => entry !== "b");
  assert.deepEqual([fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift()], [
    "a",
    "c",
    "d",
    undefined,
  ]);
});
