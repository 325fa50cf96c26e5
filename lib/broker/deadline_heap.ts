/** What a {@link DeadlineHeap} orders. */
export interface HeapEntry {
  /** ms as of Clock.nowMs. */
  dueMs: number;
  /** Where the entry stands in its heap; -1 in none. Kept by the heap. */
  heapIndex: number;
}

/** Entries by due time, the earliest first; any can be removed. */
export class DeadlineHeap<T extends HeapEntry> {
  #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The earliest, left in place. */
  peek(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    this.#place(entry, this.#entries.length);
    this.#up(entry);
  }

  /** Removes and returns the earliest if it is due at `nowMs`. */
  popDue(nowMs: number): T | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.remove(first);
    return first;
  }

  /** Removes `entry`, which must be in this heap. */
  remove(entry: T): void {
    const index = entry.heapIndex;
    const last = this.#entries.pop()!;
    entry.heapIndex = -1;
    if (last === entry) return;
    this.#place(last, index);
    this.#up(last);
    this.#down(last);
  }

  has(entry: T): boolean {
    return this.#entries[entry.heapIndex] === entry;
  }

  /** All entries, in no particular order. */
  entries(): readonly T[] {
    return this.#entries;
  }

  clear(): void {
    for (const entry of this.#entries) entry.heapIndex = -1;
    this.#entries = [];
  }

  #place(entry: T, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
  }

  #up(entry: T): void {
    let index = entry.heapIndex;
    while (index > 0) {
      const parent = this.#entries[(index - 1) >> 1]!;
      if (parent.dueMs <= entry.dueMs) break;
      this.#place(parent, index);
      index = (index - 1) >> 1;
    }
    this.#place(entry, index);
  }

  #down(entry: T): void {
    const entries = this.#entries;
    let index = entry.heapIndex;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.dueMs < entries[child]!.dueMs) child++;
      if (entries[child]!.dueMs >= entry.dueMs) break;
      this.#place(entries[child]!, index);
      index = child;
    }
    this.#place(entry, index);
  }
}
