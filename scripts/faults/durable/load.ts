/** Publishers and a consumer that bring messages of a durable topic into every state. */
import {
  Client,
  decodeMessage,
  FRAME_ERROR,
  FRAME_MESSAGE,
  type Message,
  type Nsqd,
  pause,
  text,
} from "../../../tests/harness/mod.ts";
import type { Random } from "../random.ts";
import type { Deed, Entry, Ledger } from "./ledger.ts";

/** The answer to a REQ of it comes after those to all that was said before. */
const NOBODYS_ID = "0".repeat(16);

export const TOPIC = "t";
export const MSG_TIMEOUT_MS = 500;
const ALWAYS = ["--durable=*", "--mem-queue-size=20"];
export const FLAGS = [...ALWAYS, `--msg-timeout=${MSG_TIMEOUT_MS}ms`];
/** For whoever looks at what is there: nothing times out meanwhile. */
export const FLAGS_FOR_CHECKING = [...ALWAYS, "--msg-timeout=10m"];

const BATCH = 10;
const PADDING = 400;
const LONG_MS = 3_000_000;
const READY_COUNT = 50;
/** What the consumer holds at most: from then on it finishes everything. */
const HELD_LIMIT = 20;
/** Messages that are left to time out are, so often; others are requeued. */
const HELD_ATTEMPTS = 4;
const REQUEUED_ATTEMPTS = 4;
/** The consumer is slower than the publishers, so that messages wait. */
const LAZY_PART = 0.3;
const LAZY_MS = 4;
const TOUCH_EVERY_MS = 200;
const FOREVER_MS = 600_000;

/** Clients at work until they are cut off. */
export class DurableLoad {
  /** The consumer deals with no more messages. */
  #isEnding = false;
  readonly #clients: Client[] = [];
  readonly #ended: Promise<unknown>[] = [];
  readonly #ledger: Ledger;
  readonly #random: Random;
  #touches: ReturnType<typeof setInterval> | undefined;

  private constructor(ledger: Ledger, random: Random) {
    this.#ledger = ledger;
    this.#random = random;
  }

  /** @param pauseMs between two publications of a publisher */
  static async start(
    nsqd: Nsqd,
    ledger: Ledger,
    random: Random,
    pauseMs = 0,
  ): Promise<DurableLoad> {
    const load = new DurableLoad(ledger, random);
    await nsqd.create(TOPIC, "ch", "idle");
    for (const way of ["single", "batch", "deferred"] as const) {
      const client = await load.#connect(nsqd);
      let ordinal = 0;
      load.#run(client, async () => {
        const entries = load.#entries(way === "batch" ? BATCH : 1, way === "deferred", client);
        ordinal++;
        for (const entry of entries) entry.ack.ordinal = ordinal;
        await publish(client, way, entries);
        for (const entry of entries) entry.ackedMs = Date.now();
        if (pauseMs > 0) await pause(pauseMs);
      });
    }
    await load.#consume(await load.#connect(nsqd));
    return load;
  }

  /** Resolves when no publisher goes on: all were refused, or cut off. */
  async publishersEnded(): Promise<void> {
    await Promise.all(this.#ended.slice(0, -1)); // the consumer is the last
  }

  /** Ends the connections, the consumer's once it knows what became of all that it said. @throws what ended one of them, other than that it was cut off or refused */
  async end(): Promise<void> {
    clearInterval(this.#touches);
    this.#isEnding = true;
    const consumer = this.#clients.at(-1)!;
    await consumer.requeue(NOBODYS_ID, 0).catch(() => {}); // where the broker is gone, nothing is to be known
    await this.#ended.at(-1);
    for (const client of this.#clients) client.close();
    for (const failure of await Promise.all(this.#ended)) if (failure !== undefined) throw failure;
  }

  async #connect(nsqd: Nsqd): Promise<Client> {
    const client = await Client.connect(nsqd.tcpPort);
    this.#clients.push(client);
    return client;
  }

  #entries(count: number, isDeferred: boolean, client: Client): Entry[] {
    const port = Number(client.localAddress.split(":").at(-1));
    return Array.from({ length: count }, () => {
      const dueMs = isDeferred ? Date.now() + LONG_MS : 0;
      const entry = this.#ledger.add(this.#random.below(PADDING), dueMs);
      entry.ack.port = port;
      return entry;
    });
  }

  #run(client: Client, action: () => Promise<void>): void {
    const untilCut = async () => {
      try {
        for (;;) await action();
      } catch (error) {
        return isCut(error) ? undefined : error;
      } finally {
        client.close();
      }
    };
    this.#ended.push(untilCut());
  }

  async #consume(client: Client): Promise<void> {
    await client.subscribe(TOPIC, "ch", READY_COUNT);
    const touched: string[] = [], byId = new Map<string, Entry>();
    let held = 0;
    this.#touches = setInterval(() => {
      for (const id of touched) client.touch(id).catch(() => {}); // its connection has ended: the loop below says so
    }, TOUCH_EVERY_MS);
    this.#run(client, async () => {
      const { type, data } = await client.nextFrame(FOREVER_MS);
      if (type === FRAME_ERROR) {
        if (text(data).includes(NOBODYS_ID)) throw new Error("connection was closed"); // by us, now
        takeBack(text(data), byId);
      }
      if (type !== FRAME_MESSAGE || this.#isEnding) return;
      const message = decodeMessage(data), entry = this.#ledger.entry(message.body);
      byId.set(message.id, entry);
      const isFirst = message.attempts === 1;
      const isHeld = entry.number % 6 >= 4 &&
        (isFirst ? held < HELD_LIMIT : message.attempts <= HELD_ATTEMPTS);
      if (isHeld && isFirst) held++;
      if (isHeld && entry.number % 6 === 5) touched.push(message.id);
      await deal(client, entry, message, isHeld);
      if (this.#random.chance(LAZY_PART)) await pause(LAZY_MS);
    });
  }
}

