import assert from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { Clock } from "./clock.ts";

/** What rounding may do. */
const ROUNDING_NS = 1000;

/** Time as a test says. */
function manual(unixMs: number, monotonicMs: number) {
  const now = { unixMs, monotonicMs };
  const clock = new Clock({ unixMs: () => now.unixMs, monotonicMs: () => now.monotonicMs });
  return { now, clock };
}

function stampOf(clock: Clock): bigint {
  clock.stamp();
  return BigInt(clock.stampHigh) << 32n | BigInt(clock.stampLow);
}

Deno.test("Clock.stamp gives whole milliseconds exactly as two words of ns", () => {
  const random = seededRandom(5);
  const { now, clock } = manual(0, 0);
  for (let i = 0; i < 5000; i++) {
    now.unixMs = i < 10 ? i : Math.floor(random() * 9e12); // until the year 2255, near the end of int64
    assert.equal(stampOf(clock), BigInt(now.unixMs) * 1_000_000n, `${now.unixMs} ms`);
    now.monotonicMs += 10_000; // far from the last one, so that no fraction is carried over
  }
});

Deno.test("Clock.stamp takes the fraction of the millisecond from the monotonic time", () => {
  const { now, clock } = manual(1_700_000_000_000, 50);
  now.monotonicMs = 50.25;
  assert.equal(stampOf(clock), 1_700_000_000_000_250_000n);
  now.monotonicMs = 50.75;
  assert.equal(stampOf(clock), 1_700_000_000_000_750_000n);
});

Deno.test("Clock stays within the millisecond that the machine's clock shows", () => {
  const random = seededRandom(6);
  const { now, clock } = manual(1_700_000_000_000, 0);
  let last = 0n;
  for (let i = 0; i < 2000; i++) {
    now.monotonicMs += random() * 3;
    now.unixMs = 1_700_000_000_000 + Math.floor(now.monotonicMs);
    const ns = stampOf(clock);
    const sinceNs = Number(ns - BigInt(now.unixMs) * 1_000_000n);
    assert.ok(sinceNs > -ROUNDING_NS && sinceNs < 1_000_000 + ROUNDING_NS, `${sinceNs} ns`);
    assert.ok(ns >= last, "stamps do not go back while the machine's clock does not");
    last = ns;
  }
});

Deno.test("Clock follows steps of the machine's clock in unixMs, not in nowMs", () => {
  const { now, clock } = manual(1_700_000_000_000, 10);
  assert.equal(clock.update(), 1_700_000_000_000);
  now.unixMs -= 3_600_000;
  now.monotonicMs += 5;
  assert.equal(clock.update(), 1_700_000_000_005);
  assert.equal(clock.unixMs, 1_700_000_000_000 - 3_600_000);
});

Deno.test("Clock.stamp does not go back where the thread is held up between reading the one time and the other", () => {
  const random = seededRandom(7);
  let nowMs = 1_700_000_000_000;
  const heldUp = () => nowMs += random() < 0.1 ? random() * 2 : 0;
  const clock = new Clock({
    unixMs: () => Math.floor(heldUp()),
    monotonicMs: () => heldUp() - 1_699_999_999_000,
  });
  let last = 0n;
  for (let i = 0; i < 20_000; i++) {
    nowMs += random();
    const ns = stampOf(clock);
    assert.ok(ns >= last, `back by ${last - ns} ns`);
    last = ns;
  }
});
