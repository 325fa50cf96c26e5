/** Commits whose failure is remembered. */
const REMEMBERED = 64;

/** Why commits did not cover a topic. */
export class CommitFailures {
  /** How many have failed since the last that did not. */
  inARow = 0;
  readonly #last: { number: number; error: Error }[] = [];

  /** A commit failed. */
  add(number: number, error: Error): void {
    this.#last.push({ number, error });
    if (this.#last.length > REMEMBERED) this.#last.shift();
  }

  /** Why the last one failed; null if a later one did not. */
  get present(): Error | null {
    return this.inARow === 0 ? null : this.#last.at(-1)!.error;
  }

  /** Why this one failed; null if it did not, or long ago. */
  of(commit: number): Error | null {
    return this.#last.find(({ number }) => number === commit)?.error ?? null;
  }
}
