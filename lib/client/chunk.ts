/** Where what a connection receives lies in memory, and how frames are found in it. */

import { FRAME_HEADER_BYTES } from "../wire/protocol.ts";
import { SIZE_FIELD_BYTES } from "../wire/record.ts";

/** A chunk of a quiet connection, and of one whose reads bring much. */
const SMALL_BYTES = 16 * 1024;
const LARGE_BYTES = 128 * 1024;

/** With less room than this behind what was received, a new chunk is begun. */
const MIN_ROOM_BYTES = 4 * 1024;

const NOTHING = new Uint8Array(0);
const NOTHING_VIEW = new DataView(NOTHING.buffer);

/** A piece of memory that one or many frames were read into. */
export class Chunk {
  view: DataView;
  /** Messages in it that are not answered yet. */
  unanswered = 0;
  /** Somebody was given a view of it: it is never written over. */
  isShared = false;

  constructor(public bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** The server sent what is no frame. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/**
 * What was received and not looked at: `chunk.bytes[start, end)`. A chunk in which nothing is left that somebody could look at is
 * used again; else the next one is begun, and who holds messages holds the chunk. It grows with what was received, never with what a
 * size field claims.
 */
export class FrameReader {
  chunk = new Chunk(new Uint8Array(SMALL_BYTES));
  start = 0;
  end = 0;
  #chunkBytes = SMALL_BYTES;

  /** Where the next read goes. Only between passes over the frames. */
  room(): Uint8Array {
    const { chunk, start, end } = this;
    const isFree = chunk.unanswered === 0 && !chunk.isShared;
    if (isFree && start > 0 && (start === end || this.#hasLittleRoom())) this.#restart();
    if (this.#hasLittleRoom()) this.#begin();
    return this.chunk.bytes.subarray(this.end);
  }

  /** `count` bytes were read into {@link room}. */
  received(count: number): void {
    this.end += count;
    if (this.end === this.chunk.bytes.length) this.#chunkBytes = LARGE_BYTES;
  }

  /** Where the next frame ends; 0 if not all of it is there. @throws FrameError */
  frameEnd(): number {
    const available = this.end - this.start;
    if (available < FRAME_HEADER_BYTES) return 0;
    const size = this.chunk.view.getInt32(this.start);
    if (size < SIZE_FIELD_BYTES) throw new FrameError(`invalid frame size ${size}`);
    return available < SIZE_FIELD_BYTES + size ? 0 : this.start + SIZE_FIELD_BYTES + size;
  }

  #hasLittleRoom(): boolean {
    return this.chunk.bytes.length - this.end < MIN_ROOM_BYTES;
  }

  /** Uses the same memory again. Answered messages that somebody still has lose their contents. */
  #restart(): void {
    const { chunk, start, end } = this;
    const { bytes } = chunk;
    chunk.bytes = NOTHING;
    chunk.view = NOTHING_VIEW;
    bytes.copyWithin(0, start, end);
    this.chunk = new Chunk(bytes.length < this.#chunkBytes ? this.#copy(bytes, 0) : bytes);
    this.end = end - start;
    this.start = 0;
  }

  /** Goes on in another piece of memory. */
  #begin(): void {
    const { chunk, start, end } = this;
    this.chunk = new Chunk(this.#copy(chunk.bytes.subarray(start, end), end - start));
    this.end = end - start;
    this.start = 0;
  }

  /** @param contentBytes what will be kept free for, twice */
  #copy(bytes: Uint8Array, contentBytes: number): Uint8Array {
    const copy = new Uint8Array(Math.max(this.#chunkBytes, 2 * contentBytes));
    copy.set(bytes);
    return copy;
  }
}
