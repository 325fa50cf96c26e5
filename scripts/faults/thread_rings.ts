/**
 * thread-rings: thousands of messages for consumers that do not read, and producers that send as much as they can, all over one I/O thread: its
 * rings are full. Others are served meanwhile, memory is bounded, and nothing is lost.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import {
  Client,
  concat,
  eventually,
  MAGIC,
  messageBatch,
  type Nsqd,
  pause,
} from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { expectService } from "./healthy.ts";
import { MemoryWatch } from "./memory.ts";

const FLAGS = ["--io-threads=1", "--msg-timeout=2s", "--mem-queue-size=2000"];
const DEAF = 500;
const READY_COUNT = 100;
const BATCH_MESSAGES = 100;
const BODY_BYTES = 4_000;
const BATCHES = 200;
const BATCHES_SHORT = 100;
const FLOODS = 10;
/** Nobody keeps these: their topic and its channel forget what is too much. */
const FLOODED = "flood#ephemeral";
const FLOOD_MS = 10_000;
const FLOOD_SHORT_MS = 2_000;
const DRAIN_READY_COUNT = 500;
const DRAIN_DEADLINE_MS = 60_000;
const MEMORY_LIMIT_MIB = 600;
/** What a healthy client may have to wait meanwhile. */
const SERVICE_LIMIT_MS = 5_000;

export const threadRings: Fault = { name: "thread-rings", run };

async function run(context: FaultContext): Promise<string> {
  const batches = context.short ? BATCHES_SHORT : BATCHES;
  await using nsqd = await startBroker(context, FLAGS);
  await nsqd.create("deaf", "ch");
  await nsqd.create(FLOODED, "ch#ephemeral");
  using memory = new MemoryWatch(nsqd.pid);
  await using rings = new RingWatch(nsqd);
  const deaf = await Promise.all(Array.from({ length: DEAF }, () => deafConsumer(nsqd)));
  let servedMs: number, flooded: number[];
  try {
    await publish(nsqd, batches);
    const endMs = performance.now() + (context.short ? FLOOD_SHORT_MS : FLOOD_MS);
    const floods = Promise.all(Array.from({ length: FLOODS }, () => flood(nsqd, endMs)));
    servedMs = await slowestService(nsqd, endMs);
    flooded = await floods;
  } finally {
    for (const conn of deaf) conn.close();
  }
  ok(servedMs <= SERVICE_LIMIT_MS, `a healthy client waited ${servedMs} ms`);
  memory.expectBelow(MEMORY_LIMIT_MIB);
  await drain(nsqd, batches * BATCH_MESSAGES);
  const { from, to } = rings.fullest;
  return `${DEAF} deaf consumers, ${FLOODS} producers of ${
    flooded.reduce((a, b) => a + b, 0)
  } MB, ` +
    `rings at most ${percent(from)} and ${
      percent(to)
    } full, a healthy client served in at most ${servedMs} ms, ` +
    `memory at most ${memory.maximumMib} MiB, ${batches * BATCH_MESSAGES} messages kept`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** Subscribes, is ready, and never reads. */
async function deafConsumer(nsqd: Nsqd): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
  await conn.write(concat(MAGIC, `SUB deaf ch\nRDY ${READY_COUNT}\n`));
  return conn;
}

/** Numbered messages for those who do not read. */
async function publish(nsqd: Nsqd, batches: number): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  for (let batch = 0; batch < batches; batch++) {
    const bodies = Array.from(
      { length: BATCH_MESSAGES },
      (_, i) => `${batch * BATCH_MESSAGES + i}:`.padEnd(BODY_BYTES, "x"),
    );
    await client.publishBatch("deaf", bodies);
  }
}

/** Publishes as fast as it is answered; how many MB. */
async function flood(nsqd: Nsqd, endMs: number): Promise<number> {
  using client = await Client.connect(nsqd.tcpPort);
  const bodies = new Array(BATCH_MESSAGES).fill("x".repeat(BODY_BYTES));
  const bytes = messageBatch(bodies).length;
  let batches = 0;
  for (; performance.now() < endMs; batches++) await client.publishBatch(FLOODED, bodies);
  return Math.round(batches * bytes / 1e6);
}

/** The longest that a healthy client was kept waiting, in ms. */
async function slowestService(nsqd: Nsqd, endMs: number): Promise<number> {
  let slowestMs = 0;
  for (let number = 0; performance.now() < endMs; number++) {
    slowestMs = Math.max(slowestMs, await expectService(nsqd, `round ${number}`));
  }
  return Math.round(slowestMs);
}

/** Somebody who reads gets every message. */
async function drain(nsqd: Nsqd, messages: number): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("deaf", "ch", DRAIN_READY_COUNT);
  const numbers = new Set<string>();
  const endMs = performance.now() + DRAIN_DEADLINE_MS;
  while (numbers.size < messages) {
    ok(performance.now() < endMs, `only ${numbers.size} messages came back`);
    const message = await client.nextMessage();
    numbers.add(message.body.split(":")[0]!);
    await client.finish(message.id);
  }
  await eventually(async () => {
    const { depth, in_flight_count } = await nsqd.channel("deaf", "ch");
    equal(depth + in_flight_count, 0, "messages left");
  });
}

/** Looks at the rings' fill until it is disposed of. */
class RingWatch {
  readonly fullest = { from: 0, to: 0 };
  #stopping = false;
  readonly #done: Promise<void>;

  constructor(nsqd: Nsqd) {
    this.#done = this.#look(nsqd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#done;
  }

  async #look(nsqd: Nsqd): Promise<void> {
    while (!this.#stopping) {
      const text = await (await nsqd.http("/metrics")).text();
      const fill = (way: string) =>
        Number(
          new RegExp(`^nsqd_io_thread_ring_${way}_ratio{thread="0"} (.*)$`, "m").exec(text)?.[1],
        );
      this.fullest.from = Math.max(this.fullest.from, fill("in"));
      this.fullest.to = Math.max(this.fullest.to, fill("out"));
      await pause(10);
    }
  }
}
