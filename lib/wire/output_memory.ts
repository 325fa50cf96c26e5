import { releaseMemory } from "./release_memory.ts";

/** What is lent at least. */
const SMALLEST_BYTES = 512;

/** Larger pieces are made for one use, not kept for the next. */
const LARGEST_KEPT_BYTES = 2 * 1024 * 1024;

/** Bytes kept for the next borrower, over all sizes. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** What all connections together may be about to send, in bytes, unless they have next to nothing each. */
const LIMIT_BYTES = 64 * 1024 * 1024;

/** What one connection may be about to send, in bytes, while others leave it that much. */
const ALLOWANCE_BYTES = 1024 * 1024;

/** A borrowed piece of memory. */
export interface OutputPiece {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * The memory in which all connections of a server keep what they are about to send, lent in pieces for as long as something stands in them:
 * a silent connection has none. Everybody may have as much as is still free ({@link allowanceBytes}), so that thousands who do not read
 * end up with little each and those who do read find room.
 */
export class OutputMemory {
  /** Bytes lent. */
  lentBytes = 0;
  /** Free pieces, by the binary logarithm of their size. */
  readonly #free: OutputPiece[][] = [];
  #keptBytes = 0;

  constructor(readonly limitBytes: number = LIMIT_BYTES) {}

  /** What one connection may have waiting. It may have one message even so, if it has nothing else: somebody who reads must not starve. */
  get allowanceBytes(): number {
    const free = this.limitBytes - this.lentBytes;
    return free < ALLOWANCE_BYTES ? free : ALLOWANCE_BYTES;
  }

  /** Lends a piece of at least `bytes`. */
  lend(bytes: number): OutputPiece {
    const order = orderOf(bytes);
    const piece = this.#free[order]?.pop();
    if (piece !== undefined) {
      this.#keptBytes -= piece.bytes.length;
      this.lentBytes += piece.bytes.length;
      return piece;
    }
    const fresh = new Uint8Array(2 ** order);
    this.lentBytes += fresh.length;
    return { bytes: fresh, view: new DataView(fresh.buffer) };
  }

  /** A piece is needed no more. Nobody may use it from now on. */
  giveBack(piece: OutputPiece): void {
    const { length } = piece.bytes;
    this.lentBytes -= length;
    if (length > LARGEST_KEPT_BYTES || this.#keptBytes + length > KEPT_BYTES) return free(piece);
    (this.#free[orderOf(length)] ??= []).push(piece);
    this.#keptBytes += length;
  }

  /** Gives what nobody uses back to the system. */
  trim(): void {
    for (const pieces of this.#free) pieces?.forEach(free);
    this.#free.length = 0;
    this.#keptBytes = 0;
  }
}

function orderOf(bytes: number): number {
  return bytes <= SMALLEST_BYTES
    ? 9
    : bytes > 2 ** 31
    ? Math.ceil(Math.log2(bytes))
    : 32 - Math.clz32(bytes - 1);
}

function free(piece: OutputPiece): void {
  releaseMemory(piece.bytes.buffer as ArrayBuffer);
}
