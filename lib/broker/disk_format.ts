/**
 * Messages as they stand in memory ⇄ as they stand on disk: the same fields without the frame type. See wire/record.ts.
 * @module
 */
import {
  ATTEMPTS_OFFSET,
  attemptsBefore,
  DISK_MESSAGE_OVERHEAD_BYTES,
  DISK_SAVING_BYTES,
  ID_OFFSET,
  recordEnd,
  setAttemptsBefore,
  SIZE_FIELD_BYTES,
  TYPE_OFFSET,
  writeRecordStart,
} from "../wire/record.ts";
import { FOREIGN_ID, readMessageId } from "../wire/message_id.ts";
import type { BacklogDisk } from "./backlog_disk.ts";
import type { HeldMessage } from "./held_message.ts";
import { type Slab, SLAB_SIZES, type SlabPool } from "./slab.ts";

/** Bytes of the shortest disk record, its length included. */
const MIN_DISK_RECORD_BYTES = SIZE_FIELD_BYTES + DISK_MESSAGE_OVERHEAD_BYTES;

/** Slabs for blocks read from disk go up to this size class. */
const MAX_BLOCK_SIZE_CLASS = SLAB_SIZES.length - 2;

/** How much is written in one append, unless a single message is larger. */
const CHUNK_BYTES = 256 * 1024;

/** Writes messages to disk queues, through one buffer that all of them share. */
export class DiskWriter {
  #bytes = new Uint8Array(16 * 1024);
  #view = new DataView(this.#bytes.buffer);

  /**
   * Appends up to `max` records of `slab` from `offset` on to `disk`, in one piece.
   * @returns how many
   * @throws DiskQueueError; nothing was appended
   */
  appendRun(
    disk: BacklogDisk,
    slab: Pick<Slab, "bytes" | "view" | "end">,
    offset: number,
    max: number,
  ): number {
    let count = 0, length = 0;
    while (count < max && offset < slab.end) {
      const recordBytes = recordEnd(slab.view, offset) - offset;
      if (count > 0 && length + recordBytes > CHUNK_BYTES) break;
      this.#ensure(length, length + recordBytes);
      const attempts = attemptsBefore(slab.view, offset);
      length = this.#put(length, slab.bytes, offset, recordBytes, attempts);
      offset += recordBytes;
      count++;
    }
    disk.append(this.#bytes, 0, length, count);
    return count;
  }

  /**
   * Appends the first of `held`, and as many of the next as go in one piece.
   * @returns how many
   * @throws DiskQueueError; nothing was appended
   */
  appendHeld(disk: BacklogDisk, held: readonly HeldMessage[]): number {
    let count = 0, length = 0;
    for (const { bytes, start, end, attempts } of held) {
      if (count > 0 && length + end - start > CHUNK_BYTES) break;
      this.#ensure(length, length + end - start);
      length = this.#put(length, bytes, start, end - start, attempts);
      count++;
    }
    disk.append(this.#bytes, 0, length, count);
    return count;
  }

  #put(
    at: number,
    record: Uint8Array,
    offset: number,
    recordBytes: number,
    attempts: number,
  ): number {
    const diskBytes = recordBytes - DISK_SAVING_BYTES;
    this.#bytes.set(
      record.subarray(offset + TYPE_OFFSET + DISK_SAVING_BYTES, offset + recordBytes),
      at + SIZE_FIELD_BYTES,
    );
    this.#view.setUint32(at, diskBytes - SIZE_FIELD_BYTES);
    this.#view.setUint16(at + ATTEMPTS_OFFSET - DISK_SAVING_BYTES, attempts);
    return at + diskBytes;
  }

  #ensure(used: number, needed: number): void {
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 4));
    bytes.set(this.#bytes.subarray(0, used));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** Reads the blocks of one disk queue into slabs. */
export class DiskReader {
  #disk: BacklogDisk;
  #pool: SlabPool;
  #nodeId: number;
  #sizeClass = 0;

  constructor(disk: BacklogDisk, pool: SlabPool, nodeId: number) {
    this.#disk = disk;
    this.#pool = pool;
    this.#nodeId = nodeId;
  }

  /** The next messages on disk as a sealed slab with one reference to each; null if there are none. */
  read(): Slab | null {
    if (this.#disk.unread === 0) {
      this.#sizeClass = 0;
      return null;
    }
    let slab = this.#pool.take(this.#sizeClass, 0);
    let gap = expansionGap(slab.bytes.length);
    let block;
    try {
      block = this.#disk.read(slab.bytes.subarray(gap));
    } catch (error) {
      slab.seal();
      if (!(error instanceof RangeError && "neededBytes" in error)) throw error;
      const needed = error.neededBytes as number; // one message larger than the slab
      slab = this.#pool.take(this.#sizeClass, needed + DISK_SAVING_BYTES);
      gap = slab.bytes.length - needed;
      block = this.#disk.read(slab.bytes.subarray(gap, gap + needed));
    }
    const { bytes, count } = block;
    if (count > 0) this.#expand(slab, gap, count);
    // Blocks grow while a backlog is read, and begin small for the odd message.
    const full = bytes > (slab.bytes.length - gap) >> 1;
    this.#sizeClass = full ? Math.min(this.#sizeClass + 1, MAX_BLOCK_SIZE_CLASS) : 0;
    slab.seal();
    return count > 0 ? slab : null;
  }

  /** Turns `count` disk records at `from` into records in memory from the slab's beginning on; the gap between leaves room for it. */
  #expand(slab: Slab, from: number, count: number): void {
    const { bytes, view } = slab;
    let at = 0;
    for (let i = 0; i < count; i++) {
      const size = view.getUint32(from) + DISK_SAVING_BYTES;
      bytes.copyWithin(
        at + TYPE_OFFSET + DISK_SAVING_BYTES,
        from + SIZE_FIELD_BYTES,
        from + size,
      );
      writeRecordStart(view, at, size + SIZE_FIELD_BYTES);
      setAttemptsBefore(view, at, view.getUint16(at + ATTEMPTS_OFFSET));
      const id = readMessageId(view, at + ID_OFFSET, this.#nodeId);
      if (id === FOREIGN_ID) slab.expectedId = Infinity; // a run of its own
      slab.noteId(id);
      slab.count++;
      at += size + SIZE_FIELD_BYTES;
      from += size;
    }
    slab.end = at;
    slab.live = count;
    slab.firstIndex = NaN;
  }
}

/** Where in a slab of `capacity` bytes a block must begin so that all its records can grow by {@link DISK_SAVING_BYTES}. */
function expansionGap(capacity: number): number {
  const block = Math.floor(
    capacity * MIN_DISK_RECORD_BYTES / (MIN_DISK_RECORD_BYTES + DISK_SAVING_BYTES),
  );
  return capacity - block;
}
