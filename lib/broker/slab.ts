/**
 * Memory for messages, in pieces that are filled from the front and freed whole.
 * @module
 */

/** Sizes of slabs, each log beginning with the first and going up while it grows. */
export const SLAB_SIZES = [16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024] as const;

/** Bytes that the pool keeps for reuse, over all sizes. More is given back to the system at once. */
const POOLED_BYTES_LIMIT = 64 * 1024 * 1024;

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/** Nobody may leave what stands in a slab to it for long once less than this share of its memory is needed. */
const NEEDED_SHARE = 0.25;

/** A message that was taken out of its log and yet stands in its slab, with one reference to it. */
export interface SlabTenant {
  /** Copies itself out of the slab, unless it no longer refers to it. @returns whether it gives its reference back so */
  moveOut(): boolean;
}

/**
 * One piece of a log: records (see wire/record.ts) in `bytes[start, end)`. Its memory goes back to the pool when the slab is sealed (nothing
 * more is added) and nobody refers to a record of it any more; the object itself stays while a cursor stands on it, so that the cursor finds
 * its way to `next`.
 */
export class Slab {
  bytes: Uint8Array;
  view: DataView;
  /** Where the first record that is of this log begins; those before it went elsewhere. */
  start = 0;
  /** Which record that is. */
  startPosition = 0;
  /** Where the last record ends. */
  end = 0;
  /** Bytes of the log that come before byte 0 of this slab. */
  firstByte = 0;
  /** Index in the log of record 0; NaN while it is in none. */
  firstIndex = 0;
  /** What has to be added to an index in the log to have the message's index in the topic; 0 unless the topic is durable. */
  indexOffset = 0;
  /** Records held, those before `start` included. */
  count = 0;
  /** References to records that are not finished: for each record, one per channel that has yet to finish it. */
  live = 0;
  sealed = false;
  /** Up to where a channel had its bytes fetched, and when, as of Clock.nowMs: others deliver the same soon after. */
  touchedEnd = 0;
  touchedMs = -Infinity;
  next: Slab | null = null;
  /** Ids come in runs of consecutive numbers: run `i` begins at record `runStarts[i]` with id `runFirsts[i]`. */
  readonly runStarts: number[] = [];
  readonly runFirsts: number[] = [];
  /** The id that would continue the last run. */
  expectedId = -1;

  #pool: SlabPool;
  /** Those that have to move out when few references are left; null while there are none. */
  #tenants: SlabTenant[] | null = null;
  /** With so many references left something has to be done. */
  #lowAt = 0;
  /** Behind which records messages of the topic are left out, and how many up to there; null while none are. */
  #gaps: { positions: number[]; totals: number[] } | null = null;

  /** @param bytes its memory; none for the sealed slab that an empty log ends with, so that an idle topic owns no memory */
  constructor(pool: SlabPool, bytes?: Uint8Array) {
    this.#pool = pool;
    this.bytes = bytes ?? EMPTY;
    this.view = bytes === undefined ? EMPTY_VIEW : new DataView(bytes.buffer);
    this.sealed = bytes === undefined;
  }

  /** Notes that the next record added has this id. */
  noteId(id: number): void {
    if (id !== this.expectedId) {
      this.runStarts.push(this.count);
      this.runFirsts.push(id);
    }
    this.expectedId = id + 1;
  }

