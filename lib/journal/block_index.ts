/** An entry stands for blocks of about so many bytes. */
const SPAN_BYTES = 64 * 1024;

/**
 * Where in a segment which messages are: an entry for each 64 KB or so of blocks whose indexes follow each other. In order of the
 * file, so those of messages written anew stand among the others.
 */
export class BlockIndex {
  size = 0;
  #first = new Float64Array(16);
  #end = new Float64Array(16);
  #offset = new Float64Array(16);
  #timeMs = new Float64Array(16);
  #spanFrom = 0;

  /** A block of messages that stands behind all others. */
  add(first: number, count: number, offset: number, timeMs: number): void {
    const last = this.size - 1;
    if (
      last >= 0 && first === this.#end[last] && offset - this.#spanFrom < SPAN_BYTES
    ) {
      this.#end[last] = first + count;
      return;
    }
    if (this.size === this.#first.length) this.#grow();
    const at = this.size++;
    this.#first[at] = first;
    this.#end[at] = first + count;
    this.#offset[at] = this.#spanFrom = offset;
    this.#timeMs[at] = timeMs;
  }

  /** The entry whose messages include `index`; -1 if there is none. */
  find(index: number): number {
    for (let at = this.size - 1; at >= 0; at--) {
      if (this.#first[at]! <= index && index < this.#end[at]!) return at;
    }
    return -1;
  }

  /** The lowest index that is there from `index` on, below `end`; `end` if there is none. */
  nextFrom(index: number, end: number): number {
    let next = end;
    for (let at = 0; at < this.size; at++) {
      if (this.#end[at]! > index) next = Math.min(next, Math.max(index, this.#first[at]!));
    }
    return next;
  }

  offset(at: number): number {
    return this.#offset[at]!;
  }

  first(at: number): number {
    return this.#first[at]!;
  }

  end(at: number): number {
    return this.#end[at]!;
  }

  timeMs(at: number): number {
    return this.#timeMs[at]!;
  }

  #grow(): void {
    const grown = (from: Float64Array) => {
      const to = new Float64Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.#first = grown(this.#first);
    this.#end = grown(this.#end);
    this.#offset = grown(this.#offset);
    this.#timeMs = grown(this.#timeMs);
  }
}
