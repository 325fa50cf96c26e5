import { isOlder, recordEnd, type Stamp } from "../wire/record.ts";
import type { Log } from "./log.ts";
import type { Slab } from "./slab.ts";
import { touchAhead, WORTH_TOUCHING } from "./touch_ahead.ts";

/** A place between two records of a chain of slabs. */
export class Cursor {
  slab: Slab;
  /** Where in the slab's bytes the next record begins. */
  offset: number;
  /** Which record of the slab the next one is. */
  position: number;

  constructor(slab: Slab, offset: number, position: number) {
    this.slab = slab;
    this.offset = offset;
    this.position = position;
  }

  /** The end of `log`, where only messages published from now on are ahead. */
  static atEndOf(log: Log): Cursor {
    const { tail } = log;
    return new Cursor(tail, tail.end, tail.count);
  }

  /** Index in the log of the next record. */
  get index(): number {
    return this.slab.firstIndex + this.position;
  }

  /** Goes on to the slab that holds the next record, if it is not this one. There must be a next record. */
  findNext(): void {
    while (this.position === this.slab.count) {
      const next = this.slab.next;
      if (next === null) throw new Error("cursor moved past the end of its log");
      this.slab = next;
      this.offset = next.start;
      this.position = next.startPosition;
    }
  }

  /** Of the next `max` records, all in this slab, how many come before one that was published before `oldest`. */
  countFresh(max: number, oldest: Stamp): number {
    const { view, end } = this.slab;
    let touched = this.offset;
    for (let count = 0, at = this.offset; count < max; count++, at = recordEnd(view, at)) {
      if (at >= touched && max - count >= WORTH_TOUCHING) touched = touchAhead(view, at, end);
      if (isOlder(view, at, oldest)) return count;
    }
    return max;
  }

  /** Of the next `max` records, as far as they are in this slab, how many come before the message `index`. */
  countBefore(max: number, index: number): number {
    const { slab, position } = this;
    const end = Math.min(slab.count, position + max);
    if (end === position || slab.indexAt(end - 1) < index) return end - position;
    let low = position, high = end - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (slab.indexAt(middle) < index) low = middle + 1;
      else high = middle;
    }
    return low - position;
  }

  /** Passes over the next `count` records, all in this slab, whose references are given back. */
  pass(count: number): void {
    const { view } = this.slab;
    for (let i = 0; i < count; i++) this.offset = recordEnd(view, this.offset);
    this.position += count;
    this.slab.release(count);
  }
}
