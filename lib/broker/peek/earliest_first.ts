/**
 * The places of a heap in the order of what stands there, without changing it. To come to place `n` takes time in proportion to `n log n`,
 * whatever the heap's size.
 */
export class EarliestFirst {
  readonly #size: number;
  readonly #arity: number;
  readonly #dueMs: (at: number) => number;
  /** A heap of places whose parents were handed out. */
  readonly #next: number[] = [];

  /** @param arity children of each place: those of `at` begin at `at * arity + 1` */
  constructor(size: number, arity: number, dueMs: (at: number) => number) {
    this.#size = size;
    this.#arity = arity;
    this.#dueMs = dueMs;
    if (size > 0) this.#next.push(0);
  }

  /** The next place; -1 when there are no more. */
  next(): number {
    const first = this.#next[0];
    if (first === undefined) return -1;
    const last = this.#next.pop()!;
    if (this.#next.length > 0) this.#down(last);
    const begin = first * this.#arity + 1;
    for (let at = begin; at < Math.min(begin + this.#arity, this.#size); at++) this.#up(at);
    return first;
  }

  #up(place: number): void {
    const next = this.#next, dueMs = this.#dueMs(place);
    let at = next.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#dueMs(next[parent]!) <= dueMs) break;
      next[at] = next[parent]!;
      at = parent;
    }
    next[at] = place;
  }

  #down(place: number): void {
    const next = this.#next, dueMs = this.#dueMs(place);
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= next.length) break;
      if (child + 1 < next.length && this.#dueMs(next[child + 1]!) < this.#dueMs(next[child]!)) {
        child++;
      }
      if (this.#dueMs(next[child]!) >= dueMs) break;
      next[at] = next[child]!;
      at = child;
    }
    next[at] = place;
  }
}
