/**
 * Consumers that take all they can get and never finish anything: those of `deaf-crowd` do not even read, those of `crowd` are very many. Everything
 * times out, all the time.
 */
import { strictEqual as equal } from "node:assert/strict";
import { Client, concat, MAGIC, type Nsqd, pause } from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { expectService } from "./healthy.ts";
import { inParallel } from "./in_parallel.ts";
import { withinLimit } from "./limit.ts";
import { MemoryWatch } from "./memory.ts";
import { PingWatch } from "./ping_watch.ts";
import type { Random } from "./random.ts";

const CONNECTED_AT_ONCE = 50;
const READY_COUNT = 2500;
const BATCH_MESSAGES = 200;
/** Far beyond what was seen: a broker that stands still for so long has a defect, not a bad day. */
const PING_LIMIT_MS = 5_000;

interface Crowd {
  consumers: number;
  messages: number;
  bodyBytes: number;
  msgTimeoutMs: number;
  reading: boolean;
  durationMs: number;
  memoryLimitMib: number;
}

export const deafCrowd: Fault = {
  name: "deaf-crowd",
  run: (context) =>
    run(context, {
      consumers: context.short ? 400 : 2_000,
      messages: context.short ? 100_000 : 500_000,
      bodyBytes: 1_024,
      msgTimeoutMs: 1_000,
      reading: false,
      durationMs: context.short ? 5_000 : 30_000,
      memoryLimitMib: context.short ? 700 : 1_500,
    }),
};

export const crowd: Fault = {
  name: "crowd",
  run: (context) =>
    run(context, {
      consumers: context.short ? 4_000 : 10_000,
      messages: context.short ? 200_000 : 500_000,
      bodyBytes: 200,
      msgTimeoutMs: context.short ? 2_000 : 5_000,
      reading: true,
      durationMs: context.short ? 5_000 : 30_000,
      memoryLimitMib: context.short ? 500 : 1_000,
    }),
};

async function run(context: FaultContext, crowd: Crowd): Promise<string> {
  await using nsqd = await startBroker(context, [`--msg-timeout=${crowd.msgTimeoutMs}ms`]);
  await nsqd.create("crowded", "ch");
  using memory = new MemoryWatch(nsqd.pid);
  const ping = new PingWatch(nsqd);
  const start = performance.now();
  const consumers = await inParallel(
    crowd.consumers,
    CONNECTED_AT_ONCE,
    () => consumer(nsqd, crowd),
  );
  const connectedMs = Math.round(performance.now() - start);
  try {
    await publish(nsqd, crowd, context.random);
    await pause(crowd.durationMs);
    const servedMs = Math.round(await expectService(nsqd, "meanwhile"));
    const slowestMs = await ping.stop();
    const { maximumMib } = memory;
    const { depth, in_flight_count, timeout_count } = await nsqd.channel("crowded", "ch");
    equal(depth + in_flight_count, crowd.messages, "messages kept");
    withinLimit(slowestMs <= PING_LIMIT_MS, `/ping took ${slowestMs} ms`);
    memory.expectBelow(crowd.memoryLimitMib);
    const stopped = performance.now();
    await nsqd.stop();
    return `${crowd.consumers} consumers connected in ${connectedMs} ms, ${timeout_count} timeouts, ` +
      `/ping at most ${slowestMs} ms, a healthy client served in ${servedMs} ms, ` +
      `memory at most ${maximumMib} MiB, stopped in ${Math.round(performance.now() - stopped)} ms`;
  } finally {
    for (const { conn } of consumers) conn.close();
    await Promise.all(consumers.map(({ read }) => read));
  }
}

/** Subscribes and asks for messages, and reads them, or not. */
async function consumer(
  nsqd: Nsqd,
  { reading }: Crowd,
): Promise<{ conn: Deno.TcpConn; read: Promise<void> }> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
  await conn.write(concat(MAGIC, `SUB crowded ch\nRDY ${READY_COUNT}\n`));
  return { conn, read: reading ? readOn(conn) : Promise.resolve() };
}

async function readOn(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    const gone = error instanceof Deno.errors.BadResource ||
      error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.ConnectionReset;
    if (!gone) throw error;
  }
}

async function publish(nsqd: Nsqd, crowd: Crowd, random: Random): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  for (let left = crowd.messages; left > 0; left -= BATCH_MESSAGES) {
    const body = String.fromCharCode(random.between(97, 122)).repeat(crowd.bodyBytes);
    await client.publishBatch("crowded", new Array(BATCH_MESSAGES).fill(body));
  }
}
