import type { Logger } from "../../log/logger.ts";
import type { Message } from "./message.ts";
import type { MessageQueue } from "./message_queue.ts";

/** Deals with a message. Returns: it is finished. Throws or rejects: it comes again. */
export type Handler = (message: Message) => void | Promise<void>;

/** How messages are handled. */
export interface RunOptions {
  /** Handlers at work at a time, where they return promises. Default 1. */
  concurrency?: number;
  /** The handler answers its messages itself, perhaps later. */
  manual?: boolean;
  /**
   * The handler keeps no `body` beyond its message's answer: its memory is received into again then, and another message shows in
   * it. Saves memory where much is in flight.
   */
  reuseBodies?: boolean;
}

/** Hands messages to a handler in the order in which they came, and answers for it. */
export class HandlerPool {
  /** Handlers that have not come to their end. */
  active = 0;
  readonly #concurrency: number;
  readonly #manual: boolean;
  #onIdle: (() => void) | null = null;

  constructor(
    readonly handler: Handler,
    readonly logger: Logger,
    /** Messages for which no handler is free. */
    readonly waiting: MessageQueue,
    { concurrency = 1, manual = false }: RunOptions,
  ) {
    if (!(concurrency >= 1)) throw new RangeError(`concurrency ${concurrency} is less than 1`);
    this.#concurrency = concurrency;
    this.#manual = manual;
  }

  /** Handles a message, now if a handler is free. */
  readonly take = (message: Message): void => {
    if (this.active >= this.#concurrency) this.waiting.push(message);
    else this.#handle(message);
  };

  /** Resolves when no handler is at work. */
  idle(): Promise<void> {
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle = resolve);
  }

  /** Nothing is made for a message whose handler returns no promise. */
  #handle(message: Message): void {
    let result: void | Promise<void>;
    try {
      result = this.handler(message);
    } catch (error) {
      return this.#failed(message, error);
    }
    if (typeof result?.then === "function") this.#await(message, result);
    else if (!this.#manual) message.owner.finish(message);
  }

  #await(message: Message, result: Promise<void>): void {
    this.active++;
    result.then(() => {
      if (!this.#manual) message.owner.finish(message);
    }, (error) => this.#failed(message, error)).finally(() => {
      this.active--;
      this.#handleWaiting();
      if (this.active === 0) this.#onIdle?.();
    });
  }

  #handleWaiting(): void {
    while (this.active < this.#concurrency) {
      const message = this.waiting.shift();
      if (message === undefined) return;
      this.#handle(message);
    }
  }

  #failed(message: Message, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.logger.error(`handler failed (${why}) for msg ${message.id}`);
    if (!this.#manual) message.requeue();
  }
}