async function publish(
  client: Client,
  way: "single" | "batch" | "deferred",
  entries: Entry[],
): Promise<void> {
  const bodies = entries.map(({ body }) => body);
  if (way === "batch") await client.publishBatch(TOPIC, bodies);
  else if (way === "single") await client.publish(TOPIC, bodies[0]!);
  else await client.publishDeferred(TOPIC, LONG_MS, bodies[0]!);
}

/** On a busy machine a message times out before its answer comes, which then has done nothing. @throws any other error */
function takeBack(error: string, byId: ReadonlyMap<string, Entry>): void {
  const [, answer, id = ""] = /^E_(FIN|REQ|TOUCH)_FAILED \w+ (\S+) /.exec(error) ?? [];
  if (answer === undefined) throw new Error(error);
  const entry = byId.get(id);
  if (answer === "REQ") entry?.deeds.pop();
  else if (answer === "FIN" && entry !== undefined) entry.finishedMs = Infinity;
}

/** By its number a message is finished, requeued, deferred, held until its timeout, or kept in flight. */
async function deal(
  client: Client,
  entry: Entry,
  { id, attempts }: Message,
  isHeld: boolean,
): Promise<void> {
  const note = (deed: Deed, { dueMs = 0, timesOutMs = Infinity } = {}) =>
    entry.deeds.push({ deed, attempts, dueMs, atMs: Date.now(), timesOutMs });
  entry.finishedMs = Infinity; // if it was: the FIN was lost
  if (isHeld && entry.number % 6 === 5) note("in flight");
  else if (isHeld) note("in flight", { timesOutMs: Date.now() + MSG_TIMEOUT_MS });
  else if (entry.number % 6 === 2 && attempts < REQUEUED_ATTEMPTS) {
    note("requeued");
    await client.requeue(id, 0);
  } else if (entry.number % 6 === 3) {
    note("deferred", { dueMs: Date.now() + LONG_MS });
    await client.requeue(id, LONG_MS);
  } else {
    entry.finishedMs = Date.now();
    await client.finish(id);
  }
}

/** Whether a connection ended because the broker did, or because a publication was refused. */
function isCut(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Error && /connection was closed|E_\w*PUB_FAILED/.test(error.message);
}
