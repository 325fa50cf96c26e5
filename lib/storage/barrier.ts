/** Who has an answer that waits: a connection whose output may not leave yet. */
export interface Waiter {
  /** The number that was waited for has passed. */
  onPassed(): void;
}

/** What an answer promises. When its number has passed, either it is kept, or `error` says why not. */
export interface Kept {
  readonly error: Error | null;
}

/**
 * Holds answers back until what they promise is on the disk, without holding back anybody else. Whoever writes (a disk queue, a
 * journal) issues a number for the sync that is to come, requires it of the answer that is about to be given, and passes it when that
 * sync has ended. An answer waits for one number: the numbers before it pass first, as syncs are short and end about in the order they began.
 *
 *     publish ─► append ─► issue(), require(n)        sync ends ─► pass(n) ─► onPassed()
 *        └─► OK into the output ─► required ─► isPassed(n)? send : wait(n, connection)
 */
export class Barrier {
  /** The highest number required since {@link begin}; 0 for none. */
  #required = 0;
  #promise: Kept | null = null;
  #issued = 0;
  /** Numbers issued and not passed, ascending. */
  readonly #open = new Set<number>();
  /** The first of them; Infinity where there is none. */
  #firstOpen = Infinity;
  #waiting: { number: number; waiter: Waiter }[] = [];

  /** A new number, of something that is not on the disk yet. */
  issue(): number {
    this.#open.add(++this.#issued);
    if (this.#open.size === 1) this.#firstOpen = this.#issued;
    return this.#issued;
  }

  /** The answer to what is being done now has to wait for `number`. @param promise what it promises, if that may fail */
  require(number: number, promise: Kept | null = null): void {
    if (number > this.#required) this.#required = number;
    if (promise !== null) this.#promise = promise;
  }

  /** Begins something that will be answered: what others had required is not its business. */
  begin(): void {
    this.#required = 0;
    this.#promise = null;
  }

  /** Does something in the middle of something else that will be answered. @returns what `act` requires; that has nothing to do with the answer */
  apart(act: () => void): { required: number; promise: Kept | null } {
    const required = this.#required, promise = this.#promise;
    this.begin();
    try {
      act();
      return { required: this.#required, promise: this.#promise };
    } finally {
      this.#required = required;
      this.#promise = promise;
    }
  }

  /** What has been required since {@link begin}; 0 for nothing. */
  get required(): number {
    return this.#required;
  }

  /** What the answer promises that may fail; null for nothing. */
  get promise(): Kept | null {
    return this.#promise;
  }

  /** Whether an answer that waits for `number` may leave; always true for 0. */
  isPassed(number: number): boolean {
    return number < this.#firstOpen;
  }

  /** `waiter` is told when `number`, which has not passed yet, has. */
  wait(number: number, waiter: Waiter): void {
    this.#waiting.push({ number, waiter });
  }

  /** Resolves when `number` has passed. */
  passed(number: number): Promise<void> {
    if (this.isPassed(number)) return Promise.resolve();
    return new Promise((resolve) => this.wait(number, { onPassed: resolve }));
  }

  /** What `number` was issued for has happened. */
  pass(number: number): void {
    this.#open.delete(number);
    if (number !== this.#firstOpen) return; // those behind still wait for the first
    this.#firstOpen = this.#open.values().next().value ?? Infinity;
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (this.isPassed(each.number)) each.waiter.onPassed();
      else this.#waiting.push(each);
    }
  }
}
