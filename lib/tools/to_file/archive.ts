/** Writes one topic to files: a message is finished only when it is on disk. */

import type { Consumer, Message } from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import type { RotatingFile } from "./rotating_file.ts";

/** What an {@link Archive} works with. */
export interface ArchiveParts {
  readonly consumer: Pick<Consumer, "run" | "stop" | "isStarved">;
  readonly file: RotatingFile;
  /** Its lines should begin with topic and channel. */
  readonly logger: Logger;
}

/** After so much the event loop gets its turn: compressing it takes about 60 ms. */
const BYTES_PER_TURN = 4 * 1024 * 1024;

/** When an {@link Archive} syncs, and what it does with empty files. */
export interface ArchiveSettings {
  /** Messages wait so long at most until they are synced and finished. */
  readonly syncIntervalMs: number;
  /** Whether no file is opened before there is a message for it. */
  readonly skipEmptyFiles: boolean;
}

/**
 * One loop does all: it takes the messages that have come, writes them, and syncs when the
 * interval is over or the consumer gets nothing more until messages are finished. What comes while
 * it syncs waits, and is bounded by max-in-flight.
 *
 *     consumer ─► waiting ─► written ─► synced ─► finished
 */
export class Archive {
  readonly #parts: ArchiveParts;
  readonly #settings: ArchiveSettings;
  #waiting: Message[] = [];
  #written: Message[] = [];
  #wake: () => void = () => {};
  #intervalIsOver = false;
  #reopenWanted = false;
  #isStopping = false;
  #consumerHasEnded = false;
  #hasFailed = false;

  constructor(parts: ArchiveParts, settings: ArchiveSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /**
   * Resolves after {@link stop}, with all that was finished on disk.
   *
   * @throws Error of the file system, after what was not synced has been requeued; of the consumer
   */
  async run(): Promise<void> {
    const { consumer } = this.#parts;
    const timer = setInterval(() => {
      this.#intervalIsOver = true;
      this.#wake();
    }, this.#settings.syncIntervalMs);
    const consumed = consumer.run((message) => this.#receive(message), {
      manual: true,
      reuseBodies: true, // written before they are answered
    })
      .finally(() => {
        this.#consumerHasEnded = true;
        this.#wake();
      });
    try {
      const outcomes = await Promise.allSettled([this.#writeAll(), consumed]);
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    } finally {
      clearInterval(timer);
    }
  }

  /** Takes no more messages, finishes those it has, closes the file. {@link run} resolves then. */
  stop(): void {
    this.#isStopping = true;
    this.#wake();
    // Fails only as run() does, which is awaited.
    this.#parts.consumer.stop().catch(() => {});
  }

  /** Closes the file; the next message opens another, or the same one anew. */
  reopen(): void {
    this.#reopenWanted = true;
    this.#wake();
  }

  #receive(message: Message): void {
    if (this.#hasFailed) return requeue(message);
    this.#waiting.push(message);
    if (this.#waiting.length === 1) this.#wake();
  }

  async #writeAll(): Promise<void> {
    try {
      while (!this.#consumerHasEnded || this.#waiting.length > 0) {
        if (this.#isIdle()) await new Promise<void>((resolve) => this.#wake = resolve);
        await this.#step();
      }
      await this.#sync();
      await this.#parts.file.close();
    } catch (error) {
      const { path } = this.#parts.file;
      await this.#giveUp();
      throw new Error(`cannot write ${path} - ${(error as Error).message}`, { cause: error });
    }
  }

  #isIdle(): boolean {
    return this.#waiting.length === 0 && !this.#intervalIsOver && !this.#reopenWanted &&
      !(this.#isStopping && this.#written.length > 0) && !this.#consumerHasEnded;
  }

  async #step(): Promise<void> {
    const { file, consumer } = this.#parts;
    const intervalIsOver = this.#intervalIsOver;
    this.#intervalIsOver = false;
    if (intervalIsOver && file.needsRotation()) await this.#rotateIdleFile();
    await this.#write();
    const reopenWanted = this.#reopenWanted;
    this.#reopenWanted = false;
    if (intervalIsOver || reopenWanted || this.#isStopping || consumer.isStarved) {
      await this.#sync();
    }
    if (reopenWanted) await file.close();
  }

  /** An interval is over and its file too, whether there is a message for the next or not. */
  async #rotateIdleFile(): Promise<void> {
    await this.#sync();
    await (this.#settings.skipEmptyFiles ? this.#parts.file.close() : this.#parts.file.rotate());
  }

  async #write(): Promise<void> {
    const { file } = this.#parts;
    const messages = this.#waiting;
    this.#waiting = [];
    let next = 0, bytes = 0;
    try {
      for (; next < messages.length; next++) {
        if (file.needsRotation()) {
          await this.#sync();
          await file.rotate();
        }
        const message = messages[next]!;
        file.append(message.body);
        this.#written.push(message);
        bytes += message.body.length;
        if (bytes >= BYTES_PER_TURN) {
          bytes = 0;
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
      file.flush();
    } finally {
      if (next < messages.length) this.#waiting = [...messages.slice(next), ...this.#waiting];
    }
  }

  /** Writes all to disk, then finishes it. */
  async #sync(): Promise<void> {
    await this.#parts.file.sync();
    const messages = this.#written;
    if (messages.length === 0) return;
    this.#parts.logger.debug(`synced ${messages.length} messages to disk`);
    this.#written = [];
    for (const message of messages) message.finish();
  }

  /** Gives back what is not safe, and what comes until the consumer has stopped. */
  async #giveUp(): Promise<void> {
    this.#hasFailed = true;
    for (const message of [...this.#written, ...this.#waiting]) requeue(message);
    this.#written = [];
    this.#waiting = [];
    try {
      this.#parts.file.abandon();
    } catch (error) {
      this.#parts.logger.error(`cannot tidy up the file - ${(error as Error).message}`);
    }
    await this.#parts.consumer.stop();
  }
}

/** Gives a message to another consumer, now. */
function requeue(message: Message): void {
  message.requeue(0, { backoff: false });
}
