import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { LostNsqds } from "./lost_nsqds.ts";

/** A clock that the test moves, and when lookupds were asked by it. */
class Fixture {
  nowMs = 0;
  readonly pollsMs: number[] = [];
  #actions: { atMs: number; action: () => void }[] = [];
  readonly lost: LostNsqds;

  constructor(random: number, poll: () => Promise<void> = () => Promise.resolve()) {
    this.lost = new LostNsqds({
      intervalMs: 60_000,
      poll: () => {
        this.pollsMs.push(this.nowMs);
        return poll();
      },
      random: () => random,
      nowMs: () => this.nowMs,
      schedule: (action, delayMs) => {
        const entry = { atMs: this.nowMs + delayMs, action };
        this.#actions.push(entry);
        return () => void (this.#actions = this.#actions.filter((each) => each !== entry));
      },
    });
  }

  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.#actions.toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#actions = this.#actions.filter((each) => each !== next);
      this.nowMs = next.atMs;
      next.action();
    }
    this.nowMs = endMs;
  }
}

Deno.test("LostNsqds asks soon, then less and less, until the nsqd is back", async () => {
  const fixture = new Fixture(0);
  const looked = fixture.lost.lost("a");
  deepEqual(fixture.pollsMs, []);
  fixture.pass(50);
  await looked;
  fixture.pass(3950);
  deepEqual(fixture.pollsMs, [50, 1050, 2050, 3050]);
  fixture.pass(16_000);
  const gapsMs = fixture.pollsMs.map((ms, i) => ms - (fixture.pollsMs[i - 1] ?? 0));
  ok(gapsMs.slice(1).every((ms, i) => ms <= Math.max(1000, fixture.pollsMs[i]! * 0.25) + 1));
  fixture.lost.back("a");
  const { length } = fixture.pollsMs;
  fixture.pass(100_000);
  ok(fixture.pollsMs.length <= length + 1);
});

Deno.test("LostNsqds never asks more than some thirty times for one that stays away", () => {
  for (const random of [0, 0.5, 0.999]) {
    const fixture = new Fixture(random);
    void fixture.lost.lost("a");
    fixture.pass(3_600_000);
    ok(fixture.pollsMs.length > 10 && fixture.pollsMs.length < 45, String(fixture.pollsMs.length));
    ok(fixture.pollsMs.at(-1)! < 300_000);
  }
});

Deno.test("LostNsqds asks once for many that are lost together, and spreads clients", () => {
  const first = new Fixture(0), last = new Fixture(0.999);
  for (const fixture of [first, last]) {
    for (let i = 0; i < 100; i++) void fixture.lost.lost(`nsqd-${i}`);
    fixture.pass(400);
    equal(fixture.pollsMs.length, 1);
  }
  ok(last.pollsMs[0]! - first.pollsMs[0]! >= 150);
});

Deno.test("LostNsqds does not wait for a lookupd that stalls, nor after stop", async () => {
  const fixture = new Fixture(0, () => new Promise(() => {}));
  const looked = fixture.lost.lost("a");
  fixture.pass(1050);
  await looked;
  const again = fixture.lost.lost("b");
  fixture.lost.stop();
  await again;
  const { length } = fixture.pollsMs;
  fixture.pass(100_000);
  equal(fixture.pollsMs.length, length);
});
