import type { Logger } from "../../log/logger.ts";
import { OK } from "../../wire/protocol.ts";
import { Connection, type ConnectionEvents } from "../connection/connection.ts";
import type { ResolvedConnectionOptions } from "../options/options.ts";
import type { Batch } from "./batch.ts";
import { isDraining, verdictOn } from "./error.ts";

/** Bytes and batches that may wait for an nsqd's answers: more would only wait there instead of here. */
const WINDOW_BYTES = 2 * 1024 * 1024;
const WINDOW_BATCHES = 256;

/** Pause before an nsqd is tried again: doubled by each failure. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/** What a node tells of its batches and of itself. */
export interface NodeEvents {
  /** Takes batches from now on. */
  onReady(node: ProducerNode): void;
  /** nsqd has stored it. */
  onAcknowledged(node: ProducerNode, batch: Batch): void;
  /** nsqd has answered with an error. */
  onRefused(node: ProducerNode, batch: Batch, errorText: string): void;
  /** The connection is gone. `sent` had no answer; with `areUnread` nsqd has not looked at it. */
  onLost(node: ProducerNode, sent: readonly Batch[], reason: string, areUnread: boolean): void;
  /** Could not be reached. */
  onUnreachable(node: ProducerNode): void;
}

/** What a node needs. */
export interface NodeContext {
  readonly options: ResolvedConnectionOptions;
  readonly logger: Logger;
  readonly events: NodeEvents;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** One nsqd that messages are published to: keeps a connection, and knows what was sent and not answered. */
export class ProducerNode {
  /** Failures since it last stored something. */
  failures = 0;
  /** Attempts to connect that have failed since the last one that did not. */
  failedDials = 0;
  /** The last of them. */
  lastError = "";
  /** Sent and not answered, first sent first. */
  readonly unanswered: Batch[] = [];

  readonly #context: NodeContext;
  #connection: Connection | null = null;
  #unansweredBytes = 0;
  /** The last attempt. Never rejects. */
  #connecting = Promise.resolve();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #closing = new AbortController();
  /** nsqd has answered with an error, and reads no more. */
  #hasRefused = false;

  constructor(readonly address: string, context: NodeContext) {
    this.#context = context;
  }

  /** Connects, again and again until it succeeds or the node is closed. */
  start(): void {
    this.#connecting = this.#connect();
  }

  get isConnected(): boolean {
    return this.#connection !== null;
  }

  /** Whether it is connected, or is about to be for all that is known. */
  get isExpected(): boolean {
    return this.#connection !== null || this.failures === 0;
  }

  /** Whether one more batch may be sent. */
  get hasRoom(): boolean {
    return this.#connection !== null && this.#unansweredBytes < WINDOW_BYTES &&
      this.unanswered.length < WINDOW_BATCHES;
  }

  /** Bytes that wait for answers: the smaller, the sooner nsqd will come to the next. */
  get load(): number {
    return this.#unansweredBytes;
  }

  /** Sends a batch; only while it {@link hasRoom}. */
  send(batch: Batch): void {
    const connection = this.#connection!;
    batch.tries++;
    batch.sentMs = this.#context.nowMs();
    this.unanswered.push(batch);
    this.#unansweredBytes += batch.length;
    batch.writeTo(connection.output);
    connection.scheduleFlush();
  }

  /** Gives up the connection; what was not answered is reported as lost. It is opened again. */
  drop(reason: string): void {
    this.#connection?.close(new Error(reason));
  }

  /** Ends for good; resolves when a connection that was being opened is closed, too. */
  close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retryTimer);
    this.#connection?.close();
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const { options, logger, events } = this.#context;
    const { signal } = this.#closing;
    try {
      this.#hasRefused = false;
      const connection = await Connection.open(this.address, options, this.#events(), {
        logger,
        signal,
      });
      if (signal.aborted) return connection.close();
      this.#connection = connection;
      this.failedDials = 0;
      logger.info(`(${this.address}) connected`);
      events.onReady(this);
    } catch (error) {
      if (signal.aborted) return;
      this.failedDials++;
      this.#failed((error as Error).message);
      events.onUnreachable(this);
    }
  }

  #events(): ConnectionEvents {
    return {
      onMessage: () => this.drop("received a message, which was not asked for"),
      onResponse: (text) => text === OK ? this.#onOk() : this.drop(`unexpected answer ${text}`),
      onError: (text) => this.#onError(text),
      onClose: (reason) => this.#onClose(reason),
    };
  }

  #onOk(): void {
    const batch = this.#answered();
    if (batch === undefined) return this.drop("received an answer without a question");
    this.failures = 0;
    this.#context.events.onAcknowledged(this, batch);
  }

  /** All errors that answer a publish are fatal: nsqd closes, and reads nothing that was sent behind. */
  #onError(text: string): void {
    const batch = this.#answered();
    this.#hasRefused = true;
    if (batch !== undefined) this.#context.events.onRefused(this, batch, text);
    this.drop(text);
  }

  #onClose({ message }: Error): void {
    const { events, logger } = this.#context;
    if (this.#connection === null) return; // closed while it was opened: reported by #connect
    this.#connection = null;
    const lost = this.unanswered.splice(0);
    this.#unansweredBytes = 0;
    if (!this.#closing.signal.aborted) {
      // What a message is refused for is no fault of the nsqd.
      if (this.#hasRefused && verdictOn(message) === "refused") this.#retryAfter(0);
      else this.#failed(message);
    } else logger.info(`(${this.address}) disconnected`);
    events.onLost(this, lost, message, this.#hasRefused);
  }

  #answered(): Batch | undefined {
    const batch = this.unanswered.shift();
    if (batch !== undefined) this.#unansweredBytes -= batch.length;
    return batch;
  }

  #failed(reason: string): void {
    const { logger, random } = this.#context;
    // The first failure is news; that it goes on is not.
    const text = `(${this.address}) ${reason}`;
    if (reason === this.lastError && this.failures > 0) logger.info(text);
    else logger.warn(text);
    this.lastError = reason;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.failures++, MAX_PAUSE_MS);
    // One that drains would connect, and refuse the next message too.
    this.#retryAfter((isDraining(reason) ? MAX_PAUSE_MS : pauseMs) * (1 + random()) / 2);
  }

  #retryAfter(pauseMs: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.start(), pauseMs);
  }
}
