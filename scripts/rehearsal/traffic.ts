import { createLogger } from "../../lib/log/logger.ts";
import { FATAL } from "../../lib/log/level.ts";
import { Consumer, type Message, Producer, PublishError } from "../../lib/client/mod.ts";
import type { Load, Tally } from "./load.ts";

export const TOPIC = "rehearsal";
export const CHANNELS = ["billing", "archive"] as const;

const TICK_MS = 20;
const PADDING = "x".repeat(200);

/** One message of so many is published to come later, and so much later. */
const DEFERRED_EVERY = 50;
const DEFERRED_MS = 1500;

/** One of so many is sent back once, and one of so many takes its time. */
const REQUEUED_EVERY = 97;
const REQUEUE_MS = 300;
const SLOW_EVERY = 211;
const SLOW_MS = 200;

/** How long the last message may take to come, once nothing more is published. */
const COME_DEADLINE_MS = 60_000;

/** Producers and consumers at work, who find brokers by lookupd, and count. */
export class Traffic implements Load {
  readonly #producer: Producer;
  readonly #consumers: readonly Consumer[];
  readonly #ended: readonly Promise<void>[];
  readonly #publishing: Promise<void>;
  readonly #seen = new Map(CHANNELS.map((channel) => [channel as string, new Set<number>()]));
  readonly #acknowledged = new Set<number>();
  readonly #answers: Promise<void>[] = [];
  #refused = 0;
  #unknown = 0;
  #duplicates = 0;
  #isStopped = false;

  /** @param perSecond messages that are published */
  constructor(lookupd: readonly string[], perSecond: number) {
    // Connections are lost and come again: that is what is rehearsed.
    const logger = createLogger({ level: FATAL, prefix: "[traffic] ", format: "text" });
    const addresses = { lookupd: [...lookupd], lookupdPollIntervalMs: 1000, logger };
    this.#producer = new Producer(addresses);
    this.#consumers = CHANNELS.flatMap((channel) =>
      [1, 2].map(() =>
        new Consumer({ ...addresses, topic: TOPIC, channel, maxInFlight: 200, maxAttempts: 0 })
      )
    );
    this.#ended = this.#consumers.map((consumer, at) => {
      const channel = CHANNELS[at >> 1]!;
      return consumer.run((message) => this.#take(channel, message), { concurrency: 50 });
    });
    this.#publishing = this.#publish(perSecond * TICK_MS / 1000);
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  async flows(count: number): Promise<void> {
    const aim = this.acknowledged + count;
    await this.#until(() => this.acknowledged >= aim, `${count} more acknowledged messages`);
  }

  async finish(): Promise<Tally> {
    this.#isStopped = true;
    await this.#publishing;
    await Promise.all(this.#answers);
    await this.#producer.close();
    const lost = () =>
      [...this.#seen].flatMap(([channel, seen]) =>
        [...this.#acknowledged].filter((number) => !seen.has(number))
          .map((number) => `${channel} ${number}`)
      );
    await this.#until(() => lost().length === 0, "").catch(() => {}); // what is lost is told below
    for (const consumer of this.#consumers) await consumer.stop();
    await Promise.all(this.#ended);
    return {
      acknowledged: this.#acknowledged.size,
      refused: this.#refused,
      unknown: this.#unknown,
      duplicates: this.#duplicates,
      lost: lost(),
    };
  }

  async #publish(perTick: number): Promise<void> {
    for (let number = 0, due = 0; !this.#isStopped;) {
      for (due += perTick; due >= 1 && !this.#isStopped; due--) {
        if (this.#producer.isFull) await this.#producer.room();
        this.#answers.push(this.#publishOne(number++));
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  async #publishOne(number: number): Promise<void> {
    const body = `${number} ${PADDING}`;
    try {
      if (number % DEFERRED_EVERY > 0) await this.#producer.publish(TOPIC, body);
      else await this.#producer.publishDeferred(TOPIC, body, DEFERRED_MS);
      this.#acknowledged.add(number);
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      if (error.acknowledged === false) this.#refused++;
      else this.#unknown++;
    }
  }

  async #take(channel: string, message: Message): Promise<void> {
    const number = Number.parseInt(new TextDecoder().decode(message.body), 10);
    if (message.attempts === 1 && number % REQUEUED_EVERY === 0) {
      message.requeue(REQUEUE_MS, { backoff: false });
      return;
    }
    if (number % SLOW_EVERY === 0) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    const seen = this.#seen.get(channel)!;
    if (seen.has(number)) this.#duplicates++;
    seen.add(number);
  }

  #until(isTrue: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const interval = setInterval(() => isTrue() && end(resolve), TICK_MS * 5);
      const deadline = setTimeout(
        () => end(() => reject(new Error(`waited in vain for ${what}`))),
        COME_DEADLINE_MS,
      );
      const end = (settle: () => void) => {
        clearInterval(interval);
        clearTimeout(deadline);
        settle();
      };
    });
  }
}
