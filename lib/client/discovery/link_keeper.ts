import type { Logger } from "../../log/logger.ts";
import { wait } from "../../wait.ts";
import { NotJoinedError } from "../consumer/join.ts";
import { retryDelayMs } from "./retry_delay.ts";

/** A link that was over sooner counts as a failed attempt: what accepts and closes at once is not asked without end. */
const STABLE_MS = 5000;

/** As after so many failures: what there is nothing to join of is tried again after about a second. */
const OUT_FAILURES = 2;

/** A link that was there for long is opened again at once, but not by all clients in the same instant. */
const AT_ONCE_MS = 50;

/** What a keeper keeps: resolves with the reason when it is over. */
export interface Keepable {
  readonly closed: Promise<Error>;
}

/** What {@link LinkKeeper} needs. */
export interface KeeperContext<L extends Keepable> {
  readonly logger: Logger;
  open(address: string, signal: AbortSignal): Promise<L>;
  opened(link: L): void;
  /** Resolves when it may be opened again. */
  closed(link: L): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
}

/** Keeps a link to one nsqd: opens it, and opens another one when it is lost, until it is told to stop. */
export class LinkKeeper<L extends Keepable> {
  readonly #context: KeeperContext<L>;
  readonly #stopping = new AbortController();
  /** The link while it is open. */
  link: L | null = null;
  /** Resolves when the first attempt has succeeded or failed. */
  readonly attempted: Promise<void>;
  #onAttempted: () => void = () => {};
  /** The last attempt. Never rejects. */
  #opening: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #lastFailure = "";
  /** The last attempt found that there is nothing to join. */
  #isOut = false;

  constructor(readonly address: string, context: KeeperContext<L>) {
    this.#context = context;
    this.attempted = new Promise((resolve) => this.#onAttempted = resolve);
  }

  /** Begins. */
  start(): void {
    void this.#run();
  }

  /** Opens no further link; resolves when one that was being opened is given up. The one that is open stays. */
  stop(): Promise<unknown> {
    this.#stopping.abort();
    return this.#opening;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { logger, nowMs } = this.#context;
    while (!signal.aborted) {
      const opening = this.#open();
      this.#opening = opening;
      const link = await opening;
      this.#onAttempted();
      if (link !== null) {
        const openedMs = nowMs();
        const reason = await link.closed;
        const wasStable = nowMs() - openedMs >= STABLE_MS;
        if (wasStable) this.#failures = 0;
        this.link = null;
        if (!signal.aborted) {
          logger.warn(`(${this.address}) connection lost - ${reason.message} (connecting again)`);
        }
        await this.#context.closed(link);
        if (signal.aborted) return;
        if (wasStable) {
          await wait(this.#context.random() * AT_ONCE_MS, signal);
          continue;
        }
      }
      await wait(this.#retryDelayMs, signal);
    }
  }

  /** What keeps out of the way looks again soon: it may be let in at any time, and nothing is wrong. */
  get #retryDelayMs(): number {
    const { random } = this.#context;
    return this.#isOut
      ? retryDelayMs(OUT_FAILURES, random)
      : retryDelayMs(this.#failures++, random);
  }

  /** Null, reported, if it fails. */
  async #open(): Promise<L | null> {
    const { logger, opened } = this.#context;
    const { signal } = this.#stopping;
    try {
      logger.info(`(${this.address}) connecting to nsqd`);
      const link = await this.#context.open(this.address, signal);
      this.link = link;
      this.#lastFailure = "";
      this.#isOut = false;
      opened(link);
      return link;
    } catch (error) {
      this.#isOut = error instanceof NotJoinedError;
      if (this.#isOut) logger.info(`(${this.address}) ${(error as Error).message}`);
      else if (!signal.aborted) {
        this.#report(`error connecting to nsqd - ${(error as Error).message}`);
      }
      return null;
    }
  }

  /** Says what is wrong once, however often it is tried again. */
  #report(failure: string): void {
    const { logger } = this.#context;
    const text = `(${this.address}) ${failure}`;
    if (failure === this.#lastFailure) logger.debug(text);
    else logger.error(`${text} (trying again)`);
    this.#lastFailure = failure;
  }
}
