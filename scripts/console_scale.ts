/**
 * How quick the console is over a large cluster, which a stub plays: opens the streams page in
 * Chromium, watches it, and counts what that costs the daemons and the console.
 *
 *     deno task console-scale [--topics=20000] [--nodes=100] [--connections=50000]
 *
 * Fails when one of the limits below is not kept.
 */
import { parseArgs } from "node:util";
import type { CDPSession, Page } from "playwright-core";
import { row, Stage } from "../tests/admin/browser.ts";

/** From asking for the page until its first row is seen, by a browser that knows nothing of it. */
const READY_LIMIT_MS = 1_500;
/** Of the browser's time, for new figures. */
const REFRESH_LIMIT_MS = 300;
/** Of the console's process, after it has looked for a while. */
const MEMORY_LIMIT_MB = 500;

const VISITS = 5;
const WATCHED_LOOKS = 4;
const STUB = new URL("./console_scale/stub_cluster.ts", import.meta.url).pathname;

/** One line of the outcome. */
interface Measure {
  what: string;
  value: number;
  limit: number;
  unit: string;
}

async function measure(size: readonly string[]): Promise<Measure[]> {
  const stub = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", STUB, ...size],
    stdout: "piped",
  }).spawn();
  const lines = stub.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const lookupd = `127.0.0.1:${parseInt((await lines.read()).value ?? "")}`;
  const stage = await Stage.set({
    nodes: 0,
    lookupds: 0,
    flags: [`--lookupd-http-address=${lookupd}`, "--http-client-request-timeout=30s"],
  });
  try {
    await stage.admin.http("/api/console/overview?fresh").then((each) => each.body?.cancel());
    const readyMs: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) readyMs.push(await timeVisit(stage));
    console.log(`first row after ${readyMs.map(Math.round).join(", ")} ms`);
    const { refreshMs, statsPerLook } = await watch(stage, lookupd);
    const { plain, packed } = await sizes(stage);
    return [
      { what: "first row, median", value: median(readyMs), limit: READY_LIMIT_MS, unit: "ms" },
      {
        what: "browser's time for a refresh",
        value: refreshMs,
        limit: REFRESH_LIMIT_MS,
        unit: "ms",
      },
      { what: "/stats per node and look", value: statsPerLook, limit: 1, unit: "" },
      {
        what: "console's memory",
        value: rssMb(stage.admin.pid),
        limit: MEMORY_LIMIT_MB,
        unit: "MB",
      },
      { what: `overview of ${plain} KB, compressed`, value: packed, limit: plain / 2, unit: "KB" },
    ];
  } finally {
    await stage.strike();
    stub.kill();
    await stub.status;
    await lines.cancel();
  }
}

/** Milliseconds from asking for the page until its first topic is seen. */
async function timeVisit(stage: Stage): Promise<number> {
  let ms = 0;
  const start = performance.now();
  await stage.visit("/", async (page) => {
    await row(page, "topic_0").first().waitFor();
    ms = performance.now() - start;
  });
  return ms;
}

/** While a page watches: what a refresh takes of the browser, and how often nodes are asked. */
async function watch(
  stage: Stage,
  lookupd: string,
): Promise<{ refreshMs: number; statsPerLook: number }> {
  let refreshMs = 0, statsPerLook = 0;
  await stage.visit("/", async (page) => {
    await row(page, "topic_0").first().waitFor();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    await nextAnswer(page);
    const before = { busyMs: await busyMs(devtools), asked: await asked(lookupd) };
    for (let look = 0; look < WATCHED_LOOKS; look++) await nextAnswer(page);
    refreshMs = (await busyMs(devtools) - before.busyMs) / WATCHED_LOOKS;
    const after = await asked(lookupd);
    statsPerLook = Math.max(...after.map((count, at) => count - before.asked[at]!)) / WATCHED_LOOKS;
  });
  return { refreshMs, statsPerLook };
}

/** Resolves when the page has new figures, and has drawn them. */
async function nextAnswer(page: Page): Promise<void> {
  await page.waitForResponse((response) =>
    response.url().includes("/api/console/overview") && response.status() === 200
  );
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
}

/** What the page's thread has worked so far. */
async function busyMs(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN) * 1000;
}

async function asked(lookupd: string): Promise<number[]> {
  return await (await fetch(`http://${lookupd}/asked`)).json();
}

/** Kilobytes of what the page asks for, as it is and as it comes over the network. */
async function sizes(stage: Stage): Promise<{ plain: number; packed: number }> {
  let packed = 0, plain = 0;
  await stage.visit("/", async (page) => {
    const response = await page.waitForResponse((each) => each.url().includes("/overview"));
    packed = (await response.request().sizes()).responseBodySize / 1000;
    plain = (await response.body()).length / 1000;
  });
  return { plain: Math.round(plain), packed };
}

function rssMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

const { values } = parseArgs({
  options: {
    topics: { type: "string", default: "20000" },
    nodes: { type: "string", default: "100" },
    connections: { type: "string", default: "50000" },
  },
});
const measures = await measure([values.topics, values.nodes, values.connections]);
for (const { what, value, limit, unit } of measures) {
  const verdict = value <= limit ? "" : "   TOO MUCH";
  console.log(`${what}: ${Math.round(value * 10) / 10} ${unit} (limit ${limit} ${unit})${verdict}`);
}
Deno.exit(measures.every(({ value, limit }) => value <= limit) ? 0 : 1);
