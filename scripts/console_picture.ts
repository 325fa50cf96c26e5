/**
 * `deno task picture`: takes `docs/console.png`, the picture in the README, from a real cluster with something to see: topics that flow,
 * one whose consumers are too slow, one that nobody consumes, one that is paused.
 */
import { join, resolve } from "node:path";
import { Consumer, Producer } from "../lib/client/mod.ts";
import { row, Stage } from "../tests/admin/browser.ts";

const PICTURE = join(resolve(import.meta.dirname!, ".."), "docs", "console.png");
/** The README is on the first page that anybody loads. */
const SIZE_LIMIT_BYTES = 150_000;

/** So that charts have something to tell. */
const WATCHED_MS = 150_000;
const TICK_MS = 100;

/** A topic: messages a second, those who take them, and what one of these manages in a second. */
interface Stream {
  readonly topic: string;
  readonly rate: number;
  /** By channel; 0 for nobody. */
  readonly handled: Readonly<Record<string, number>>;
}

const STREAMS: readonly Stream[] = [
  {
    topic: "orders.placed",
    rate: 120,
    handled: { billing: 400, shipping: 400, "search-index": 90 },
  },
  { topic: "payments.settled", rate: 60, handled: { ledger: 300, receipts: 300 } },
  { topic: "mail.outgoing", rate: 40, handled: { smtp: 34 } },
  { topic: "page.views", rate: 400, handled: { "counters#ephemeral": 2000, archive: 2000 } },
  { topic: "images.resize", rate: 12, handled: { workers: 60 } },
  { topic: "audit.log", rate: 25, handled: { cold: 0 } },
];
const PAUSED = { topic: "images.resize", channel: "workers" };

/** Publishes what is due, more and less of it in turn. */
function publish(producer: Producer, { topic, rate }: Stream, tick: number): Promise<unknown> {
  const wave = 1 + 0.4 * Math.sin(tick / 60 + topic.length) + 0.15 * Math.sin(tick / 7);
  const count = Math.round(rate * wave * TICK_MS / 1000 + (tick * 7 % 10) / 10 - 0.5);
  const bodies = Array.from({ length: Math.max(count, 0) }, (_, at) => `${topic} ${tick} ${at}`);
  return bodies.length === 0 ? Promise.resolve() : producer.publishMany(topic, bodies);
}

/** Starts the consumers of a stream; each message takes its time. */
function consume({ topic, handled }: Stream, nsqd: string[]): Consumer[] {
  return Object.entries(handled).filter(([, perSecond]) => perSecond > 0).map(
    ([channel, perSecond]) => {
      const consumer = new Consumer({ topic, channel, nsqd, maxInFlight: 40 });
      const concurrency = 20;
      void consumer.run(
        () => new Promise((done) => setTimeout(done, 1000 * concurrency / perSecond)),
        { concurrency },
      );
      return consumer;
    },
  );
}

async function takePicture(): Promise<void> {
  const stage = await Stage.set({ nodes: 3 });
  const addresses = stage.nsqds.map(({ tcpPort }) => `127.0.0.1:${tcpPort}`);
  for (const { topic, handled } of STREAMS) {
    for (const nsqd of stage.nsqds) await nsqd.create(topic, ...Object.keys(handled));
  }
  const { topic, channel } = PAUSED;
  for (const nsqd of stage.nsqds) {
    await nsqd.post(`/channel/pause?topic=${topic}&channel=${channel}`);
  }
  const producer = new Producer({ nsqd: addresses });
  const consumers = STREAMS.flatMap((stream) => consume(stream, addresses));
  let tick = 0;
  const published: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    tick++;
    for (const stream of STREAMS) published.push(publish(producer, stream, tick));
  }, TICK_MS);
  try {
    await stage.visit("/", async (page) => {
      await row(page, "orders.placed").first().waitFor();
      await page.waitForTimeout(WATCHED_MS);
      await page.screenshot({ path: PICTURE, fullPage: true });
    });
    await Promise.all(published);
  } finally {
    clearInterval(timer);
    for (const consumer of consumers) await consumer.stop();
    await producer.close();
    await stage.strike();
  }
  const { size } = await Deno.stat(PICTURE);
  console.log(`${PICTURE}: ${(size / 1000).toFixed(0)} KB`);
  if (size > SIZE_LIMIT_BYTES) throw new Error(`over ${SIZE_LIMIT_BYTES / 1000} KB`);
}

if (import.meta.main) {
  await takePicture();
  Deno.exit(); // the browser's driver keeps timers
}
