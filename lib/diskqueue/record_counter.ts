import { attempt, isNotFound } from "./errors.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { isLongRecord } from "./long_record.ts";
import { newWalk, PREFIX_BYTES, type RecordLimits, type WalkEnd, walkRecords } from "./records.ts";

const BLOCK_BYTES = 256 * 1024;

/** The whole records found in a file behind some offset. */
export interface FileCount {
  count: number;
  /** Offset in the file behind the last whole record. */
  endOffset: number;
  end: WalkEnd;
}

/** Counts records in data files without keeping them; records larger than a block are skipped by seeking. */
export class RecordCounter {
  readonly #files: FileSystem;
  readonly #limits: RecordLimits;

  constructor(files: FileSystem, limits: RecordLimits) {
    this.#files = files;
    this.#limits = limits;
  }

  /** Counts from `offset` to `limit` or the end of the file. A missing file holds nothing. Throws `DiskQueueError`. */
  count(path: string, offset: number, limit = Infinity): FileCount {
    try {
      return attempt("read", path, () => {
        const sizeBytes = Math.min(limit, this.#files.sizeBytes(path) ?? 0);
        const handle = this.#files.openRead(path);
        try {
          return this.#countIn(handle, offset, sizeBytes);
        } finally {
          handle.close();
        }
      });
    } catch (error) {
      if (isNotFound(error)) return { count: 0, endOffset: offset, end: "complete" };
      throw error;
    }
  }

  /** Whether a file holds nothing but zeros from `offset` on. Throws `DiskQueueError`. */
  isZeroFrom(path: string, offset: number): boolean {
    return attempt("read", path, () => {
      const handle = this.#files.openRead(path);
      try {
        handle.seek(offset);
        const block = new Uint8Array(BLOCK_BYTES);
        for (let got; (got = handle.read(block)) > 0;) {
          if (block.subarray(0, got).some((byte) => byte !== 0)) return false;
        }
        return true;
      } finally {
        handle.close();
      }
    });
  }

  #countIn(handle: FileHandle, start: number, sizeBytes: number): FileCount {
    const walk = newWalk();
    const block = new Uint8Array(Math.max(0, Math.min(BLOCK_BYTES, sizeBytes - start)));
    let offset = start;
    let count = 0;
    while (offset < sizeBytes) {
      handle.seek(offset);
      const wanted = Math.min(block.length, sizeBytes - offset);
      const got = handle.read(block.subarray(0, wanted));
      if (got === 0) return { count, endOffset: offset, end: "incomplete" };
      walkRecords(block, got, this.#limits, walk);
      offset += walk.bytes;
      count += walk.count;
      if (walk.end === "invalid") return { count, endOffset: offset, end: "invalid" };
      if (walk.count > 0 || walk.end === "complete") continue;
      const { stoppedAtLength } = walk;
      if (
        walk.end === "long" &&
        !isLongRecord(handle, offset, stoppedAtLength, sizeBytes, this.#limits)
      ) {
        return { count, endOffset: offset, end: "invalid" };
      }
      // A record larger than the block, or one that the file ends in.
      const next = offset + PREFIX_BYTES + stoppedAtLength;
      const prefixRead = got >= PREFIX_BYTES;
      if (!prefixRead && got < wanted) continue;
      if (!prefixRead || next > sizeBytes) return { count, endOffset: offset, end: "incomplete" };
      offset = next;
      count++;
    }
    return { count, endOffset: offset, end: "complete" };
  }
}
