import type { Logger } from "../../log/logger.ts";
import { formatDuration } from "../../go/duration.ts";
import type { BackoffStrategy } from "../options/options.ts";

/** Without a connection to test, it is tried again after this. */
const NO_CONNECTION_MS = 1000;

/** What {@link Backoff} needs and steers. */
export interface BackoffContext {
  readonly strategy: BackoffStrategy;
  readonly multiplierMs: number;
  /** 0 for no back-off. */
  readonly maxMs: number;
  readonly logger: Logger;
  /** No message may come. */
  pause(): void;
  /** One message may come. False if there is no connection. */
  test(): boolean;
  /** All may come. */
  resume(): void;
  /** A number in [0, 1). */
  random(): number;
  /** Calls `action` after `delayMs`, unless what it returns is called. */
  schedule(action: () => void, delayMs: number): () => void;
}

/**
 * Slows a consumer down after failures: nothing for a while that doubles with each failure, then one message as a test. A success
 * goes one level back.
 *
 *     going ──failure──► waiting (level 1, 2, ...) ──time──► testing ──failure──► waiting, one level up
 *       ▲                   ▲                                  │
 *       └── success at level 1                                 └──success──► waiting, one level down
 */
export class Backoff {
  /** 0: all is well. */
  level = 0;
  readonly #context: BackoffContext;
  /** Given while waiting: answers to messages that were in flight change nothing. */
  #cancel: (() => void) | null = null;

  constructor(context: BackoffContext) {
    this.#context = context;
  }

  succeeded(): void {
    if (this.level === 0 || this.#cancel !== null) return;
    this.level--;
    if (this.level > 0) return this.#wait();
    this.#context.logger.warn("exiting backoff");
    this.#context.resume();
  }

  failed(): void {
    if (this.#cancel !== null) return;
    const { maxMs } = this.#context;
    if (this.#fullMs(this.level + 1) <= maxMs) this.level++;
    if (this.level > 0) this.#wait();
  }

  /** Neither: a message was put off on purpose. While testing, the next one decides. */
  continued(): void {
    if (this.level > 0 && this.#cancel === null) this.#wait();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.level = 0;
  }

  #wait(): void {
    const { maxMs, logger, strategy, random } = this.#context;
    const fullMs = Math.min(this.#fullMs(this.level), maxMs);
    const waitMs = strategy === "full_jitter" ? Math.floor(random() * fullMs) : fullMs;
    logger.warn(
      `backing off for ${
        formatDuration(waitMs)
      } (backoff level ${this.level}), setting all to RDY 0`,
    );
    this.#context.pause();
    this.#schedule(waitMs);
  }

  #schedule(waitMs: number): void {
    this.#cancel = this.#context.schedule(() => {
      if (this.#context.test()) {
        this.#cancel = null;
        return;
      }
      this.#context.logger.warn("no connection available to resume");
      this.#schedule(NO_CONNECTION_MS);
    }, waitMs);
  }

  #fullMs(level: number): number {
    return this.#context.multiplierMs * 2 ** level;
  }
}
