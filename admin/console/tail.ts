/**
 * Shows what is published to a topic, live: consumes from a channel of its own, which nsqd deletes
 * when the page is left. So a tail takes no message from anybody else, and costs the brokers one
 * more copy of what it takes.
 *
 * Everything about it is bounded: messages shown and taken per second, bytes of a body, bytes that
 * wait for a slow browser, tails at once, and how long one lasts.
 */
import { Consumer, type Message } from "../../lib/client/mod.ts";
import type { Logger } from "../../lib/log/logger.ts";
import type { TailBody, TailEvent } from "./contract.ts";

/** Tails at once, for all viewers. */
const MAX_TAILS = 8;

/** A tail that somebody forgot ends after this. */
const MAX_TAIL_MS = 30 * 60_000;

/** Bytes of a body that are shown. */
const MAX_BODY_BYTES = 8 * 1024;

/** Bytes that may wait for the browser; what comes then is counted, not shown. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** The limits below are for so long. */
const TICK_MS = 250;
const SHOWN_PER_TICK = 25;
/** What is taken over that pauses the consumer until the next tick. */
const TAKEN_PER_TICK = 500;
const MAX_IN_FLIGHT = 100;

export interface TailTarget {
  topic: string;
  /** Name of the channel that is made for it. */
  channel: string;
  /** "host:port" of the nsqds' TCP ports. */
  nsqd: string[];
}

/** The tails under way. */
export class Tails {
  readonly #logger: Logger;
  readonly #open = new Set<Tail>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_TAILS;
  }

  /** Lines of JSON, one {@link TailEvent} each, until the reader goes or it has lasted too long. */
  start(target: TailTarget): ReadableStream<Uint8Array> {
    const tail = new Tail(target, this.#logger, () => this.#open.delete(tail));
    this.#open.add(tail);
    return tail.stream;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open].map((tail) => tail.stop("the console stops")));
  }
}

class Tail {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #consumer: Consumer;
  readonly #onEnd: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #ticker: ReturnType<typeof setInterval>;
  #ticksLeft = MAX_TAIL_MS / TICK_MS;
  #shown = 0;
  #taken = 0;
  #skipped = 0;
  #isHeld = false;
  #isEnded = false;

  constructor(target: TailTarget, logger: Logger, onEnd: () => void) {
    this.#onEnd = onEnd;
    const { topic, channel, nsqd } = target;
    this.#consumer = new Consumer({ topic, channel, nsqd, maxInFlight: MAX_IN_FLIGHT, logger });
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.stop(""),
    }, { highWaterMark: MAX_WAITING_BYTES, size: (line) => line.length });
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    // Not before: what is published from then on is shown.
    void this.#consumer.ready.then(() => this.#send({ kind: "open", channel, nodes: nsqd }));
    this.#consumer.run((message) => this.#take(message)).then(
      () => this.#end("the consumer stopped"),
      (error) => this.#end((error as Error).message),
    );
  }

  /** @param reason told to the reader, if it is still there */
  async stop(reason: string): Promise<void> {
    this.#end(reason);
    await this.#consumer.stop(0);
  }

  #take(message: Message): void {
    this.#taken++;
    const isWaiting = (this.#controller.desiredSize ?? 0) <= 0;
    if (this.#shown >= SHOWN_PER_TICK || isWaiting || this.#isEnded) {
      this.#skipped++;
    } else {
      this.#shown++;
      this.#send({
        kind: "message",
        id: message.id,
        node: message.nsqd,
        atMs: Number(message.timestampNs / 1_000_000n),
        attempts: message.attempts,
        ...shownBody(message.body),
      });
    }
    if (this.#taken < TAKEN_PER_TICK || this.#isHeld) return;
    this.#isHeld = true;
    this.#consumer.setMaxInFlight(0);
  }

  #tick(): void {
    if (--this.#ticksLeft <= 0) {
      void this.stop(`it has lasted ${MAX_TAIL_MS / 60_000} minutes`);
      return;
    }
    if (this.#skipped > 0) this.#send({ kind: "skipped", count: this.#skipped });
    this.#shown = this.#taken = this.#skipped = 0;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#consumer.setMaxInFlight(MAX_IN_FLIGHT);
  }

  #send(event: TailEvent): void {
    if (this.#isEnded) return;
    this.#controller.enqueue(new TextEncoder().encode(JSON.stringify(event) + "\n"));
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    if (reason !== "") this.#send({ kind: "end", reason });
    this.#isEnded = true;
    clearInterval(this.#ticker);
    if (reason !== "") this.#controller.close(); // else the reader has closed it
    this.#onEnd();
  }
}

/** The start of a body, as text if it is text. */
export function shownBody(body: Uint8Array): TailBody {
  const sizeBytes = body.length;
  const start = body.subarray(0, MAX_BODY_BYTES);
  try {
    // As a stream, a character that is cut at the end is no error.
    const text = new TextDecoder("utf-8", { fatal: true })
      .decode(start, { stream: start.length < sizeBytes });
    if (!text.includes("\0")) return { body: text, isText: true, sizeBytes };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // A TypeError: it is no text.
  }
  const hex = [...start.subarray(0, MAX_BODY_BYTES / 8)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return { body: hex, isText: false, sizeBytes };
}
