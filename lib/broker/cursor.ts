import { SIZE_FIELD_BYTES } from "../wire/record.ts";
import type { Log } from "./log.ts";
import type { Slab } from "./slab.ts";

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

  /** Moves on to the slab that holds the next record, if it is not this one. There must be a next record. */
  settle(): void {
    while (this.position === this.slab.count) {
      const next = this.slab.next;
      if (next === null) throw new Error("cursor moved past the end of its log");
      this.slab = next;
      this.offset = next.start;
      this.position = next.startPosition;
    }
  }

  /** Passes over the next `count` records, all in this slab, whose references are given back. */
  pass(count: number): void {
    const { view } = this.slab;
    for (let i = 0; i < count; i++) this.offset += SIZE_FIELD_BYTES + view.getUint32(this.offset);
    this.position += count;
    this.slab.release(count);
  }
}
