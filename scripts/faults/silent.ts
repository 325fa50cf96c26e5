/** silent: thousands of connections that say nothing, or ask and never read, harm nobody but themselves. */
import { strictEqual as equal } from "node:assert/strict";
import {
  Client,
  concat,
  eventually,
  isReference,
  MAGIC,
  type Nsqd,
  pause,
  sized,
} from "../../tests/harness/mod.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { expectService } from "./healthy.ts";
import { inParallel } from "./in_parallel.ts";
import { inTime, withinLimit } from "./limit.ts";
import { MemoryWatch, residentMib } from "./memory.ts";

const SILENT = 5_000;
const DEAF = 1_000;
const CONNECTED_AT_ONCE = 50;
/** From the last connection made to the last one closed by the broker. */
const SILENT_DEADLINE_MS = 20_000;
const DEAF_HEARTBEAT_MS = 1_000;
/** Two heartbeats, and time for a busy machine. */
const DEAF_DEADLINE_MS = 20_000;
const DEAF_READY_COUNT = 10;
const DEAF_MESSAGES = 5_000;
const DEAF_BATCH_MESSAGES = 50;
const DEAF_BODY_BYTES = 10_000;
const MEMORY_LIMIT_MIB = 500;
/** What a healthy client may have to wait meanwhile. */
const SERVICE_LIMIT_MS = 3_000;

export const silent: Fault = { name: "silent", run };

async function run(context: FaultContext): Promise<string> {
  await using nsqd = await startBroker(context);
  using memory = new MemoryWatch(nsqd.pid);
  const beforeMib = await residentMib(nsqd.pid);
  const service = new ServiceWatch(nsqd);
  const closedMs = await stayWithoutMagic(nsqd);
  const silentMib = memory.maximumMib - beforeMib;
  const deafMs = await neverRead(nsqd);
  const slowestMs = await service.stop();
  withinLimit(slowestMs <= SERVICE_LIMIT_MS, `a healthy client waited ${slowestMs} ms`);
  memory.expectBelow(MEMORY_LIMIT_MIB);
  const closed = closedMs === undefined ? "left open" : `closed after ${closedMs} ms`;
  return `${SILENT} silent ${closed} (${silentMib} MiB), ${DEAF} deaf closed after ${deafMs} ms, ` +
    `memory at most ${memory.maximumMib} MiB, a healthy client served in at most ${slowestMs} ms`;
}

/** Sends messages round for a healthy client, one after the other, all the time. */
class ServiceWatch {
  #slowestMs = 0;
  #stopping = false;
  readonly #done: Promise<unknown>;

  constructor(nsqd: Nsqd) {
    this.#done = this.#work(nsqd);
  }

  /** The longest that it took, in ms. @throws when the client was not served. */
  async stop(): Promise<number> {
    this.#stopping = true;
    const failure = await this.#done;
    if (failure !== undefined) throw failure;
    return Math.round(this.#slowestMs);
  }

  async #work(nsqd: Nsqd): Promise<unknown> {
    try {
      for (let number = 0; !this.#stopping; number++) {
        this.#slowestMs = Math.max(this.#slowestMs, await expectService(nsqd, `round ${number}`));
        await pause(100);
      }
    } catch (error) {
      return error;
    }
  }
}

/** Connects and says nothing; how long the broker bears it, in ms. Undefined: not asked of this nsqd. */
async function stayWithoutMagic(nsqd: Nsqd): Promise<number | undefined> {
  const address = { hostname: "127.0.0.1", port: nsqd.tcpPort };
  const conns = await inParallel(SILENT, CONNECTED_AT_ONCE, () => Deno.connect(address));
  const start = performance.now();
  try {
    if (isReference) return undefined;
    const all = Promise.all(conns.map(untilClosed));
    await inTime(all, SILENT_DEADLINE_MS, "the end of all silent connections");
    return Math.round(performance.now() - start);
  } finally {
    for (const conn of conns) conn.close();
  }
}

async function untilClosed(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
}

/** Subscribes, is ready, and reads neither messages nor heartbeats; how long until all are closed, in ms. */
async function neverRead(nsqd: Nsqd): Promise<number> {
  await nsqd.post("/topic/create?topic=deaf");
  await nsqd.post("/channel/create?topic=deaf&channel=ch");
  const conns = await inParallel(DEAF, CONNECTED_AT_ONCE, () => askForMessages(nsqd));
  try {
    await publishBatches(nsqd);
    await expectKept(nsqd);
    const start = performance.now();
    await eventually(async () => {
      const { client_count } = await nsqd.channel("deaf", "ch");
      withinLimit(client_count === 0, `${client_count} deaf consumers left`);
    }, DEAF_DEADLINE_MS);
    const elapsedMs = Math.round(performance.now() - start);
    await expectKept(nsqd);
    return elapsedMs;
  } finally {
    for (const conn of conns) conn.close();
  }
}

async function expectKept(nsqd: Nsqd): Promise<void> {
  const { depth, in_flight_count } = await nsqd.channel("deaf", "ch");
  equal(depth + in_flight_count, DEAF_MESSAGES, "messages kept");
}

/** A connection on which everything is said and nothing will be read. */
async function askForMessages(nsqd: Nsqd): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
  const identity = sized(JSON.stringify({ heartbeat_interval: DEAF_HEARTBEAT_MS }));
  const ready = `SUB deaf ch\nRDY ${DEAF_READY_COUNT}\n`;
  await conn.write(concat(MAGIC, "IDENTIFY\n", identity, ready));
  return conn;
}

async function publishBatches(nsqd: Nsqd): Promise<void> {
  using client = await Client.connect(nsqd.tcpPort);
  const batch = new Array(DEAF_BATCH_MESSAGES).fill("x".repeat(DEAF_BODY_BYTES));
  for (let published = 0; published < DEAF_MESSAGES; published += DEAF_BATCH_MESSAGES) {
    await client.publishBatch("deaf", batch);
  }
}
