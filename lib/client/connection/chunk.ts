/** Where what a connection receives lies in memory, and how frames are found in it. */

import { FRAME_HEADER_BYTES } from "../../wire/protocol.ts";
import { SIZE_FIELD_BYTES } from "../../wire/record.ts";

/** A chunk of a quiet connection, and of one whose reads bring much. */
const SMALL_BYTES = 16 * 1024;
const LARGE_BYTES = 128 * 1024;

/** With less room than this behind what was received, a new chunk is begun. */
const MIN_ROOM_BYTES = 4 * 1024;

/** Of chunks that were left while messages in them were not answered, so much is kept in mind, to be used again. */
const MAX_LEFT_BYTES = 32 * 1024 * 1024;

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

  /** Nothing is left in it that somebody could look at. */
  get isFree(): boolean {
    return this.unanswered === 0 && !this.isShared;
  }

  /** Gives its memory away. Answered messages that somebody still has lose their contents. */
  release(): Uint8Array {
    const { bytes } = this;
    this.bytes = NOTHING;
    this.view = NOTHING_VIEW;
    return bytes;
  }
}

/** The server sent what is no frame. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/**
 * What was received and not looked at: `chunk.bytes[start, end)`. A chunk in which nothing is left that somebody could look at is
 * used again, at once or when the current one is full; else a new one is begun, and who holds messages holds the chunk. It grows
 * with what was received, never with what a size field claims.
 */
export class FrameReader {
  chunk: Chunk = new Chunk(new Uint8Array(SMALL_BYTES));
  start = 0;
  end = 0;
  #chunkBytes = SMALL_BYTES;
  /** Chunks before this one that may become free, the oldest first. */
  #left: Chunk[] = [];
  #leftBytes = 0;

  /** Where the next read goes. Only between passes over the frames. */
  room(): Uint8Array {
    const { chunk, start, end } = this;
    if (chunk.isFree && start > 0 && (start === end || this.#hasLittleRoom())) this.#restart();
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

  /** Gives back memory that is not in use. */
  shrink(): void {
    this.#left = [];
    this.#leftBytes = 0;
  }

  #hasLittleRoom(): boolean {
    return this.chunk.bytes.length - this.end < MIN_ROOM_BYTES;
  }

  /** Uses the same memory again, or a larger one from now on. */
  #restart(): void {
    const { chunk, start, end } = this;
    const bytes = chunk.release();
    if (bytes.length < this.#chunkBytes) {
      return this.#goOnIn(new Uint8Array(this.#chunkBytes), bytes);
    }
    bytes.copyWithin(0, start, end);
    this.chunk = new Chunk(bytes);
    this.end = end - start;
    this.start = 0;
  }

  /** Goes on in another piece of memory, twice as large as what is in it already. */
  #begin(): void {
    const { chunk, start, end } = this;
    const neededBytes = Math.max(this.#chunkBytes, 2 * (end - start));
    const bytes = this.#takeLeft(neededBytes) ?? new Uint8Array(neededBytes);
    this.#goOnIn(bytes, chunk.bytes);
    if (chunk.isShared || this.#leftBytes + chunk.bytes.length > MAX_LEFT_BYTES) return;
    this.#left.push(chunk);
    this.#leftBytes += chunk.bytes.length;
  }

  #goOnIn(bytes: Uint8Array, from: Uint8Array): void {
    bytes.set(from.subarray(this.start, this.end));
    this.chunk = new Chunk(bytes);
    this.end -= this.start;
    this.start = 0;
  }

  /** The memory of the oldest chunk that is free and large enough. */
  #takeLeft(neededBytes: number): Uint8Array | undefined {
    for (let i = 0; i < this.#left.length;) {
      const chunk = this.#left[i]!;
      const isTaken = chunk.isFree && chunk.bytes.length >= neededBytes;
      if (!isTaken && !chunk.isShared) {
        i++;
        continue;
      }
      this.#left.splice(i, 1);
      this.#leftBytes -= chunk.bytes.length;
      if (isTaken) return chunk.release();
    }
    return undefined;
  }
}
