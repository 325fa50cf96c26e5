import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { TEST_START_MS, TestJournal } from "./testing/harness.ts";

const NOW = TEST_START_MS;

/** What the keys say: index, publishing time, due time. */
function keysOf({ journal }: TestJournal): Record<string, number[][]> {
  const found: Record<string, number[][]> = {};
  for (const [key, { index, unixMs, dueMs }] of journal.state.keys.entries()) {
    (found[key] ??= []).push([index, unixMs - NOW, dueMs === 0 ? 0 : dueMs - NOW]);
  }
  return found;
}

function setKey({ journal }: TestJournal, key: string, index: number, dueMs = 0): void {
  const before = journal.state.keys.get(key);
  const earlier = before !== undefined && before.dueMs > NOW ? before : null;
  const rest = { id: NaN, promise: null, number: 0, earlier };
  journal.setKey(key, { index, unixMs: NOW, dueMs: dueMs === 0 ? 0 : NOW + dueMs, ...rest });
}

Deno.test("Journal keeps keys over a restart, and in the snapshots of later segments", async () => {
  const first = new TestJournal();
  for (const [index, key] of ["a", "größer", "gone"].entries()) {
    first.publish(key);
    setKey(first, key, index);
  }
  for (const index of [3, 4]) {
    first.publish("deferred");
    setKey(first, "twice", index, 5000);
  }
  first.journal.forgetKey("gone");
  await first.commit();
  const expected = {
    a: [[0, 0, 0]],
    "größer": [[1, 0, 0]],
    twice: [[3, 0, 5000], [4, 0, 5000]],
  };
  deepEqual(keysOf(first), expected);
  const second = new TestJournal(first.disk.restart());
  deepEqual(keysOf(second), expected);
  second.publish("begins a segment");
  await second.commit();
  deepEqual(keysOf(new TestJournal(second.disk.restart())), expected);
});

Deno.test("Journal forgets the keys of messages that are not there", () => {
  const test = new TestJournal();
  for (const index of [0, 1, 2]) {
    test.publish("m");
    setKey(test, `${index}`, index);
  }
  test.journal.state.cutAt(1);
  deepEqual(Object.keys(keysOf(test)), ["0"]);
});

Deno.test("Journal finishes what was cancelled while it waited when that is handed on", async () => {
  const test = new TestJournal();
  test.journal.createChannel("c", 0);
  test.defer("cancelled", NOW + 5000);
  test.defer("kept", NOW + 5000);
  test.journal.cancelWaiting(0);
  await test.commit();
  const next = new TestJournal(test.disk.restart());
  next.journal.createChannel("late", 0);
  await next.commit();
  const again = new TestJournal(next.disk.restart());
  equal(again.journal.state.cancelled.size, 1);
  again.journal.setWaitingFrom(-1);
  for (const { state } of again.journal.channels.values()) {
    deepEqual([state.finished.has(0), state.finished.has(1)], [true, false]);
    deepEqual(state.exceptions.deferred, 1);
  }
  await again.commit();
  const last = new TestJournal(again.disk.restart());
  for (const { state } of last.journal.channels.values()) equal(state.finished.has(0), true);
  equal(last.journal.state.cancelled.size, 0);
});
