import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { createHostPool, type HostPool, type HostPoolMode } from "./host_pool.ts";
import { ResponseTimes } from "./host_pool/response_times.ts";
import { FIRST_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS } from "./host_pool/avoiding.ts";

/** A pool with a clock that is set by hand, and numbers that repeat in a fixed order. */
function createPool(mode: HostPoolMode, hosts = ["a", "b", "c"]) {
  const clock = { nowMs: 1000 };
  let seed = 1;
  const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  return { clock, pool: createHostPool(mode, hosts, { nowMs: () => clock.nowMs, random }) };
}

/** Hosts of the next choices, each marked as `works` says. */
function take(pool: HostPool<string>, count: number, works = (_host: string) => true): string {
  let hosts = "";
  for (let i = 0; i < count; i++) {
    const choice = pool.choose();
    hosts += choice.host;
    choice.mark(works(choice.host));
  }
  return hosts;
}

const notB = (host: string) => host !== "b";

Deno.test("round-robin chooses each host in turn, also one that fails", () => {
  const { pool } = createPool("round-robin");
  equal(take(pool, 7, notB), "abcabca");
});

Deno.test("hostpool leaves a failing host alone for 30 s", () => {
  const { pool, clock } = createPool("hostpool");
  equal(take(pool, 6, notB), "abcaca");
  clock.nowMs += FIRST_RETRY_DELAY_MS;
  equal(take(pool, 3), "cac");
  clock.nowMs += 1;
  equal(take(pool, 4), "abca", "once more it is tried, and it works");
});

Deno.test("hostpool doubles the time between tries, up to 15 minutes", () => {
  const { pool, clock } = createPool("hostpool", ["a", "b"]);
  take(pool, 2, notB);
  const gapsMs: number[] = [];
  let triedMs = clock.nowMs;
  while (gapsMs.length < 6) {
    clock.nowMs += 1000;
    if (!take(pool, 2, notB).includes("b")) continue;
    gapsMs.push(clock.nowMs - triedMs);
    triedMs = clock.nowMs;
  }
  // The clock moves by whole seconds, and a host is tried only after its time is over.
  deepEqual(gapsMs.map((ms) => ms - 1000), [30, 60, 120, 240, 480, 900].map((s) => s * 1000));
  equal(MAX_RETRY_DELAY_MS, 900_000);
});

Deno.test("hostpool begins anew when no host works", () => {
  const { pool } = createPool("hostpool");
  equal(take(pool, 3, () => false), "abc");
  equal(take(pool, 3), "abc");
});

Deno.test("hostpool sends one request to a host that it tries again, until that is answered", () => {
  const { pool, clock } = createPool("hostpool", ["a", "b"]);
  take(pool, 2, notB);
  clock.nowMs += FIRST_RETRY_DELAY_MS + 1;
  const choices = [pool.choose(), pool.choose(), pool.choose(), pool.choose()];
  equal(choices.map(({ host }) => host).join(""), "abaa");
  choices[1]!.mark(true);
  equal(take(pool, 3), "bab");
});

Deno.test("epsilon-greedy prefers the hosts that answer fast", () => {
  const { pool, clock } = createPool("epsilon-greedy");
  const timesMs: Record<string, number> = { a: 0.1, b: 0.4, c: 4 };
  const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 2000; i++) {
    const choice = pool.choose();
    clock.nowMs += timesMs[choice.host]!;
    counts[choice.host]! += 1;
    choice.mark(true);
  }
  const { a = 0, b = 0, c = 0 } = counts;
  ok(a > 2.5 * b && b > 4 * c && c > 10, JSON.stringify(counts));
});

Deno.test("epsilon-greedy avoids a host that fails, however fast it was", () => {
  const { pool, clock } = createPool("epsilon-greedy");
  const timesMs: Record<string, number> = { a: 1, b: 0.01, c: 1 };
  let works = (_host: string) => true;
  const choose = () => {
    const choice = pool.choose();
    clock.nowMs += timesMs[choice.host]!;
    choice.mark(works(choice.host));
    return choice.host;
  };
  for (let i = 0; i < 200; i++) choose();
  works = notB;
  let sinceFailure = 0;
  while (choose() !== "b");
  for (let i = 0; i < 500; i++) sinceFailure += choose() === "b" ? 1 : 0;
  equal(sinceFailure, 0);
});

Deno.test("ResponseTimes weighs old ones less, and forgets them after five minutes", () => {
  const times = new ResponseTimes(0);
  equal(times.weightedMs(0), 0);
  times.add(10, 0);
  const fresh = times.weightedMs(0);
  times.add(20, 60_000);
  ok(times.weightedMs(60_000) > 1.4 * fresh);
  ok(times.weightedMs(5 * 60_000) > 0);
  equal(times.weightedMs(60_000 + 5 * 60_000), 0);
});
