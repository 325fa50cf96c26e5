/** Indexes that one page covers, a bit for each: 4 KB. */
const PAGE_BITS = 32768;
const WORDS = PAGE_BITS / 32;

/** All bits of a page are set: it needs no memory. */
const FULL = "full";

interface Page {
  words: Uint32Array;
  set: number;
}

/** Which messages of a channel are finished: a floor, below which all are, and a bit for each above it. */
export class FinishedSet {
  /** All indexes below are in the set. */
  floor: number;
  /** How many at or above the floor are in the set. */
  size = 0;
  #pages: (Page | typeof FULL | undefined)[] = [];
  /** Number of the page that `#pages[0]` is. */
  #firstPage: number;

  constructor(floor: number) {
    this.floor = floor;
    this.#firstPage = Math.floor(floor / PAGE_BITS);
  }

  has(index: number): boolean {
    if (index < this.floor) return true;
    const page = this.#pages[Math.floor(index / PAGE_BITS) - this.#firstPage];
    if (page === undefined) return false;
    if (page === FULL) return true;
    const bit = index % PAGE_BITS;
    return (page.words[bit >>> 5]! >>> (bit & 31) & 1) === 1;
  }

  /** Adds an index. Returns false when it was in the set. */
  add(index: number): boolean {
    if (index === this.floor && this.size === 0) { // the usual case: in order, nothing above
      this.#raiseFloor(index + 1);
      return true;
    }
    if (this.has(index)) return false;
    const at = Math.floor(index / PAGE_BITS) - this.#firstPage;
    const page = this.#pages[at] as Page | undefined ??
      (this.#pages[at] = { words: new Uint32Array(WORDS), set: 0 });
    const bit = index % PAGE_BITS;
    page.words[bit >>> 5]! |= 1 << (bit & 31);
    if (++page.set === PAGE_BITS) this.#pages[at] = FULL;
    this.size++;
    if (index === this.floor) this.#advance();
    return true;
  }

  /** Adds `[first, first + count)`. */
  addRange(first: number, count: number): void {
    const end = first + count;
    if (first <= this.floor && this.size === 0) {
      if (end > this.floor) this.#raiseFloor(end);
      return;
    }
    for (let index = Math.max(first, this.floor); index < end;) {
      const bit = index % PAGE_BITS, here = Math.min(end - index, PAGE_BITS - bit);
      if (here === PAGE_BITS) this.#fillPage(index);
      else this.#addBits(index - bit, bit, bit + here);
      index += here;
    }
    if (first <= this.floor) this.#advance();
  }

  /** How many at or above the floor and below `end` are in the set. */
  sizeBelow(end: number): number {
    if (this.size === 0) return 0;
    let above = 0; // few, if any: usually `end` is that of the topic
    for (let from = this.nextPresent(Math.max(end, this.floor), this.#end); from < this.#end;) {
      const to = this.nextMissing(from, this.#end);
      above += to - from;
      from = this.nextPresent(to, this.#end);
    }
    return this.size - above;
  }

  /** Behind all that may be in the set. */
  get #end(): number {
    return (this.#firstPage + this.#pages.length) * PAGE_BITS;
  }

  /** The first index from `from` on, below `end`, that is not in the set; `end` if all are. */
  nextMissing(from: number, end: number): number {
    return this.#next(Math.max(from, this.floor), end, false);
  }

  /** The first index from `from` on, below `end`, that is in the set; `end` if none is. */
  nextPresent(from: number, end: number): number {
    return from < this.floor ? Math.min(from, end) : this.#next(from, end, true);
  }

  /** Forgets all indexes from `end` on: they will mean other messages. */
  cutAt(end: number): void {
    if (this.floor > end) this.#reset(end);
    else if (this.size > 0) {
      const kept = new FinishedSet(this.floor);
      for (let from = this.nextPresent(this.floor, end); from < end;) {
        const to = this.nextMissing(from, end);
        kept.addRange(from, to - from);
        from = this.nextPresent(to, end);
      }
      this.size = kept.size;
      this.#pages = kept.#pages;
      this.#firstPage = kept.#firstPage;
    }
  }

  /** Adds all of the page that begins at `first`. */
  #fillPage(first: number): void {
    const at = first / PAGE_BITS - this.#firstPage, page = this.#pages[at];
    if (page !== FULL) this.size += PAGE_BITS - (page?.set ?? 0);
    this.#pages[at] = FULL;
  }

  /** Adds the bits `[from, to)` of the page that begins at `first`. */
  #addBits(first: number, from: number, to: number): void {
    const at = first / PAGE_BITS - this.#firstPage;
    const page = this.#pages[at] ??= { words: new Uint32Array(WORDS), set: 0 };
    if (page === FULL) return;
    const before = page.set, { words } = page;
    for (let bit = from; bit < to;) {
      const low = bit & 31, count = Math.min(to - bit, 32 - low), word = words[bit >>> 5]!;
      const added = (count === 32 ? -1 : (1 << count) - 1 << low) & ~word;
      words[bit >>> 5] = word | added;
      page.set += countBits(added);
      bit += count;
    }
    this.size += page.set - before;
    if (page.set === PAGE_BITS) this.#pages[at] = FULL;
  }

  #reset(floor: number): void {
    this.floor = floor;
    this.size = 0;
    this.#pages = [];
    this.#firstPage = Math.floor(floor / PAGE_BITS);
  }

  #next(from: number, end: number, wanted: boolean): number {
    for (let index = from; index < end;) {
      const page = this.#pages[Math.floor(index / PAGE_BITS) - this.#firstPage];
      const bit = index % PAGE_BITS;
      if (page === undefined || page === FULL) {
        if ((page === FULL) === wanted) return index;
        index += PAGE_BITS - bit;
        continue;
      }
      const word = page.words[bit >>> 5]!;
      const candidates = (wanted ? word : ~word) >>> (bit & 31);
      if (candidates === 0) {
        index += 32 - (bit & 31);
        continue;
      }
      return Math.min(end, index + 31 - Math.clz32(candidates & -candidates));
    }
    return end;
  }

  /** The message at the floor is finished: the floor is the next that is not. */
  #advance(): void {
    const lastPage = this.#firstPage + this.#pages.length;
    const floor = this.#next(this.floor, lastPage * PAGE_BITS, false);
    this.size -= floor - this.floor;
    this.#raiseFloor(floor);
  }

  #raiseFloor(floor: number): void {
    this.floor = floor;
    const first = Math.floor(floor / PAGE_BITS);
    if (first === this.#firstPage) return;
    this.#pages.splice(0, first - this.#firstPage);
    this.#firstPage = first;
  }
}

/** How many bits are set of 32. */
function countBits(word: number): number {
  word -= word >>> 1 & 0x55555555;
  word = (word & 0x33333333) + (word >>> 2 & 0x33333333);
  return Math.imul(word + (word >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
