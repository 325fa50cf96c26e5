const FIRST_CAPACITY = 16;

/**
 * Deadlines that were put off, in the order in which that happened: all by the same time, so the earliest comes first. An entry names a place in the
 * ring of {@link InFlight}. An entry that a later one has replaced stays until it comes first or until half of all are such, so that
 * putting off once more costs no search and no memory.
 */
export class Touches {
  /** The deadline of each place of the ring that has one here; 0 elsewhere. */
  #current: Float64Array;
  /** Places with a deadline. */
  #count = 0;
  #indexes = new Float64Array(FIRST_CAPACITY);
  #deadlines = new Float64Array(FIRST_CAPACITY);
  #head = 0;
  #tail = 0;

  /** @param capacity of the ring of {@link InFlight}, a power of two */
  constructor(capacity: number) {
    this.#current = new Float64Array(capacity);
  }

  /** The deadline of the ring's place `index`; 0 if it has none here. */
  deadlineOf(index: number): number {
    return this.#current[index & (this.#current.length - 1)]!;
  }

  /** Sets the deadline of `index`, which must be none of those before. */
  set(index: number, deadlineMs: number): void {
    const at = index & (this.#current.length - 1);
    if (this.#current[at] === deadlineMs) return;
    if (this.#current[at] === 0) this.#count++;
    this.#current[at] = deadlineMs;
    if (this.#tail - this.#head === this.#indexes.length) this.#makeRoom();
    const to = this.#tail++ & (this.#indexes.length - 1);
    this.#indexes[to] = index;
    this.#deadlines[to] = deadlineMs;
  }

  /** `index` was taken out of the ring. True if nothing is left here. */
  remove(index: number): boolean {
    const at = index & (this.#current.length - 1);
    if (this.#current[at] !== 0) {
      this.#current[at] = 0;
      this.#count--;
    }
    return this.#count === 0;
  }

  /** The place with the earliest deadline; -1 if there is none. @param head the ring's first place: what is before it is gone */
  first(head: number): number {
    const mask = this.#indexes.length - 1;
    while (this.#head < this.#tail) {
      const at = this.#head & mask;
      const index = this.#indexes[at]!;
      if (index >= head && this.deadlineOf(index) === this.#deadlines[at]) return index;
      this.#head++;
    }
    return -1;
  }

  /** The ring grew to `capacity`, and what stood at `head` stands at 0 now. */
  move(head: number, capacity: number): void {
    const current = new Float64Array(capacity);
    this.#copy(this.#indexes.length, (index, deadlineMs) => {
      current[index - head] = deadlineMs;
      return index - head;
    });
    this.#current = current;
  }

  /** Forgets what was replaced, and grows if that is less than half. */
  #makeRoom(): void {
    const { length } = this.#indexes;
    this.#copy(this.#count * 2 > length ? length * 2 : length, (index) => index);
  }

  #copy(capacity: number, indexOf: (index: number, deadlineMs: number) => number): void {
    const indexes = new Float64Array(capacity), deadlines = new Float64Array(capacity);
    const mask = this.#indexes.length - 1;
    let count = 0;
    for (; this.#head < this.#tail; this.#head++) {
      const index = this.#indexes[this.#head & mask]!;
      const deadlineMs = this.#deadlines[this.#head & mask]!;
      if (this.deadlineOf(index) !== deadlineMs) continue;
      indexes[count] = indexOf(index, deadlineMs);
      deadlines[count++] = deadlineMs;
    }
    this.#indexes = indexes;
    this.#deadlines = deadlines;
    this.#head = 0;
    this.#tail = count;
  }
}
