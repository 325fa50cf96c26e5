import { COPY_ALIGNMENT, copyBytes, copyShared, phaseOf } from "./copy_bytes.ts";
import { releaseMemory } from "./release_memory.ts";

/** Capacity of a buffer that waits for a client that has said nothing lately. */
const IDLE_BYTES = 512;

/** Capacity of a buffer on its first growth, and how it grows while reads fill it. */
const ACTIVE_BYTES = 16 * 1024;
const GROWTH = 4;

/** Reads are not made larger than this; only an incomplete body makes the buffer larger. */
const MAX_READ_BYTES = 256 * 1024;

/** Memory for what is mostly parsed at once: see {@link InputBuffer.appendShared}. */
const SHARED = new Uint8Array(128 * 1024 + COPY_ALIGNMENT);
const SHARED_VIEW = new DataView(SHARED.buffer);

const NOTHING = new Uint8Array(0);
const NOTHING_VIEW = new DataView(NOTHING.buffer);

/**
 * What a connection has received and nobody has parsed yet: `bytes[start, end)`. It grows with what was received, never with what a
 * size field claims, and starts again at its beginning whenever it is empty.
 */
export class InputBuffer {
  bytes: Uint8Array = new Uint8Array(IDLE_BYTES);
  view: DataView = new DataView(this.bytes.buffer);
  /** Where the parser stands. */
  start = 0;
  /** Where what was received ends. */
  end = 0;

  /** Room for the next read. Moves or grows the contents as needed: offsets into `bytes` are not valid after this. */
  room(): Uint8Array {
    if (this.start === this.end) {
      this.start = this.end = 0;
      if (this.bytes.length === 0) this.#resize(IDLE_BYTES);
    } else if (this.end === this.bytes.length) {
      if (this.start > 0 && this.end - this.start <= this.bytes.length >> 1) this.#compact();
      else this.#resize(this.bytes.length < ACTIVE_BYTES ? ACTIVE_BYTES : this.bytes.length * 2);
    }
    return this.bytes.subarray(this.end, this.end + MAX_READ_BYTES);
  }

  /** `count` bytes were read into {@link room}. A read that filled the buffer makes the next one larger. */
  received(count: number): void {
    this.end += count;
    if (this.end === this.bytes.length && this.bytes.length < MAX_READ_BYTES) {
      this.#resize(Math.max(ACTIVE_BYTES, this.bytes.length * GROWTH));
    }
  }

  /**
   * Adds `from[start, end)`, which was received in another way than by reading into {@link room}. Whatever comes when nothing waits stands as far from
   * a multiple of {@link COPY_ALIGNMENT} as it does there, and what follows goes on from that.
   */
  append(from: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (this.start === this.end) this.start = this.end = phaseOf(from.byteOffset + start);
    if (this.end + count > this.bytes.length) this.#makeRoom(count);
    copyShared(from, start, end, this.bytes, this.end);
    this.end += count;
  }

  /**
   * As {@link append}, but if the buffer has no memory of its own, what comes stands in memory that all buffers share: {@link keep} must be called
   * before anybody else's turn.
   */
  appendShared(from: Uint8Array, start: number, end: number): void {
    const at = phaseOf(from.byteOffset + start);
    const isLarge = at + end - start > SHARED.length;
    if (this.bytes.length > 0 || isLarge) return this.append(from, start, end);
    copyBytes(from, start, end, SHARED, at);
    this.#use(SHARED, SHARED_VIEW, at, at + end - start);
  }

  /** Puts what was not parsed of what {@link appendShared} added into memory of its own. */
  keep(): void {
    if (this.bytes !== SHARED) return;
    const { start, end } = this;
    this.#use(NOTHING, NOTHING_VIEW, 0, 0);
    if (start < end) this.append(SHARED, start, end);
  }

  /** Takes out all that was received. */
  takeAll(): Uint8Array {
    const bytes = this.bytes.slice(this.start, this.end);
    this.start = this.end = 0;
    return bytes;
  }

  /** Nothing has been received for a while: gives memory back. Only while no read is using {@link room}. */
  shrink(): void {
    if (this.start === this.end && this.bytes.length > IDLE_BYTES) {
      const { buffer } = this.bytes;
      this.start = this.end = 0;
      this.#resize(IDLE_BYTES);
      releaseMemory(buffer as ArrayBuffer);
    }
  }

  /** If nothing waits: gives all memory back, for who will use {@link appendShared}. */
  clear(): void {
    if (this.start < this.end || this.bytes.length === 0) return;
    const { buffer } = this.bytes;
    this.#use(NOTHING, NOTHING_VIEW, 0, 0);
    releaseMemory(buffer as ArrayBuffer);
  }

  #use(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.end = end;
  }

  #makeRoom(count: number): void {
    const waiting = this.end - this.start;
    const needed = COPY_ALIGNMENT + waiting + count;
    const { length } = this.bytes, at = phaseOf(this.start);
    if (needed <= length && waiting <= length >> 1) this.#compact(at);
    else this.#resize(capacityFor(needed), at);
  }

  #compact(at = 0): void {
    this.bytes.copyWithin(at, this.start, this.end);
    this.end -= this.start - at;
    this.start = at;
  }

  #resize(capacity: number, at = 0): void {
    const bytes = new Uint8Array(capacity);
    bytes.set(this.bytes.subarray(this.start, this.end), at);
    this.end -= this.start - at;
    this.start = at;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

function capacityFor(bytes: number): number {
  return bytes <= IDLE_BYTES
    ? IDLE_BYTES
    : Math.max(ACTIVE_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
}
