/** Whether a tail may look on: not where it would be a topic's first channel, which takes all that waits for one. */

import type { Consumer } from "../../client/mod.ts";

/** A topic that was waited for may be seen for so long before its first channel is made. */
const CHANNEL_GRACE_MS = 5000;

/** What {@link Joining} tells. */
export interface JoiningEvents {
  /** Of those who answer nobody has the topic: it is waited for. Once. */
  onWaiting(): void;
  /** Nobody has a channel of it. */
  onRefused(reason: string): void;
}

/** Watches one topic's consumer, which has `joinOnly`. */
export class Joining {
  readonly #topic: string;
  readonly #events: JoiningEvents;
  /** Why nsqds were not joined, by address. */
  readonly #missing = new Map<string, "topic" | "channel">();
  #consumer: Consumer | null = null;
  #hasWaited = false;
  #firstSeenMs: number | undefined;

  constructor(topic: string, events: JoiningEvents) {
    this.#topic = topic;
    this.#events = events;
  }

  /** For the consumer's `onNotJoined`. */
  readonly notJoined = (address: string, missing: "topic" | "channel"): void => {
    this.#missing.set(address, missing);
    if (this.#consumer !== null) this.#look(this.#consumer);
  };

  /** Decides once every nsqd that is known has been tried, and whenever one is tried again. */
  async watch(consumer: Consumer): Promise<void> {
    await consumer.ready;
    this.#consumer = consumer;
    this.#look(consumer);
  }

  #look(consumer: Consumer): void {
    if (consumer.stats.connections > 0) return;
    const missing = [...this.#missing.values()];
    if (missing.includes("channel")) {
      this.#firstSeenMs ??= performance.now();
      const isNew = this.#hasWaited && performance.now() - this.#firstSeenMs < CHANNEL_GRACE_MS;
      if (!isNew) this.#events.onRefused(refusal(this.#topic));
    } else if (!this.#hasWaited && (missing.includes("topic") || consumer.isTopicUnknown)) {
      this.#hasWaited = true;
      this.#events.onWaiting();
    }
  }
}

function refusal(topic: string): string {
  return `topic(${topic}) has no channel: a tail would take the messages that wait for the first one. ` +
    "--channel=<name> makes that channel, which stays; --force tails all the same";
}
