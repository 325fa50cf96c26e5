import type { Producer, PublishError, PublishReceipt } from "../../client/mod.ts";

/** Failures that are told one by one. */
const MAX_TOLD_FAILURES = 10;

/** What came of all messages. With several producers each message counts once for each. */
export interface PublicationFigures {
  /** Given to the producers. */
  messages: number;
  bytes: number;
  acknowledged: number;
  /** Nsqds do not have them. */
  failed: number;
  /** Whether an nsqd has them nobody knows. */
  unknown: number;
  /** Acknowledged messages by nsqd. */
  nsqd: Record<string, number>;
}

/** Gives messages to producers and keeps account of what came of them. */
export class Publication {
  readonly figures: PublicationFigures = {
    messages: 0,
    bytes: 0,
    acknowledged: 0,
    failed: 0,
    unknown: 0,
    nsqd: {},
  };
  readonly #topic: string;
  readonly #producers: readonly Producer[];
  readonly #onFailure: (text: string) => void;
  /** Messages of the input. */
  #count = 0;
  readonly #onAcknowledged = ({ nsqd }: PublishReceipt): void => {
    const { figures } = this;
    figures.acknowledged++;
    figures.nsqd[nsqd] = (figures.nsqd[nsqd] ?? 0) + 1;
  };

  /** @param onFailure takes a line for the user; called for the first failures only */
  constructor(topic: string, producers: readonly Producer[], onFailure: (text: string) => void) {
    this.#topic = topic;
    this.#producers = producers;
    this.#onFailure = onFailure;
  }

  get hasFailed(): boolean {
    return this.figures.failed + this.figures.unknown > 0;
  }

  /** Whether {@link room} should be awaited before the next message. */
  get isFull(): boolean {
    for (const producer of this.#producers) if (producer.isFull) return true;
    return false;
  }

  async room(): Promise<void> {
    for (const producer of this.#producers) await producer.room();
  }

  /** Publishes a message with every producer. The body is copied. */
  publish(body: Uint8Array): void {
    const number = ++this.#count;
    for (const producer of this.#producers) {
      this.figures.messages++;
      this.figures.bytes += body.length;
      producer.publish(this.#topic, body).then(
        this.#onAcknowledged,
        (error: PublishError) => this.#failed(number, error),
      );
    }
  }

  /** Resolves when it is known of every message what came of it. */
  async close(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.close()));
  }

  #failed(number: number, error: PublishError): void {
    const { figures } = this;
    const isUnknown = error.acknowledged === "unknown";
    if (isUnknown) figures.unknown++;
    else figures.failed++;
    if (figures.failed + figures.unknown > MAX_TOLD_FAILURES) return;
    const what = isUnknown ? "may not have been published" : "was not published";
    this.#onFailure(`message ${number} ${what} - ${error.message}`);
  }
}
