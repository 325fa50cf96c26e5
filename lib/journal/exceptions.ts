/** Slots of the smallest table; a power of two, as all sizes are. */
const MIN_CAPACITY = 16;
const NONE = -1;
/** Children of each place of the heap. */
const HEAP_ARITY = 4;

/**
 * The messages of a channel about which there is more to say than finished or not: attempts, due time. By index, and by due time:
 * a hash table and a binary heap over columns of numbers, some 34 bytes a message and no object.
 */
export class Exceptions {
  size = 0;
  #index = new Float64Array(MIN_CAPACITY);
  #attempts = new Uint16Array(MIN_CAPACITY);
  /** Where in the heap a slot is; NONE if it is not deferred. */
  #heapAt = new Int32Array(MIN_CAPACITY);
  /** Slots by due time, the earliest first; of equal ones the lower index. Each has four children, which lie together. */
  #heap = new Int32Array(MIN_CAPACITY);
  /** When each of them is due. */
  #heapDueMs = new Float64Array(MIN_CAPACITY);
  #heapSize = 0;
  /** Slot + 1 by hash of the index, 0 for empty; twice as many as slots. */
  #table = new Int32Array(MIN_CAPACITY * 2);

  /** Messages that have a due time. */
  get deferred(): number {
    return this.#heapSize;
  }

  /** When the next deferred message is due, unix ms; Infinity without one. */
  get nextDueMs(): number {
    return this.#heapSize === 0 ? Infinity : this.#heapDueMs[0]!;
  }

  /** The deferred message that is due next; -1 without one. */
  get nextDueIndex(): number {
    return this.#heapSize === 0 ? NONE : this.#index[this.#heap[0]!]!;
  }

  has(index: number): boolean {
    return this.#find(index) !== NONE;
  }

  /** How often `index` was delivered; -1 if it is no exception. */
  attempts(index: number): number {
    const slot = this.#find(index);
    return slot === NONE ? NONE : this.#attempts[slot]!;
  }

  /** When `index` is due, unix ms; 0 if it is not deferred. */
  dueMs(index: number): number {
    const slot = this.#find(index);
    return slot === NONE ? 0 : this.#dueOf(slot);
  }

  /** @param dueMs unix ms; 0 for a message that is not deferred */
  set(index: number, attempts: number, dueMs: number): void {
    let slot = this.#find(index);
    if (slot === NONE) slot = this.#add(index);
    else if (this.#heapAt[slot] !== NONE) this.#unheap(slot);
    this.#attempts[slot] = attempts;
    if (dueMs > 0) this.#up(this.#heapSize++, slot, dueMs);
  }

  /** Returns false when it was none. */
  delete(index: number): boolean {
    if (this.size === 0) return false;
    const slot = this.#find(index);
    if (slot === NONE) return false;
    if (this.#heapAt[slot] !== NONE) this.#unheap(slot);
    this.#removeFromTable(slot);
    const last = --this.size;
    if (slot !== last) this.#moveSlot(last, slot);
    if (this.size < this.#index.length >> 2 && this.#index.length > MIN_CAPACITY) {
      this.#resize(this.#index.length >> 1);
    }
    return true;
  }

  /** A copy of the heap of deferred ones: when each is due, and which it is. */
  deferredHeap(): { dueMs: Float64Array; indexes: (at: number) => number; arity: number } {
    const slots = this.#heap.slice(0, this.#heapSize), index = this.#index.slice(0, this.size);
    return {
      dueMs: this.#heapDueMs.slice(0, this.#heapSize),
      indexes: (at) => index[slots[at]!]!,
      arity: HEAP_ARITY,
    };
  }

  /** In no order. Nothing may be changed meanwhile. */
  forEach(visit: (index: number, attempts: number, dueMs: number) => void): void {
    for (let slot = 0; slot < this.size; slot++) {
      visit(this.#index[slot]!, this.#attempts[slot]!, this.#dueOf(slot));
    }
  }

  clear(): void {
    this.size = this.#heapSize = 0;
    this.#resize(MIN_CAPACITY);
  }

  #hash(index: number): number {
    // The high part matters only beyond 2^32 messages.
    const low = index < 0x100000000 ? index | 0 : (index | 0) ^ Math.floor(index / 0x100000000);
    return (low ^ low >>> 15) & (this.#table.length - 1);
  }

  #find(index: number): number {
    const mask = this.#table.length - 1;
    for (let at = this.#hash(index);; at = (at + 1) & mask) {
      const slot = this.#table[at]! - 1;
      if (slot < 0 || this.#index[slot] === index) return slot;
    }
  }

  #add(index: number): number {
    if (this.size === this.#index.length) this.#resize(this.size * 2);
    const slot = this.size++;
    this.#index[slot] = index;
    this.#heapAt[slot] = NONE;
    this.#addToTable(slot);
    return slot;
  }

  #addToTable(slot: number): void {
    const mask = this.#table.length - 1;
    let at = this.#hash(this.#index[slot]!);
    while (this.#table[at] !== 0) at = (at + 1) & mask;
    this.#table[at] = slot + 1;
  }

  #placeInTable(slot: number): number {
    const mask = this.#table.length - 1;
    let at = this.#hash(this.#index[slot]!);
    while (this.#table[at] !== slot + 1) at = (at + 1) & mask;
    return at;
  }

  /** Closes the gap, so that no search ends too early. */
  #removeFromTable(slot: number): void {
    const mask = this.#table.length - 1;
    let gap = this.#placeInTable(slot);
    for (let at = (gap + 1) & mask; this.#table[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash(this.#index[this.#table[at]! - 1]!);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#table[gap] = this.#table[at]!;
      gap = at;
    }
    this.#table[gap] = 0;
  }

  #moveSlot(from: number, to: number): void {
    this.#table[this.#placeInTable(from)] = to + 1;
    this.#index[to] = this.#index[from]!;
    this.#attempts[to] = this.#attempts[from]!;
    const heapAt = this.#heapAt[to] = this.#heapAt[from]!;
    if (heapAt !== NONE) this.#heap[heapAt] = to;
  }

  #resize(capacity: number): void {
    this.#index = resized(this.#index, new Float64Array(capacity), this.size);
    this.#attempts = resized(this.#attempts, new Uint16Array(capacity), this.size);
    this.#heapAt = resized(this.#heapAt, new Int32Array(capacity), this.size);
    this.#heap = resized(this.#heap, new Int32Array(capacity), this.#heapSize);
    this.#heapDueMs = resized(this.#heapDueMs, new Float64Array(capacity), this.#heapSize);
    this.#table = new Int32Array(capacity * 2);
    for (let slot = 0; slot < this.size; slot++) this.#addToTable(slot);
  }

