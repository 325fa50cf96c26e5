const FIRST_CAPACITY = 4;

/** A first-in first-out list that allocates only when it grows. */
export class Fifo<T> {
  /** A ring whose length is a power of two. */
  #entries: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  /** The oldest, left in place. */
  peek(): T | undefined {
    return this.length === 0 ? undefined : this.#entries[this.#head & (this.#entries.length - 1)];
  }

  /** The newest, left in place. */
  peekNewest(): T | undefined {
    return this.length === 0
      ? undefined
      : this.#entries[(this.#tail - 1) & (this.#entries.length - 1)];
  }

  /** The entry that `index` others come before, left in place. */
  at(index: number): T | undefined {
    return index >= this.length
      ? undefined
      : this.#entries[(this.#head + index) & (this.#entries.length - 1)];
  }

  /** The oldest ones, left in place: up to `max`, as long as `isWanted` says so. */
  first(max: number, isWanted: (entry: T) => boolean): T[] {
    const first: T[] = [];
    for (let at = this.#head; at < this.#tail && first.length < max; at++) {
      const entry = this.#entries[at & (this.#entries.length - 1)]!;
      if (!isWanted(entry)) break;
      first.push(entry);
    }
    return first;
  }

  push(entry: T): void {
    if (this.length === this.#entries.length) this.#grow();
    this.#entries[this.#tail++ & (this.#entries.length - 1)] = entry;
  }

  /** Removes and returns the oldest. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const at = this.#head++ & (this.#entries.length - 1);
    const entry = this.#entries[at];
    this.#entries[at] = undefined;
    return entry;
  }

  /** Removes and returns the newest. */
  pop(): T | undefined {
    if (this.length === 0) return undefined;
    const at = --this.#tail & (this.#entries.length - 1);
    const entry = this.#entries[at];
    this.#entries[at] = undefined;
    return entry;
  }

  /** Removes all that `isKept` says no to. Takes time in proportion to the length. */
  keep(isKept: (entry: T) => boolean): void {
    for (let left = this.length; left > 0; left--) {
      const first = this.shift()!;
      if (isKept(first)) this.push(first);
    }
  }

  clear(): void {
    this.#entries = [];
    this.#head = this.#tail = 0;
  }

  #grow(): void {
    const length = this.length;
    const entries = new Array<T | undefined>(Math.max(FIRST_CAPACITY, length * 2)).fill(undefined);
    for (let i = 0; i < length; i++) {
      entries[i] = this.#entries[(this.#head + i) & (this.#entries.length - 1)];
    }
    this.#entries = entries;
    this.#head = 0;
    this.#tail = length;
  }
}
