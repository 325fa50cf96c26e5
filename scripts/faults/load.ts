/** Producers and consumers for `kill9` and `thread-killed`, and the ledger in which they write down what they saw. */
import { ok, strictEqual as equal } from "node:assert/strict";
import {
  Client,
  decodeMessage,
  FRAME_ERROR,
  FRAME_RESPONSE,
  type Nsqd,
  sized,
  text,
  withDeadline,
} from "../../tests/harness/mod.ts";
import type { Random } from "./random.ts";

const BATCH_MESSAGES = 10;
const LARGEST_PADDING_BYTES = 2_000;
/** Part of the messages that a consumer finishes; it holds the others until it is cut off. */
const FINISHED_PART = 0.7;
/** What a consumer holds at most: from then on it finishes everything. */
const HELD_LIMIT = 3;
const STOP_DEADLINE_MS = 10_000;
const FOREVER_MS = 600_000;

/** What was published to a topic, what of it was acknowledged, and what was received. */
export class Ledger {
  readonly acknowledged = new Set<string>();
  readonly #published = new Set<string>();
  readonly #received = new Set<string>();
  receivedCount = 0;
  duplicates = 0;
  #last = 0;

  constructor(readonly topic: string) {}

  /** A new body: a number that only it has, and padding. */
  newBody(random: Random): string {
    const number = String(++this.#last);
    this.#published.add(number);
    return `${number}:${"x".repeat(random.below(LARGEST_PADDING_BYTES))}`;
  }

  acknowledge(bodies: readonly string[]): void {
    for (const body of bodies) this.acknowledged.add(numberOf(body));
  }

  /** @throws {Error} when it was never published, or not in this form. */
  receive(body: string): void {
    const number = numberOf(body);
    if (!this.#published.has(number) || !/^\d+:x*$/.test(body)) {
      throw new Error(`received what was not published: ${body.slice(0, 100)}`);
    }
    this.receivedCount++;
    if (this.#received.has(number)) this.duplicates++;
    this.#received.add(number);
  }

  /** Acknowledged, and never received by anybody. */
  unaccounted(): string[] {
    return [...this.acknowledged.difference(this.#received)];
  }
}

function numberOf(body: string): string {
  return body.split(":")[0] ?? "";
}

/** Publishes as fast as it is answered, until the connection ends. */
export class LoadProducer {
  /** What went wrong, other than the end of the connection. */
  readonly ended: Promise<unknown>;
  /** Whether anything was acknowledged. */
  isServed = false;

  private constructor(readonly client: Client, publish: () => Promise<void>) {
    this.ended = untilCut(client, async () => {
      await publish();
      this.isServed = true;
    });
  }

  static async start(
    nsqd: Nsqd,
    ledger: Ledger,
    random: Random,
    mode: "single" | "batch",
  ): Promise<LoadProducer> {
    const client = await Client.connect(nsqd.tcpPort);
    return new LoadProducer(client, async () => {
      const count = mode === "single" ? 1 : BATCH_MESSAGES;
      const bodies = Array.from({ length: count }, () => ledger.newBody(random));
      if (mode === "single") await client.publish(ledger.topic, bodies[0] ?? "");
      else await client.publishBatch(ledger.topic, bodies);
      ledger.acknowledge(bodies);
    });
  }

  close(): void {
    this.client.close();
  }
}

/** Consumes until the connection ends: finishes some messages, holds some. */
export class LoadConsumer {
  /** What went wrong, other than the end of the connection. */
  readonly ended: Promise<unknown>;
  /** Its SUB was answered. */
  readonly isServed = true;
  #held = 0;
  #barrierPassed: () => void = () => {};

  private constructor(
    readonly client: Client,
    readonly ledger: Ledger,
    readonly random: Random | undefined,
  ) {
    this.ended = untilCut(client, () => this.#takeOne());
  }

  /** Without random numbers it finishes everything. */
  static async start(
    nsqd: Nsqd,
    ledger: Ledger,
    random: Random | undefined,
    readyCount: number,
  ): Promise<LoadConsumer> {
    const client = await Client.connect(nsqd.tcpPort);
    await client.subscribe(ledger.topic, "ch", readyCount);
    return new LoadConsumer(client, ledger, random);
  }

  /** Messages received and not finished. */
  get heldCount(): number {
    return this.#held;
  }

  /** Says RDY 0. When it returns, the broker has read it: what was sent after it has been answered. */
  async stopAsking(): Promise<void> {
    const passed = new Promise<void>((resolve) => this.#barrierPassed = resolve);
    const cut = this.ended.then((failure) => {
      throw failure ?? new Error("the consumer was cut off");
    });
    const asked = this.client.send("RDY 0\n", "PUB barrier\n", sized("passed"));
    await withDeadline(
      Promise.race([cut, asked.then(() => passed)]),
      STOP_DEADLINE_MS,
      "the answer after RDY 0",
    );
  }

  close(): void {
    this.client.close();
  }

  async #takeOne(): Promise<void> {
    const { type, data } = await this.client.nextFrame(FOREVER_MS);
    if (type === FRAME_ERROR) {
      // After a kill an id may come twice, and can be finished only once.
      return ok(text(data).startsWith("E_FIN_FAILED"), text(data));
    }
    if (type === FRAME_RESPONSE) {
      equal(text(data), "OK");
      return this.#barrierPassed();
    }
    const { id, body } = decodeMessage(data);
    this.ledger.receive(body);
    const hold = this.random !== undefined && this.#held < HELD_LIMIT &&
      !this.random.chance(FINISHED_PART);
    if (hold) this.#held++;
    else await this.client.finish(id);
  }
}

/** Repeats the action until the connection ends; gives back what else went wrong. */
async function untilCut(client: Client, action: () => Promise<void>): Promise<unknown> {
  try {
    for (;;) await action();
  } catch (error) {
    const cut = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.BadResource ||
      (error instanceof Error && error.message.includes("connection was closed"));
    return cut ? undefined : error;
  } finally {
    client.close();
  }
}
