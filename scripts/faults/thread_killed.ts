/**
 * thread-killed: I/O threads fail under load, one after the other. What was acknowledged is there, those whose connections other threads serve
 * notice nothing, and each is started again.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import { eventually, type Nsqd } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { expectService } from "./healthy.ts";
import { Ledger, LoadConsumer, LoadProducer } from "./load.ts";

const THREADS = 2;
const EVERY_MS = 300;
const TIMES = 100;
const TIMES_SHORT = 10;
const PRODUCERS = 10;
const CONSUMERS = 10;
const READY_COUNT = 5;
const DRAIN_READY_COUNT = 100;
const FLAGS = [`--io-threads=${THREADS}`, "--msg-timeout=1s"];
const DRAIN_DEADLINE_MS = 30_000;
const FAILED = /I\/O thread failed - .*; its (\d+) connections are lost/;

export const threadKilled: Fault = { name: "thread-killed", run };

async function run(context: FaultContext): Promise<string> {
  const times = context.short ? TIMES_SHORT : TIMES;
  const environment = { NSQ_TEST_BREAK_IO_THREADS: `${EVERY_MS},${times}` };
  await using nsqd = await startBroker(context, FLAGS, undefined, environment);
  await nsqd.create("load", "ch");
  const ledger = new Ledger("load");
  const clients = [
    ...Array.from({ length: PRODUCERS }, (_, i) => new Returning(() => producer(i))),
    ...Array.from({ length: CONSUMERS }, () => new Returning(consumer)),
  ];
  function producer(number: number): Promise<LoadProducer> {
    return LoadProducer.start(nsqd, ledger, context.random, number % 2 === 0 ? "single" : "batch");
  }
  function consumer(): Promise<LoadConsumer> {
    return LoadConsumer.start(nsqd, ledger, context.random, READY_COUNT);
  }
  await eventually(() => equal(lostByThread(nsqd).length, times, "threads that failed"));
  await eventually(() => ok(clients.every(({ isServed }) => isServed), "all are served again"));
  for (const client of clients) await client.stop();

  const lost = lostByThread(nsqd).reduce((sum, each) => sum + each, 0);
  const cut = clients.reduce((sum, client) => sum + client.cuts, 0);
  ok(cut > 0 && cut <= lost, `${cut} clients were cut off, of the ${lost} of threads that failed`);
  await drain(nsqd, ledger);
  const unaccounted = ledger.unaccounted();
  equal(unaccounted.length, 0, `lost: ${unaccounted.slice(0, 10)}`);
  const { io_threads } = await (await nsqd.http("/info")).json();
  equal(io_threads, THREADS);
  const servedMs = Math.round(await expectService(nsqd, "afterwards"));
  return `${times} threads failed with ${lost} connections, ${cut} clients cut off, ${ledger.acknowledged.size} acknowledged, ` +
    `none lost, ${ledger.duplicates} again, a healthy client served in ${servedMs} ms`;
}

/** How many connections were lost with each thread that failed. */
function lostByThread(nsqd: Nsqd): number[] {
  return nsqd.logLines.flatMap((line) => {
    const count = FAILED.exec(line)?.[1];
    return count === undefined ? [] : [Number(count)];
  });
}

/** Takes everything that is left, also what comes back from those who were cut off. */
async function drain(nsqd: Nsqd, ledger: Ledger): Promise<void> {
  const consumer = await LoadConsumer.start(nsqd, ledger, undefined, DRAIN_READY_COUNT);
  await eventually(async () => {
    const { depth, in_flight_count } = await nsqd.channel(ledger.topic, "ch");
    equal(depth + in_flight_count, 0, "messages left");
  }, DRAIN_DEADLINE_MS);
  consumer.close();
  equal(await consumer.ended, undefined);
}

type LoadClient = LoadProducer | LoadConsumer;

/** A client that comes back whenever it is cut off. */
class Returning {
  /** How often it was cut off after it had been served. */
  cuts = 0;
  readonly #done: Promise<void>;
  #client: LoadClient | null = null;
  #stopping = false;

  constructor(private readonly start: () => Promise<LoadClient>) {
    this.#done = this.#work();
  }

  get isServed(): boolean {
    return this.#client?.isServed ?? false;
  }

  /** @throws what ended it, other than being cut off */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#client?.close();
    await this.#done;
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      // The thread that was to serve it may fail before it does.
      const client = await this.start().catch(() => null);
      if (client === null) continue;
      this.#client = client;
      if (this.#stopping) client.close();
      const failure = await client.ended;
      this.#client = null;
      if (failure !== undefined) throw failure;
      if (!this.#stopping && client.isServed) this.cuts++;
    }
  }
}
