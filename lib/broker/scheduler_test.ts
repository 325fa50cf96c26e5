import assert from "node:assert/strict";
import { Clock } from "./clock.ts";
import { type Alarm, Scheduler } from "./scheduler.ts";
import { ManualTime } from "./testing/manual_time.ts";

function setUp() {
  const time = new ManualTime();
  const clock = new Clock(time);
  const errors: unknown[] = [];
  const scheduler = new Scheduler(clock, time, (error) => errors.push(error));
  const rung: string[] = [];
  const startMs = clock.nowMs;
  const alarm = (name: string, then = () => {}): Alarm => ({
    dueMs: 0,
    heapIndex: -1,
    ring: (nowMs) => {
      rung.push(`${name} ${nowMs - startMs}`);
      then();
    },
  });
  return { time, scheduler, errors, rung, startMs, alarm };
}

Deno.test("Scheduler rings alarms when they are due, with one timer for all", () => {
  const { time, scheduler, rung, startMs, alarm } = setUp();
  for (const [name, ms] of [["c", 30], ["a", 10], ["b", 20]] as const) {
    scheduler.set(alarm(name), startMs + ms);
    assert.equal(time.pendingTimers, 1);
  }
  time.advance(9);
  assert.deepEqual(rung, []);
  time.advance(1);
  assert.deepEqual(rung, ["a 10"]);
  time.advance(100);
  assert.deepEqual(rung, ["a 10", "b 110", "c 110"]);
  assert.equal(time.pendingTimers, 0, "nothing to do costs nothing");
});

Deno.test("Scheduler.set moves an alarm earlier and later", () => {
  const { time, scheduler, rung, startMs, alarm } = setUp();
  const early = alarm("early"), late = alarm("late");
  scheduler.set(early, startMs + 50);
  scheduler.set(early, startMs + 5);
  scheduler.set(late, startMs + 6);
  scheduler.set(late, startMs + 60);
  time.advance(50);
  assert.deepEqual(rung, ["early 50"]);
  time.advance(10);
  assert.deepEqual(rung, ["early 50", "late 60"]);
});

Deno.test("Scheduler.setAtLatest only ever moves an alarm earlier", () => {
  const { time, scheduler, rung, startMs, alarm } = setUp();
  const one = alarm("one");
  scheduler.setAtLatest(one, startMs + 20);
  scheduler.setAtLatest(one, startMs + 40);
  time.advance(20);
  assert.deepEqual(rung, ["one 20"]);
});

Deno.test("Scheduler.cancel and stop silence alarms", () => {
  const { time, scheduler, rung, startMs, alarm } = setUp();
  const one = alarm("one");
  scheduler.set(one, startMs + 5);
  scheduler.cancel(one);
  scheduler.cancel(one);
  scheduler.set(alarm("two"), startMs + 5);
  scheduler.stop();
  assert.equal(time.pendingTimers, 0);
  time.advance(10);
  assert.deepEqual(rung, []);
});

Deno.test("Scheduler rings the others when one alarm throws, and lets an alarm set itself again", () => {
  const { time, scheduler, errors, rung, startMs, alarm } = setUp();
  const failure = new Error("no");
  scheduler.set(
    alarm("bad", () => {
      throw failure;
    }),
    startMs + 1,
  );
  const again: Alarm = alarm("again", () => scheduler.set(again, startMs + 10 * rung.length));
  scheduler.set(again, startMs + 2);
  time.advance(2);
  assert.deepEqual(rung, ["bad 2", "again 2"]);
  assert.deepEqual(errors, [failure]);
  time.advance(18);
  assert.deepEqual(rung, ["bad 2", "again 2", "again 20"]);
});

Deno.test("Scheduler waits longer than one timer can", () => {
  const { time, scheduler, rung, startMs, alarm } = setUp();
  const monthsMs = 2 ** 31 * 2;
  scheduler.set(alarm("far"), startMs + monthsMs);
  assert.ok(time.nextDelayMs < 2 ** 31, "more would fire at once");
  time.advance(time.nextDelayMs);
  assert.deepEqual(rung, []);
  time.advance(time.nextDelayMs);
  time.advance(time.nextDelayMs);
  assert.deepEqual(rung, [`far ${monthsMs}`]);
});
