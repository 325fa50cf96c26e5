/** How often it is looked whether somebody sleeps who should not, in ms. */
const LOOK_INTERVAL_MS = 1000;

/** What one sleeps for: a number in shared memory that changes. */
export interface Change {
  /** Resolves when it has changed, and the other side has said so. */
  readonly told: Promise<unknown>;
  /** Whether it has changed, said or not. */
  hasHappened(): boolean;
}

/** Somebody who sleeps. */
interface Sleep {
  /** What for; null for a turn of the event loop, which comes by itself. */
  readonly change: Change | null;
  /** Whether it slept already, and should not have, when it was looked last. */
  isOverdue: boolean;
  end(): void;
}

/**
 * Wakes up who should have been woken long ago. As far as the language promises there is nobody. But once in some thousand starts, on a busy machine, a
 * thread and the core stopped delivering until connections failed a minute later, and why was not found: if it is this, it is said, and costs two seconds.
 */
export class SleepWatch {
  readonly #sleeps = new Set<Sleep>();
  readonly #onLost: () => void;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param onLost told of each wake-up that was lost */
  constructor(onLost: () => void) {
    this.#onLost = onLost;
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS);
  }

  /** @param wake is called with what is to be called at the end of the sleep */
  sleep(change: Change | null, wake: (end: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const sleep: Sleep = {
        change,
        isOverdue: false,
        end: () => {
          this.#sleeps.delete(sleep);
          resolve();
        },
      };
      this.#sleeps.add(sleep);
      wake(sleep.end);
    });
  }

  /** Nobody is woken any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#sleeps.clear();
  }

  /** Twice in a row: what has just happened is on its way to be told. */
  #look(): void {
    for (const sleep of this.#sleeps) {
      if (sleep.change?.hasHappened() === false) sleep.isOverdue = false;
      else if (!sleep.isOverdue) sleep.isOverdue = true;
      else {
        this.#onLost();
        sleep.end();
      }
    }
  }
}
