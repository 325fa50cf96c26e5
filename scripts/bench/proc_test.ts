import assert from "node:assert/strict";
import {
  cpuSeconds,
  parseCpuSeconds,
  parsePeakRssBytes,
  parseRssBytes,
  peakRssBytes,
  perMessage,
  rssBytes,
  type ThreadKind,
  threadKind,
  threadTimes,
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

const of = (kind: ThreadKind) => (seconds: number) => ({ kind, seconds });
const core = of("core"), io = of("io");

Deno.test("usedBetween tells threads apart, counts those that came in between, and finds the busiest", () => {
  const before = new Map([["1", core(5)], ["2", io(1)]]);
  const after = new Map([["1", core(7)], ["2", io(1)], ["3", io(0.5)]]);
  const use = { core: 2, io: 0.5, rest: 0, all: 2.5, busiest: 2 };
  assert.deepEqual(usedBetween(before, after), use);
  assert.equal(usedBetween(before, new Map()).all, 0);
  assert.deepEqual(perMessage(use, 1_000_000), use);
});

Deno.test("threadKind knows workers by the runtime's name for them", () => {
  assert.equal(threadKind(true, "nsq"), "core");
  assert.equal(threadKind(false, "worker-12"), "io");
  assert.equal(threadKind(false, "nsq"), "rest");
  assert.equal(threadKind(false, "tokio-runtime-w"), "rest");
});

Deno.test("threadTimes reads a live process, with a worker of its own", async () => {
  const script = "data:text/javascript,postMessage(1)";
  const worker = new Worker(script, { type: "module" });
  await new Promise((resolve) => worker.onmessage = resolve);
  const times = [...(await threadTimes(Deno.pid)).values()];
  worker.terminate();
  assert.ok(times.find(({ kind }) => kind === "core")!.seconds > 0);
  assert.ok(times.find(({ kind }) => kind === "io")!.seconds > 0);
});
