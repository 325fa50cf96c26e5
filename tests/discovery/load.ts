/** What clients do to an nsqd all the time: publish to one topic, and make and delete others. */
import { Client } from "../harness/client.ts";
import type { Nsqd } from "../harness/nsqd.ts";

/** The topic that is published to all the time, and the channel that every topic has. */
export const BUSY_TOPIC = "busy";
export const CHANNEL = "ch";

/** One of so many topics is deleted again. */
const DELETED_EVERY = 5;

/** Runs until it is stopped. */
export class Load {
  /** How many messages the busy topic has; each body is its number. */
  published = 0;
  /** Topics that exist; each has one message and the channel. */
  readonly topics: string[] = [];
  readonly deleted: string[] = [];
  /** The longest time to an answer that a publisher saw, in ms. */
  slowestPublishMs = 0;
  #stopping = false;
  readonly #done: Promise<unknown>;

  private constructor(readonly nsqd: Nsqd, publisher: Client, maker: Client) {
    this.#done = Promise.all([this.#publish(publisher), this.#make(maker)]);
    this.#done.catch(() => {}); // stop() tells
  }

  static async start(nsqd: Nsqd): Promise<Load> {
    await nsqd.create(BUSY_TOPIC, CHANNEL);
    return new Load(nsqd, await Client.connect(nsqd.tcpPort), await Client.connect(nsqd.tcpPort));
  }

  /** @throws what a client was refused */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#done.catch(() => {}); // a test that cares has called stop()
  }

  async #publish(client: Client): Promise<void> {
    using publisher = client;
    while (!this.#stopping) {
      await this.#timed(publisher.publish(BUSY_TOPIC, String(this.published)));
      this.published++;
    }
  }

  async #make(client: Client): Promise<void> {
    using maker = client;
    for (let number = 1; !this.#stopping; number++) {
      const topic = `made_${number}`;
      await this.#timed(maker.publish(topic, "first"));
      await this.nsqd.post(`/channel/create?topic=${topic}&channel=${CHANNEL}`);
      if (number % DELETED_EVERY === 0) {
        await this.nsqd.post(`/topic/delete?topic=${topic}`);
        this.deleted.push(topic);
      } else this.topics.push(topic);
    }
  }

  async #timed(publishing: Promise<void>): Promise<void> {
    const startMs = performance.now();
    await publishing;
    this.slowestPublishMs = Math.max(this.slowestPublishMs, performance.now() - startMs);
  }
}
