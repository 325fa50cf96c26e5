/** Prints messages, and finishes each when it is printed. */

import type { Message } from "../../client/mod.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { OutputMemory } from "../../wire/output_memory.ts";
import type { Format } from "./format.ts";

/** With so much for the next write, further messages wait as they are: a copy of all that is in flight is not needed. */
const WRITE_BYTES = 256 * 1024;

/** Where a {@link Printer} writes. */
export interface Sink {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** What a {@link Printer} tells whoever made it. */
export interface PrinterEvents {
  /** As many messages are printed as were wanted. */
  onEnough(): void;
  /** The sink takes no more; what was not printed has been requeued. */
  onError(error: Error): void;
}

/**
 * Collects what comes while a write is under way, and writes it with the next. A sink that is slow
 * holds up the messages, so that no more come than may be in flight.
 */
export class Printer {
  readonly #sink: Sink;
  readonly #limit: number;
  readonly #events: PrinterEvents;
  readonly #output = new OutputBuffer(new OutputMemory());
  /** Messages in the output. */
  #messages: Message[] = [];
  /** Messages behind those in the output. */
  #waiting: { message: Message; format: Format }[] = [];
  /** Messages printed, in the output, or behind it. */
  #taken = 0;
  #isWriting = false;
  #isClosed = false;

  /** @param limit messages that are wanted; Infinity for all */
  constructor(sink: Sink, limit: number, events: PrinterEvents) {
    this.#sink = sink;
    this.#limit = limit;
    this.#events = events;
  }

  /** Prints a message soon, or requeues it when it is one too many. */
  print(message: Message, format: Format): void {
    if (this.#isClosed || this.#taken >= this.#limit) return requeue(message);
    this.#taken++;
    if (this.#output.length >= WRITE_BYTES) this.#waiting.push({ message, format });
    else this.#add(message, format);
    if (this.#isWriting) return;
    this.#isWriting = true;
    queueMicrotask(() => void this.#writeAll());
  }

  #add(message: Message, format: Format): void {
    format(this.#output, message);
    this.#messages.push(message);
  }

  /** After the output was taken: those that have waited come before all that come now. */
  #addWaiting(): void {
    let count = 0;
    while (count < this.#waiting.length && this.#output.length < WRITE_BYTES) {
      const { message, format } = this.#waiting[count++]!;
      this.#add(message, format);
    }
    this.#waiting.splice(0, count);
  }

  async #writeAll(): Promise<void> {
    let messages: Message[] = [];
    try {
      while (this.#output.length > 0) {
        messages = this.#messages;
        this.#messages = [];
        const bytes = this.#output.take();
        this.#addWaiting();
        await this.#write(bytes);
        this.#output.release();
        for (const message of messages) message.finish();
        messages = [];
      }
    } catch (error) {
      this.#isClosed = true;
      const waiting = this.#waiting.splice(0).map(({ message }) => message);
      for (const message of [...messages, ...this.#messages, ...waiting]) requeue(message);
      this.#events.onError(error as Error);
      return;
    }
    this.#isWriting = false;
    if (this.#taken >= this.#limit) this.#events.onEnough();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#sink.write(bytes.subarray(at));
  }
}

/** Gives a message to another consumer, now. */
function requeue(message: Message): void {
  message.requeue(0, { backoff: false });
}
