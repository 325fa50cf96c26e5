import type { Producer } from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import type { RequestTimings } from "../request_timings.ts";

/** An nsqd that copies are published to. Tells in the log when it stops taking them, and when it takes them again. */
export class Destination {
  readonly address: string;
  readonly timings: RequestTimings;
  readonly #producer: Producer;
  readonly #logger: Logger;
  #isFailing = false;

  constructor(address: string, producer: Producer, timings: RequestTimings, logger: Logger) {
    this.address = address;
    this.timings = timings;
    this.#producer = producer;
    this.#logger = logger;
  }

  /** Resolves to whether the nsqd has acknowledged the message. */
  async publish(topic: string, body: Uint8Array): Promise<boolean> {
    try {
      await this.#producer.publish(topic, body);
    } catch (error) {
      const reason = (error as Error).message;
      if (!this.#isFailing) this.#logger.error(`[${this.address}] cannot publish - ${reason}`);
      this.#isFailing = true;
      return false;
    }
    if (this.#isFailing) this.#logger.info(`[${this.address}] publishes again`);
    this.#isFailing = false;
    return true;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}
