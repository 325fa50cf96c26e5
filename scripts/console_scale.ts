/**
 * How quick the console is with a large cluster: starts nsqds with thousands of topics, opens the
 * streams page in Chromium, and counts what a refresh costs the daemons.
 *
 *     deno task console-scale [--topics=2000] [--nodes=5] [--copies=1]
 *
 * `--copies` is on how many of the nodes each topic is. Fails when the page takes a second or more,
 * or when a refresh asks an nsqd for its figures more than once.
 */
import { parseArgs } from "node:util";
import { row, Stage } from "../tests/admin/browser.ts";
import type { Nsqd } from "../tests/harness/nsqd.ts";

const CHANNELS = ["archive", "worker"];
const READY_LIMIT_MS = 1_000;
const VISITS = 5;
const WATCHED_MS = 16_000;
const PARALLEL = 16;

interface Size {
  topics: number;
  nodes: number;
  copies: number;
}

async function measure({ topics, nodes, copies }: Size): Promise<boolean> {
  const stage = await Stage.set({ nodes });
  try {
    console.log(`making ${topics} topics with ${CHANNELS.length} channels each on ${copies} nodes`);
    await fill(stage, topics, copies);
    await stage.admin.http("/api/console/overview?fresh");

    const readyMs: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) readyMs.push(await timeVisit(stage));
    const calls = await countCalls(stage);
    const worst = Math.max(...readyMs);
    console.log(`streams page shows its data after ${readyMs.map(Math.round).join(", ")} ms`);
    console.log(`/stats per node and refresh: ${calls.join(", ")}`);
    return worst < READY_LIMIT_MS && calls.every((each) => each <= 1);
  } finally {
    await stage.strike();
  }
}

async function fill(stage: Stage, topics: number, copies: number): Promise<void> {
  const jobs: [nsqd: Nsqd, topic: string][] = [];
  for (let at = 0; at < topics; at++) {
    for (let copy = 0; copy < copies; copy++) {
      jobs.push([stage.nsqds[(at + copy) % stage.nsqds.length]!, `topic_${at}`]);
    }
  }
  const work = async () => {
    for (let job = jobs.pop(); job; job = jobs.pop()) {
      const [nsqd, topic] = job;
      await nsqd.create(topic, ...CHANNELS);
      await nsqd.post(`/pub?topic=${topic}`, "x");
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

/** Milliseconds from asking for the page until its first topic is seen. A browser that knows nothing of it. */
async function timeVisit(stage: Stage): Promise<number> {
  let ms = 0;
  const start = performance.now();
  await stage.visit("/", async (page) => {
    await row(page, "topic_0").first().waitFor();
    ms = performance.now() - start;
  });
  return ms;
}

/** While two pages watch: requests for figures that each nsqd logged, per look of the console. */
async function countCalls(stage: Stage): Promise<number[]> {
  let calls: number[] = [];
  await stage.visit("/", async (page) => {
    const other = await page.context().newPage();
    await other.goto(`${stage.admin.url}/topics/topic_0`);
    const before = stage.nsqds.map(statsRequests);
    const first = await looks(stage);
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const count = await looks(stage) - first;
    calls = stage.nsqds.map((nsqd, at) => (statsRequests(nsqd) - before[at]!) / count);
  });
  return calls;
}

function statsRequests(nsqd: Nsqd): number {
  return nsqd.logLines.filter((line) => line.includes("GET /stats")).length;
}

/** How often the console has looked at the cluster so far. */
async function looks(stage: Stage): Promise<number> {
  const response = await stage.admin.http("/api/console/counter");
  await response.body?.cancel();
  return Number(/-(\d+)"$/.exec(response.headers.get("etag") ?? "")?.[1]);
}

const { values } = parseArgs({
  options: {
    topics: { type: "string", default: "2000" },
    nodes: { type: "string", default: "5" },
    copies: { type: "string", default: "1" },
  },
});
const isGood = await measure({
  topics: Number(values.topics),
  nodes: Number(values.nodes),
  copies: Number(values.copies),
});
Deno.exit(isGood ? 0 : 1);
