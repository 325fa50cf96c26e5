import type { HttpConsumer } from "./http_consumer.ts";
import type { HttpConsumers } from "./http_consumers.ts";

/** Something is sent at least so often: proxies close what is silent, and who has gone is noticed. */
const HEARTBEAT_MS = 15_000;

/** How messages are sent as they come. */
export interface StreamOptions {
  /** So many may be unanswered. */
  count: number;
  /** Whether they are finished as soon as they are sent. */
  isAuto: boolean;
  /** Server-sent events; else lines of JSON. */
  isEvents: boolean;
}

const encoder = new TextEncoder();

/** An answer that goes on until its client leaves, the channel is deleted, or the broker stops: one message after the other. */
export function streamMessages(
  consumers: HttpConsumers,
  consumer: HttpConsumer,
  options: StreamOptions,
): Response {
  const stream = new MessageStream(consumers, consumer, options);
  const body = new ReadableStream<Uint8Array>(stream, { highWaterMark: 0 });
  return new Response(body, {
    headers: {
      "Content-Type": options.isEvents
        ? "text/event-stream; charset=utf-8"
        : "application/x-ndjson; charset=utf-8",
      "Cache-Control": "no-store, no-transform",
      "X-Accel-Buffering": "no", // nginx would keep it back
      "X-NSQ-Content-Type": "nsq; version=1.0",
    },
  });
}

class MessageStream implements UnderlyingDefaultSource<Uint8Array> {
  readonly #consumers: HttpConsumers;
  readonly #consumer: HttpConsumer;
  readonly #options: StreamOptions;
  #isFirst = true;
  #ended = false;
  /** Ids of those that are on their way: when more is asked for, they have been sent. */
  #sending: Uint8Array[] = [];
  /** Resolves the wait for messages. */
  #wake: () => void = () => {};
  #hasMessages = false;

  constructor(consumers: HttpConsumers, consumer: HttpConsumer, options: StreamOptions) {
    this.#consumers = consumers;
    this.#consumer = consumer;
    this.#options = options;
  }

  start(): void {
    this.#consumer.listener = {
      onMessages: () => {
        this.#hasMessages = true;
        this.#wake();
      },
      onEnd: () => {
        this.#ended = true;
        this.#wake();
      },
    };
    this.#consumer.subscription.setReady(this.#options.count);
  }

  /** The client has taken what there was: the next piece, as soon as there is one. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#options.isAuto) this.#consumer.finish(this.#sending);
    this.#sending = [];
    if (this.#isFirst) {
      this.#isFirst = false;
      return controller.enqueue(this.#heartbeat()); // the client learns that it is there
    }
    if (!this.#hasMessages && !this.#ended) await this.#wait();
    if (this.#hasMessages) controller.enqueue(this.#nextPiece());
    else if (this.#ended) controller.close();
    else controller.enqueue(this.#heartbeat());
    if (this.#ended) this.#leave();
  }

  cancel(): void {
    this.#leave();
  }

  async #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, HEARTBEAT_MS);
    await promise;
    clearTimeout(timer);
  }

  #nextPiece(): Uint8Array {
    this.#hasMessages = false;
    const { texts, ids } = this.#consumer.takeBatch();
    this.#sending = ids;
    this.#consumer.subscription.resume();
    const text = this.#options.isEvents
      ? texts.map((each) => `data: ${each}\n\n`).join("")
      : texts.join("\n") + "\n";
    return encoder.encode(text);
  }

  #heartbeat(): Uint8Array {
    return encoder.encode(this.#options.isEvents ? ":\n\n" : "\n");
  }

  /** What was not sent is queued again at once; what was may still be answered. */
  #leave(): void {
    this.#ended = true;
    this.#wake();
    const { ids } = this.#consumer.takeBatch();
    this.#consumer.giveBack(this.#options.isAuto ? [...this.#sending, ...ids] : ids);
    this.#sending = [];
    this.#consumers.leave(this.#consumer);
  }
}