  #dueOf(slot: number): number {
    const at = this.#heapAt[slot]!;
    return at === NONE ? 0 : this.#heapDueMs[at]!;
  }

  #unheap(slot: number): void {
    const at = this.#heapAt[slot]!, lastAt = --this.#heapSize;
    const last = this.#heap[lastAt]!, dueMs = this.#heapDueMs[lastAt]!;
    this.#heapAt[slot] = NONE;
    if (last === slot) return;
    if (this.#up(at, last, dueMs) === at) this.#down(at, last, dueMs);
  }

  /** Places `slot` at `at` or above. @returns where */
  #up(at: number, slot: number, dueMs: number): number {
    const heap = this.#heap, dues = this.#heapDueMs;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (!this.#before(dueMs, slot, dues[parent]!, heap[parent]!)) break;
      this.#place(heap[parent]!, dues[parent]!, at);
      at = parent;
    }
    this.#place(slot, dueMs, at);
    return at;
  }

  /** Places `slot` at `at` or below. */
  #down(at: number, slot: number, dueMs: number): void {
    const heap = this.#heap, dues = this.#heapDueMs, size = this.#heapSize;
    for (;;) {
      let child = at * HEAP_ARITY + 1;
      if (child >= size) break;
      const end = Math.min(child + HEAP_ARITY, size);
      for (let other = child + 1; other < end; other++) {
        if (this.#before(dues[other]!, heap[other]!, dues[child]!, heap[child]!)) child = other;
      }
      if (!this.#before(dues[child]!, heap[child]!, dueMs, slot)) break;
      this.#place(heap[child]!, dues[child]!, at);
      at = child;
    }
    this.#place(slot, dueMs, at);
  }

  #place(slot: number, dueMs: number, at: number): void {
    this.#heap[at] = slot;
    this.#heapDueMs[at] = dueMs;
    this.#heapAt[slot] = at;
  }

  #before(dueA: number, slotA: number, dueB: number, slotB: number): boolean {
    return dueA !== dueB ? dueA < dueB : this.#index[slotA]! < this.#index[slotB]!;
  }
}

function resized<T extends Float64Array | Uint16Array | Int32Array>(
  from: T,
  to: T,
  count: number,
): T {
  to.set(from.subarray(0, count));
  return to;
}
