import { FRAME_HEADER_BYTES } from "./protocol.ts";

/** Capacity that a buffer starts with, and goes back to when it is empty: thousands of idle connections must cost little. */
const SMALL_BYTES = 512;

/** A buffer grows at least so many times larger. */
const GROWTH = 4;

/** A buffer that grew beyond this gives its memory back once it is empty. What fits is kept while the connection is busy. */
const KEPT_BYTES = 4 * 1024 * 1024;

const EMPTY = new Uint8Array(0);

/**
 * What a connection is to be sent: frames are added at the end, and {@link take} hands everything out for one write while the next
 * frames go to a second buffer. The two are swapped, never reallocated, while they are in use.
 */
export class OutputBuffer {
  /** Bytes to be sent; only the first `length` count. Reallocated by {@link reserve}: do not keep it. */
  bytes: Uint8Array = EMPTY;
  view: DataView = new DataView(EMPTY.buffer);
  /** Bytes waiting in this buffer. */
  length = 0;
  /** Bytes handed out by {@link take} and not {@link release}d. */
  taken = 0;

  #spare: Uint8Array = EMPTY;
  #spareView: DataView = this.view;

  /** Bytes that wait or are being written. */
  get pending(): number {
    return this.length + this.taken;
  }

  /** Makes room for `count` more bytes and returns where they go; the caller writes them and adds to `length`. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.length;
  }

  /** Adds a frame whose data is `text`, one byte per character. */
  frame(type: number, text: string): void {
    const at = this.reserve(FRAME_HEADER_BYTES + text.length);
    this.view.setUint32(at, text.length + 4);
    this.view.setUint32(at + 4, type);
    const bytes = this.bytes;
    for (let i = 0; i < text.length; i++) bytes[at + FRAME_HEADER_BYTES + i] = text.charCodeAt(i);
    this.length += FRAME_HEADER_BYTES + text.length;
  }

  /** Hands out all that waits, to be written and then given back with {@link release}. Only one may be out. */
  take(): Uint8Array {
    const out = this.bytes.subarray(0, this.length);
    const { bytes, view } = this;
    this.taken = this.length;
    this.bytes = this.#spare;
    this.view = this.#spareView;
    this.length = 0;
    this.#spare = bytes;
    this.#spareView = view;
    return out;
  }

  /** The bytes handed out by {@link take} have been written. */
  release(): void {
    this.taken = 0;
    if (this.#spare.length > KEPT_BYTES) this.#dropSpare();
  }

  /** Nothing has been sent for a while: gives back what is not needed to wait. */
  shrink(): void {
    if (this.taken === 0 && this.#spare.length > 0) this.#dropSpare();
    if (this.length === 0 && this.bytes.length > SMALL_BYTES) {
      this.bytes = EMPTY;
      this.view = new DataView(EMPTY.buffer);
    }
  }

  #dropSpare(): void {
    this.#spare = EMPTY;
    this.#spareView = new DataView(EMPTY.buffer);
  }

  #grow(needed: number): void {
    let capacity = Math.max(this.bytes.length, SMALL_BYTES);
    while (capacity < needed) capacity *= GROWTH;
    const bytes = new Uint8Array(capacity);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}
