import { Buffer } from "node:buffer";
import type { FileHandle } from "../storage/file_system.ts";
import {
  findMark,
  HEADER_BYTES,
  newHeader,
  payloadIsWhole,
  readHeader,
  SPARE_HEADER,
} from "./format.ts";

/** How much is read at once, unless a block is larger. */
const CHUNK_BYTES = 256 * 1024;

const ZEROS = new Uint8Array(CHUNK_BYTES);

/** Takes blocks whatever their salt. */
export const ANY_SALT = -1;

/** Whether a file is one that was to become a segment, to which nothing was written yet. @throws what reading throws */
export function isSpare(file: FileHandle): boolean {
  const bytes = new Uint8Array(SPARE_HEADER.length);
  file.seek(0);
  const count = file.read(bytes);
  return count === bytes.length && bytes.every((byte, at) => byte === SPARE_HEADER[at]);
}

/** Where the block ends whose header is whole and stands at `at`, whatever became of the rest; `at` if there is none. */
function begunEnd(file: FileHandle, at: number, end: number, salt: number): number {
  const bytes = new Uint8Array(HEADER_BYTES), header = newHeader();
  file.seek(at);
  file.read(bytes);
  const isBlock = readHeader(bytes, new DataView(bytes.buffer), 0, header) && header.salt === salt;
  return isBlock ? Math.min(end, at + HEADER_BYTES + header.payloadBytes) : at;
}

/** Behind the last byte of `[from, end)` that is not zero; `from` if none is: room that was never used. @throws what reading throws */
export function usedEnd(file: FileHandle, from: number, end: number): number {
  const bytes = new Uint8Array(Math.min(CHUNK_BYTES, end - from));
  for (let to = end; to > from;) {
    const at = Math.max(from, to - bytes.length), chunk = bytes.subarray(0, to - at);
    file.seek(at);
    for (let filled = 0; filled < chunk.length;) {
      const count = file.read(chunk.subarray(filled));
      if (count === 0) return end; // cut by somebody meanwhile
      filled += count;
    }
    if (Buffer.compare(chunk, ZEROS.subarray(0, chunk.length)) !== 0) {
      return at + chunk.findLastIndex((byte) => byte !== 0) + 1;
    }
    to = at;
  }
  return from;
}

/**
 * Behind the last byte of `[from, end)` that tells of a write that was torn; `from` if none does.
 * @param from behind the last whole block
 * @param roomBytes how much of the file held something else before: there only a block's header tells of one
 * @throws what reading throws
 */
export function writtenEnd(
  file: FileHandle,
  from: number,
  end: number,
  salt: number,
  roomBytes: number,
): number {
  const zerosAt = Math.max(from, Math.min(roomBytes, end)), used = usedEnd(file, zerosAt, end);
  return used > zerosAt ? used : begunEnd(file, from, end, salt);
}

/** Reads the blocks of a segment one after the other, past damage. */
export class BlockReader {
  readonly header = newHeader();
  /** Where in the file the block begins. */
  offset = 0;
  /** Where in `bytes` its payload begins. */
  payloadAt = 0;
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  /** Bytes that were no block, between the block before and this one or, at the end, behind the last. */
  damagedBytes = 0;
  /** Where the last whole block ended. */
  end = 0;
  readonly #file: FileHandle;
  readonly #salt: number;
  #sizeBytes: number;
  /** Where in the file `bytes` begin, and how many are filled. */
  #chunkAt = 0;
  #chunkBytes = 0;
  /** Where the next block is expected. */
  #next = 0;

  /** @param sizeBytes how much of the file counts @param salt of the segment's blocks */
  constructor(file: FileHandle, sizeBytes: number, salt: number) {
    this.#file = file;
    this.#salt = salt;
    this.#sizeBytes = sizeBytes;
    this.bytes = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(HEADER_BYTES, sizeBytes)));
    this.view = new DataView(this.bytes.buffer);
  }

  /** Goes to `offset`, where a block begins. @param sizeBytes how much of the file counts now */
  seek(offset: number, sizeBytes: number): void {
    this.#next = offset;
    this.#sizeBytes = sizeBytes;
    const end = this.#chunkAt + this.#chunkBytes;
    if (offset < this.#chunkAt || offset >= end) this.#chunkBytes = 0;
  }

  /** Goes to the next whole block. Returns false at the end. @throws what reading throws */
  next(): boolean {
    this.damagedBytes = 0;
    while (this.#load(HEADER_BYTES)) {
      const at = this.#next - this.#chunkAt;
      const blockBytes = this.#wholeBlock(at);
      if (blockBytes > 0) {
        this.offset = this.#next;
        this.payloadAt = this.#next - this.#chunkAt + HEADER_BYTES;
        this.end = this.#next += blockBytes;
        return true;
      }
      this.#skip(this.#next - this.#chunkAt);
    }
    this.damagedBytes += this.#sizeBytes - this.#next;
    this.#next = this.#sizeBytes;
    return false;
  }

  /** Bytes of the block at `at`; 0 if there is none. */
  #wholeBlock(at: number): number {
    const { header } = this;
    if (!readHeader(this.bytes, this.view, at, header)) return 0;
    if (header.salt !== this.#salt && this.#salt !== ANY_SALT) return 0;
    const blockBytes = HEADER_BYTES + header.payloadBytes;
    if (!this.#load(blockBytes)) return 0;
    return payloadIsWhole(this.bytes, this.#next - this.#chunkAt, header) ? blockBytes : 0;
  }

  /** Goes on at the next mark behind `at`. */
  #skip(at: number): void {
    const filled = this.bytes.subarray(0, this.#chunkBytes);
    const found = findMark(filled, this.view, at + 1, this.#salt);
    // A mark may lie across the end of the chunk.
    const to = found < filled.length ? found : Math.max(at + 1, filled.length - 3);
    this.damagedBytes += to - at;
    this.#next += to - at;
  }

  /** Has `count` bytes from the next block on in memory. Returns false when there are not so many. */
  #load(count: number): boolean {
    if (this.#next + count > this.#sizeBytes) return false;
    if (this.#next >= this.#chunkAt && this.#next + count <= this.#chunkAt + this.#chunkBytes) {
      return true;
    }
    if (count > this.bytes.length) {
      this.bytes = new Uint8Array(count);
      this.view = new DataView(this.bytes.buffer);
    }
    this.#file.seek(this.#next);
    this.#chunkAt = this.#next;
    this.#chunkBytes = 0;
    const wanted = Math.min(this.bytes.length, this.#sizeBytes - this.#next);
    while (this.#chunkBytes < wanted) {
      const read = this.#file.read(this.bytes.subarray(this.#chunkBytes, wanted));
      if (read === 0) break;
      this.#chunkBytes += read;
    }
    return this.#chunkBytes >= count;
  }
}
