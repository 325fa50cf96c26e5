import assert from "node:assert/strict";
import { Barrier } from "./barrier.ts";

/** Notes what has passed. */
function waiters(barrier: Barrier) {
  const passed: number[] = [];
  const wait = (number: number) => barrier.wait(number, { onPassed: () => passed.push(number) });
  return { passed, wait };
}

Deno.test("Barrier lets those pass whose number has, and who comes after waits for those before", () => {
  const barrier = new Barrier();
  const { passed, wait } = waiters(barrier);
  const [first, second, third] = [barrier.issue(), barrier.issue(), barrier.issue()];
  for (const number of [first, second, third]) wait(number);
  barrier.pass(second);
  assert.deepEqual(passed, []);
  assert.equal(barrier.isPassed(second), false);
  barrier.pass(first);
  assert.deepEqual(passed, [first, second]);
  barrier.pass(third);
  assert.deepEqual(passed, [first, second, third]);
  assert.ok(barrier.isPassed(third));
});

Deno.test("Barrier remembers the highest number that was required since the beginning", () => {
  const barrier = new Barrier();
  const [first, second] = [barrier.issue(), barrier.issue()];
  barrier.begin();
  assert.equal(barrier.required, 0);
  barrier.require(second);
  barrier.require(first);
  assert.equal(barrier.required, second);
  barrier.begin();
  assert.equal(barrier.required, 0);
});

Deno.test("Barrier.passed() resolves when the number has passed, at once for none", async () => {
  const barrier = new Barrier();
  const number = barrier.issue();
  await barrier.passed(0);
  let passed = false;
  const waiting = barrier.passed(number).then(() => passed = true);
  await Promise.resolve();
  assert.equal(passed, false);
  barrier.pass(number);
  await waiting;
  await barrier.passed(number);
});

Deno.test("Barrier can be waited at again by who was just let pass", () => {
  const barrier = new Barrier();
  const first = barrier.issue();
  let passed = 0;
  const waiter = {
    onPassed: () => {
      if (++passed === 1) barrier.wait(barrier.issue(), waiter);
    },
  };
  barrier.wait(first, waiter);
  barrier.pass(first);
  assert.equal(passed, 1);
  barrier.pass(first + 1);
  assert.equal(passed, 2);
});
