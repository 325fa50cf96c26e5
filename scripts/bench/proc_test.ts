import assert from "node:assert/strict";
import {
  cpuSeconds,
  parseCpuSeconds,
  parsePeakRssBytes,
  parseRssBytes,
  peakRssBytes,
  rssBytes,
  threadSeconds,
  usedBetween,
} from "./proc.ts";

Deno.test("parseRssBytes reads VmRSS and not its neighbours", () => {
  assert.equal(parseRssBytes("VmHWM:\t  9000 kB\nVmRSS:\t    12 kB\nRssAnon:\t 5 kB\n"), 12288);
  assert.throws(() => parseRssBytes("VmHWM:\t  9000 kB\n"), /VmRSS/);
});

Deno.test("parsePeakRssBytes reads VmHWM", () => {
  assert.equal(parsePeakRssBytes("VmHWM:\t  9 kB\nVmRSS:\t    12 kB\n"), 9216);
  assert.throws(() => parsePeakRssBytes("VmRSS:\t  9000 kB\n"), /VmHWM/);
});

Deno.test("parseCpuSeconds skips a command with spaces and brackets", () => {
  const stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 122 0 1 0 250 50 0 0 20 0 1 0 138257";
  assert.equal(parseCpuSeconds(stat), 3);
  assert.throws(() => parseCpuSeconds("7 (a) S 1"), /utime/);
});

Deno.test("rssBytes, peakRssBytes and cpuSeconds read a live process", async () => {
  assert.ok(await rssBytes(Deno.pid) > 1_000_000);
  assert.ok(await peakRssBytes(Deno.pid) > 1_000_000);
  assert.ok(await cpuSeconds(Deno.pid) > 0);
});

Deno.test("usedBetween counts threads that came in between, and names the busiest", () => {
  const before = new Map([["1", 5], ["2", 1]]);
  const used = usedBetween(before, new Map([["1", 7], ["2", 1], ["3", 0.5]]));
  assert.deepEqual(used, { all: 2.5, busiest: 2 });
  assert.deepEqual(usedBetween(before, new Map()), { all: 0, busiest: 0 });
});

Deno.test("threadSeconds reads a live process", async () => {
  const times = await threadSeconds(Deno.pid);
  assert.ok(times.get(String(Deno.pid))! > 0, "the main thread has the number of the process");
});
