/**
 * Something that is made anew while it is in use, such as what holds a certificate. Who uses the old
 * one goes on with it; it is closed when the last of them has done.
 */
export class Replaceable<T> {
  readonly #close: (thing: T) => void;
  #current: { readonly thing: T; users: number };

  constructor(thing: T, close: (thing: T) => void) {
    this.#close = close;
    this.#current = { thing, users: 0 };
  }

  get current(): T {
    return this.#current.thing;
  }

  /** Does `work` with the current one, which stays open meanwhile. */
  async use<R>(work: (thing: T) => Promise<R>): Promise<R> {
    const used = this.#current;
    used.users++;
    try {
      return await work(used.thing);
    } finally {
      used.users--;
      if (used.users === 0 && used !== this.#current) this.#close(used.thing);
    }
  }

  /** From now on `thing` is used. */
  replace(thing: T): void {
    const old = this.#current;
    this.#current = { thing, users: 0 };
    if (old.users === 0) this.#close(old.thing);
  }

  /** Closes the current one at once, whoever uses it. */
  close(): void {
    this.#close(this.#current.thing);
  }
}
