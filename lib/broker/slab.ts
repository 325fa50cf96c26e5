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
  /** Index in the log of record 0. */
  firstIndex = 0;
  /** Records held, those before `start` included. */
  count = 0;
  /** References to records that are not finished: for each record, one per channel that has yet to finish it. */
  live = 0;
  sealed = false;
  next: Slab | null = null;
  /** Ids come in runs of consecutive numbers: run `i` begins at record `runStarts[i]` with id `runFirsts[i]`. */
  readonly runStarts: number[] = [];
  readonly runFirsts: number[] = [];
  /** The id that would continue the last run. */
  expectedId = -1;

  #pool: SlabPool;

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

  /** Forgets all records but the first `count`, which end at `end` and have ids in `runs` runs. Their references are the caller's to give back. */
  cut(count: number, end: number, runs: number, expectedId: number): void {
    this.count = count;
    this.end = end;
    this.runStarts.length = this.runFirsts.length = runs;
    this.expectedId = expectedId;
  }

  /** `count` references are done with. */
  release(count: number): void {
    this.live -= count;
    if (this.live === 0 && this.sealed) this.#free();
  }

  /** Nothing more will be added. */
  seal(): void {
    this.sealed = true;
    if (this.live === 0) this.#free();
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