  /** The run that record `position` (counted within the slab) belongs to. */
  runOf(position: number): number {
    let low = 0, high = this.runStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.runStarts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** `count` messages of the topic are not here: they come between the last record and the next. */
  leaveOut(count: number): void {
    const { positions, totals } = this.#gaps ??= { positions: [], totals: [] };
    const total = (totals.at(-1) ?? 0) + count;
    if (positions.at(-1) === this.count) totals[totals.length - 1] = total;
    else {
      positions.push(this.count);
      totals.push(total);
    }
  }

  /** Index in the topic of record `position`, whose messages all have their own. */
  indexAt(position: number): number {
    const index = this.firstIndex + this.indexOffset + position;
    if (this.#gaps === null) return index;
    const { positions, totals } = this.#gaps;
    let low = -1, high = positions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (positions[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low < 0 ? index : index + totals[low]!;
  }

  /** Index in the topic of the record with this id, which stands here. (One search among its runs: ask only where that is worth it.) */
  indexOf(id: number): number {
    const { runStarts, runFirsts } = this;
    for (let run = runStarts.length - 1; run >= 0; run--) {
      const position = runStarts[run]! + id - runFirsts[run]!;
      const end = runStarts[run + 1] ?? this.count;
      if (position >= runStarts[run]! && position < end) return this.indexAt(position);
    }
    return NaN;
  }

  /** Forgets all records but the first `count`, which end at `end` and have ids in `runs` runs. Their references are the caller's to give back. */
  cut(count: number, end: number, runs: number, expectedId: number): void {
    this.count = count;
    this.end = end;
    this.runStarts.length = this.runFirsts.length = runs;
    this.expectedId = expectedId;
  }

  /** `count` references are done with. @throws RangeError if there were not so many: somebody gave one back twice, and might read memory that is others' */
  release(count: number): void {
    this.live -= count;
    if (this.live <= this.#lowAt) this.#ranLow();
  }

  /**
   * Lets `tenant` go on standing here with the reference that it has, until few others do. False if it has to move out now: one message
   * must not keep the memory of many.
   */
  keep(tenant: SlabTenant): boolean {
    const usedBytes = this.end - this.start;
    const lowAt = Math.floor(this.count * this.bytes.length / usedBytes * NEEDED_SHARE);
    if (!this.sealed || this.live <= lowAt) return false;
    this.#lowAt = lowAt;
    (this.#tenants ??= []).push(tenant);
    return true;
  }

  /** Nothing more will be added. */
  seal(): void {
    this.sealed = true;
    if (this.live === 0) this.#free();
  }

  #ranLow(): void {
    if (this.live < 0) throw new RangeError(`a slab of messages has ${this.live} references`);
    const tenants = this.#tenants;
    this.#tenants = null;
    this.#lowAt = 0;
    if (tenants !== null) {
      for (const tenant of tenants) {
        if (tenant.moveOut()) this.live--;
      }
    }
    if (this.live === 0 && this.sealed) this.#free();
  }

  #free(): void {
    const bytes = this.bytes;
    this.bytes = EMPTY;
    this.view = EMPTY_VIEW;
    this.#pool.give(bytes);
  }
}

/** Keeps the memory of freed slabs for the next ones. */
export class SlabPool {
  #free: Uint8Array[][] = SLAB_SIZES.map(() => []);
  #pooledBytes = 0;

  /** A slab of the size class `sizeClass`, or larger if it must hold `atLeastBytes`. */
  take(sizeClass: number, atLeastBytes: number): Slab {
    while (sizeClass < SLAB_SIZES.length && SLAB_SIZES[sizeClass]! < atLeastBytes) sizeClass++;
    if (sizeClass === SLAB_SIZES.length) return new Slab(this, new Uint8Array(atLeastBytes));
    const reused = this.#free[sizeClass]!.pop();
    if (reused === undefined) return new Slab(this, new Uint8Array(SLAB_SIZES[sizeClass]!));
    this.#pooledBytes -= reused.length;
    return new Slab(this, reused);
  }

  /** Takes back the memory of a slab. Bytes beyond the limit go back to the system now, not at some later collection. */
  give(bytes: Uint8Array): void {
    const sizeClass = (SLAB_SIZES as readonly number[]).indexOf(bytes.length);
    if (sizeClass >= 0 && this.#pooledBytes + bytes.length <= POOLED_BYTES_LIMIT) {
      this.#free[sizeClass]!.push(bytes);
      this.#pooledBytes += bytes.length;
    } else if (bytes.length > 0) {
      (bytes.buffer as ArrayBuffer).transfer(0);
    }
  }

  /** Gives all pooled memory back to the system. */
  trim(): void {
    for (const list of this.#free) {
      for (const bytes of list) (bytes.buffer as ArrayBuffer).transfer(0);
      list.length = 0;
    }
    this.#pooledBytes = 0;
  }
}
