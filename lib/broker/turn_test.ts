import assert from "node:assert/strict";
import { Clock } from "./clock.ts";
import { type Alarm, Scheduler } from "./scheduler.ts";
import { ManualTime } from "./testing/manual_time.ts";
import { Turn } from "./turn.ts";

/** Connections that are written to. */
const CONNECTIONS = 500;

/** What the runtime lets through in a turn of its event loop. */
const RUNTIME_LIMIT = 128;

function setUp() {
  const time = new ManualTime();
  const clock = new Clock(time);
  const errors: unknown[] = [];
  const scheduler = new Scheduler(clock, time, (error) => errors.push(error));
  const turn = new Turn(clock, scheduler, (error) => errors.push(error));
  const done: string[] = [];
  const flushable = (name: string) => ({ flush: () => void done.push(name) });
  const all = () => {
    for (let i = 0; i < CONNECTIONS; i++) turn.addFlushable(flushable(`flush ${i}`));
  };
  return { time, clock, scheduler, turn, done, errors, flushable, all };
}

Deno.test("Turn sends at once whatever input has brought about", async () => {
  const { turn, done, all, time } = setUp();
  turn.addDeliverer({ deliver: () => all() });
  await Promise.resolve();
  assert.equal(done.length, CONNECTIONS);
  assert.equal(time.pendingTimers, 0);
});

Deno.test("Turn lets input come between what timers have to send", async () => {
  const { turn, time, clock, scheduler, done, all } = setUp();
  let deliveries = 0;
  const alarm: Alarm = {
    dueMs: 0,
    heapIndex: -1,
    ring: () =>
      turn.addDeliverer({
        deliver: () => {
          deliveries++;
          all();
          if (deliveries === 1) turn.addDeliverer({ deliver: () => void done.push("again") });
        },
      }),
  };
  scheduler.set(alarm, clock.nowMs + 1);
  time.advance(1);
  let turns = 0;
  for (let before = -1; done.length > before; turns++) {
    before = done.length;
    await Promise.resolve();
    assert.ok(done.length - before < RUNTIME_LIMIT / 2, `${done.length - before} at once`);
    time.advance(1);
  }
  assert.ok(turns > CONNECTIONS / RUNTIME_LIMIT);
  const again = done.indexOf("again");
  assert.ok(
    again > CONNECTIONS - RUNTIME_LIMIT,
    "nothing is delivered while much waits to be sent",
  );
  done.splice(again, 1);
  assert.deepEqual(done, Array.from({ length: CONNECTIONS }, (_, i) => `flush ${i}`));
});

Deno.test("Turn goes on in a later turn with what takes long, and after what fails", async () => {
  const { turn, time, done, errors, flushable } = setUp();
  turn.addFlushable({
    flush: () => {
      time.advance(25);
      throw new Error("slow");
    },
  });
  const soon = ["soon 1", "soon 2", "soon 3"]; // the clock is not read after each
  for (const name of [...soon, "next"]) turn.addFlushable(flushable(name));
  await Promise.resolve();
  assert.deepEqual(done, soon);
  assert.match(String(errors[0]), /slow/);
  time.advance(1);
  assert.deepEqual(done, [...soon, "next"]);
});

Deno.test("Turn lets a delivery that goes on for ever be one turn at a time, and sends what input brings about meanwhile", async () => {
  const { turn, time, done, flushable } = setUp();
  let deliveries = 0;
  const endless = {
    deliver: () => {
      deliveries++;
      time.advance(25);
      turn.addDeliverer(endless);
    },
  };
  turn.addDeliverer(endless);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.equal(deliveries, 1);
  turn.addFlushable(flushable("answer"));
  await Promise.resolve();
  assert.deepEqual([done, deliveries], [["answer"], 1]);
  time.advance(1);
  assert.equal(deliveries, 2);
});

Deno.test("Turn sends an answer at once while much waits that timers have to send", async () => {
  const { turn, time, clock, scheduler, done, all, flushable } = setUp();
  scheduler.set({ dueMs: 0, heapIndex: -1, ring: () => all() }, clock.nowMs + 1);
  time.advance(1);
  await Promise.resolve();
  assert.ok(done.length < RUNTIME_LIMIT);
  turn.addFlushable(flushable("answer"));
  await Promise.resolve();
  assert.equal(done.at(-1), "answer");
});
