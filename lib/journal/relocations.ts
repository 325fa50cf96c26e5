/** Which old messages were written anew, and where: ranges of indexes, ascending. */
export class Relocations {
  #first: number[] = [];
  #end: number[] = [];
  #segment: number[] = [];

  get size(): number {
    return this.#first.length;
  }

  /** Number of the segment that has `index` now; -1 if it was not moved. */
  segmentOf(index: number): number {
    const at = this.#at(index);
    return at >= 0 && index < this.#end[at]! ? this.#segment[at]! : -1;
  }

  /** The first moved message from `index` on; `end` if there is none before. */
  nextFrom(index: number, end: number): number {
    const at = this.#at(index);
    if (at >= 0 && index < this.#end[at]!) return index;
    return Math.min(end, this.#first[at + 1] ?? end);
  }

  /** Behind the range that has `index`, which was moved. */
  behind(index: number): number {
    return this.#end[this.#at(index)]!;
  }

  forEach(visit: (first: number, end: number, segment: number) => void): void {
    for (let i = 0; i < this.#first.length; i++) {
      visit(this.#first[i]!, this.#end[i]!, this.#segment[i]!);
    }
  }

  /** `[first, end)` was moved to `segment`, wherever it was before. */
  with(first: number, end: number, segment: number): void {
    let at = this.#at(first);
    if (at < 0 || this.#end[at]! <= first) at++;
    else {
      const before = this.#segment[at]!, beforeEnd = this.#end[at]!;
      if (this.#first[at]! < first) this.#end[at++] = first;
      else this.#remove(at);
      if (beforeEnd > end) this.#insert(at, end, beforeEnd, before);
    }
    while (at < this.size && this.#first[at]! < end) {
      if (this.#end[at]! <= end) this.#remove(at);
      else this.#first[at] = end;
    }
    this.#insert(at, first, end, segment);
  }

  /** Keeps those for which `keep` is true. */
  filter(keep: (first: number, end: number, segment: number) => boolean): void {
    const kept = new Relocations();
    this.forEach((first, end, segment) => {
      if (keep(first, end, segment)) kept.#insert(kept.size, first, end, segment);
    });
    this.#first = kept.#first;
    this.#end = kept.#end;
    this.#segment = kept.#segment;
  }

  /** The last range that begins at or before `index`; -1 if none does. */
  #at(index: number): number {
    let low = -1, high = this.#first.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#first[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #insert(at: number, first: number, end: number, segment: number): void {
    this.#first.splice(at, 0, first);
    this.#end.splice(at, 0, end);
    this.#segment.splice(at, 0, segment);
  }

  #remove(at: number): void {
    this.#first.splice(at, 1);
    this.#end.splice(at, 1);
    this.#segment.splice(at, 1);
  }
}
