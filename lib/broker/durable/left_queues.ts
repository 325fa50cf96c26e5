import type { Kept } from "../../storage/barrier.ts";
import type { BrokerContext } from "../context.ts";
import type { Alarm } from "../scheduler.ts";
import type { TopicJournal } from "./topic_journal.ts";

/** After a commit that failed, the next attempt comes after so long. */
const RETRY_MS = 1000;

/** The disk queues of a topic that has become durable: they go when the journal, which has all their messages, is safe. */
export class LeftQueues {
  /** Resolves when they are gone, or the first attempt at that has failed. */
  readonly gone: Promise<void>;
  readonly #journal: TopicJournal;
  readonly #context: BrokerContext;
  readonly #resolve: () => void;
  readonly #alarm: Alarm;
  /** Empty when they are gone. */
  #removals: readonly (() => void)[];

  /** @param removals each removes one queue, and throws what that throws */
  constructor(journal: TopicJournal, removals: readonly (() => void)[], context: BrokerContext) {
    this.#journal = journal;
    this.#removals = removals;
    this.#context = context;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#resolve = resolve;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: () => this.#commit() };
    this.#commit();
  }

  /** The journal is safe, or the topic deleted. */
  remove(): void {
    const removals = this.#removals, { logger } = this.#context;
    this.#removals = [];
    this.stop();
    for (const remove of removals) {
      try {
        remove();
      } catch (error) { // its messages come once more after the next start
        logger.error(
          `TOPIC(${this.#journal.name}): a disk queue stays behind - ${(error as Error).message}`,
        );
      }
    }
  }

  /** They stay where they are: the next start finds them. */
  stop(): void {
    this.#context.scheduler.cancel(this.#alarm);
    this.#resolve();
  }

  #commit(): void {
    const { barrier } = this.#context;
    const { required, promise } = barrier.apart(() => this.#journal.requireCommit());
    barrier.wait(required, { onPassed: () => this.#passed(promise) });
  }

  #passed(promise: Kept | null): void {
    const { scheduler, clock } = this.#context;
    if (this.#removals.length === 0) return;
    if (promise?.error == null) return this.remove();
    this.#resolve();
    scheduler.set(this.#alarm, clock.update() + RETRY_MS);
  }
}
