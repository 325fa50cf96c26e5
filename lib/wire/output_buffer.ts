import type { OutputMemory, OutputPiece } from "./output_memory.ts";
import { FRAME_HEADER_BYTES } from "./protocol.ts";

/** A buffer grows at least so many times larger. */
const GROWTH = 4;

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);

/**
 * What a connection is to be sent: frames are added at the end, and {@link take} hands everything out for one write while the next
 * frames go to a second buffer. Both are borrowed while something stands in them.
 */
export class OutputBuffer {
  /** Bytes to be sent; only the first `length` count. Reallocated by {@link reserve}: do not keep it. */
  bytes: Uint8Array = EMPTY;
  view: DataView = EMPTY_VIEW;
  /** Bytes waiting in this buffer. */
  length = 0;
  /** Bytes handed out by {@link take} and not {@link release}d. */
  taken = 0;

  readonly #memory: OutputMemory;
  /** The memory of `bytes`. */
  #piece: OutputPiece | null = null;
  /** The memory of what is being written. */
  #takenPiece: OutputPiece | null = null;
  /** How much was taken last: there will be as much again. */
  #lastTaken = 0;
  #closed = false;

  constructor(memory: OutputMemory) {
    this.#memory = memory;
  }

  /** Bytes that wait or are being written. */
  get pending(): number {
    return this.length + this.taken;
  }

  /** Bytes that may be added before some have been written: something if nothing waits; below 0 if too much does, or for good. */
  get roomBytes(): number {
    if (this.#closed) return -1;
    const { pending } = this;
    return pending === 0
      ? Math.max(0, this.#memory.allowanceBytes)
      : this.#memory.allowanceBytes - pending;
  }

  /** Makes room for `count` more bytes and returns where they go; the caller writes them and adds to `length`. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.length;
  }

  /** Adds `source[start, end)`. @returns where it stands in {@link bytes} */
  append(source: Uint8Array, start: number, end: number): number {
    const at = this.reserve(end - start);
    this.bytes.set(source.subarray(start, end), at);
    this.length = at + end - start;
    return at;
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

  /** Takes back what stands at `length` and behind. */
  cut(length: number): void {
    this.length = length;
  }

  /** Hands out all that waits, to be written and then given back with {@link release}. Only one may be out. */
  take(): Uint8Array {
    const out = this.bytes.subarray(0, this.length);
    this.taken = this.#lastTaken = this.length;
    this.#takenPiece = this.#piece;
    this.#empty();
    return out;
  }

  /** The bytes handed out by {@link take} have been written, or will never be. */
  release(): void {
    this.taken = 0;
    if (this.#takenPiece !== null) this.#memory.giveBack(this.#takenPiece);
    this.#takenPiece = null;
  }

  /** Nothing more will be taken: what waits is dropped, and what is added from now on. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    if (this.#piece !== null) this.#memory.giveBack(this.#piece);
    this.#empty();
  }

  #empty(): void {
    this.#piece = null;
    this.bytes = EMPTY;
    this.view = EMPTY_VIEW;
    this.length = 0;
  }

  #grow(needed: number): void {
    const memory = this.#memory;
    const old = this.#piece;
    const likely = Math.min(this.#lastTaken, memory.allowanceBytes);
    const piece = memory.lend(Math.max(needed, old === null ? likely : old.bytes.length * GROWTH));
    if (old !== null) {
      piece.bytes.set(this.bytes.subarray(0, this.length));
      memory.giveBack(old);
    }
    this.#piece = piece;
    this.bytes = piece.bytes;
    this.view = piece.view;
  }
}
