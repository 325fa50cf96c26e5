import { Fifo } from "../fifo.ts";
import type { HeldMessage } from "../held_message.ts";

/** A message that waits to be delivered again. */
export interface AgainEntry {
  /** Its index in the topic. */
  index: number;
  /** The index in the topic from which on it is next. */
  dueIndex: number;
  /** Null when it is to be read back from the journal. */
  held: HeldMessage | null;
}

const FIRST_CAPACITY = 16;

/**
 * Messages of a durable channel that were queued again, first in first out. Only some have their body in memory; the others cost 16 bytes each.
 */
export class AgainQueue {
  /** Index and due index of each, in a ring whose length is a power of two. */
  #numbers = new Float64Array(2 * FIRST_CAPACITY);
  #head = 0;
  #tail = 0;
  /** Those in memory, in the same order, with the place of each. */
  readonly #held = new Fifo<{ at: number; held: HeldMessage }>();

  get length(): number {
    return this.#tail - this.#head;
  }

  /** How many are in memory. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** The index from which on the first is next; Infinity without one. */
  get dueIndex(): number {
    return this.length === 0 ? Infinity : this.#numbers[this.#slot(this.#head) + 1]!;
  }

  /** The place of the first, for {@link dueIndexAt}: places go up by one. */
  get first(): number {
    return this.#head;
  }

  /** The index from which on the one at `place` is next; Infinity behind the last. */
  dueIndexAt(place: number): number {
    return place < this.#tail
      ? this.#numbers[this.#slot(Math.max(place, this.#head)) + 1]!
      : Infinity;
  }

  /** Which message stands at `place`. */
  indexAt(place: number): number {
    return this.#numbers[this.#slot(Math.max(place, this.#head))]!;
  }

  /** @param held null for one that is to be read back */
  push(index: number, dueIndex: number, held: HeldMessage | null): void {
    if (2 * this.length === this.#numbers.length) this.#grow();
    const slot = this.#slot(this.#tail);
    this.#numbers[slot] = index;
    this.#numbers[slot + 1] = dueIndex;
    if (held !== null) this.#held.push({ at: this.#tail, held });
    this.#tail++;
  }

  /** The first, left in place; there must be one. */
  peek(): AgainEntry {
    const slot = this.#slot(this.#head), first = this.#held.peek();
    const held = first !== undefined && first.at === this.#head ? first.held : null;
    return { index: this.#numbers[slot]!, dueIndex: this.#numbers[slot + 1]!, held };
  }

  shift(): void {
    if (this.#held.peek()?.at === this.#head) this.#held.shift();
    this.#head++;
  }

  /** Forgets the bodies of `count` of those in memory, the newest first. */
  forgetBodies(count: number): void {
    for (; count > 0; count--) this.#held.pop()?.held.gone();
  }

  clear(): void {
    this.#numbers = new Float64Array(2 * FIRST_CAPACITY);
    this.#head = this.#tail = 0;
    this.forgetBodies(this.#held.length);
    this.#held.clear();
  }

  #slot(at: number): number {
    return 2 * at & (this.#numbers.length - 1);
  }

  #grow(): void {
    const numbers = new Float64Array(2 * this.#numbers.length);
    for (let at = this.#head; at < this.#tail; at++) {
      const from = this.#slot(at), to = 2 * at & (numbers.length - 1);
      numbers[to] = this.#numbers[from]!;
      numbers[to + 1] = this.#numbers[from + 1]!;
    }
    this.#numbers = numbers;
  }
}
