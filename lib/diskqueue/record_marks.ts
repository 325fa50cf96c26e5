import type { Position } from "./meta_file.ts";

/** There is a mark for each so many bytes: what lies between is read in a millisecond or two. */
const SPAN_BYTES = 4 * 1024 * 1024;

/** A known place of a disk queue: where its record `ordinal`, counted since it was opened, begins. */
export interface Mark extends Position {
  ordinal: number;
}

/** Where some records stand, so that a look at the millionth need not read all before it. Of what was there at the start they are learnt by looking. */
export class RecordMarks {
  readonly #marks: Mark[] = [];

  /** Notes a place, unless there is one near before it. */
  note(ordinal: number, file: number, offset: number): void {
    const marks = this.#marks;
    const at = ordinal > (marks.at(-1)?.ordinal ?? -1) ? marks.length : this.#countUpTo(ordinal);
    const before = marks[at - 1];
    if (before?.file === file && offset - before.offset < SPAN_BYTES) return;
    marks.splice(at, 0, { ordinal, file, offset });
  }

  /** The last known place at or before record `ordinal`. */
  before(ordinal: number): Readonly<Mark> | undefined {
    return this.#marks[this.#countUpTo(ordinal) - 1];
  }

  /** What stands before record `ordinal` is gone. */
  dropBefore(ordinal: number): void {
    this.#marks.splice(0, this.#countUpTo(ordinal - 1));
  }

  clear(): void {
    this.#marks.length = 0;
  }

  /** How many marks are at or before `ordinal`. */
  #countUpTo(ordinal: number): number {
    let low = 0, high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle]!.ordinal <= ordinal) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
