import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import type { ByteStream } from "../byte_stream.ts";
import { NodeReadable } from "./node_stream.ts";
import { writeAll } from "./write_all.ts";

/** Compressed bytes that are read at once. */
const READ_BYTES = 16 * 1024;

/** Bytes that are compressed at once: what comes of them is in memory before it is written. */
const WRITE_BYTES = 64 * 1024;

/** What a piece of zlib's output holds at most. It stops when a few such pieces wait (64 KB on current versions of Deno). */
const PIECE_BYTES = 16 * 1024;

const { Z_SYNC_FLUSH } = constants;

/**
 * Raw deflate over another stream. Every write can be uncompressed by the other side as soon as it is there. What is read is
 * uncompressed only as far as somebody takes it, and a few {@link PIECE_BYTES} ahead.
 */
export class DeflateStream implements ByteStream {
  readonly #inner: ByteStream;
  readonly #inflate = createInflateRaw({
    chunkSize: PIECE_BYTES,
    flush: Z_SYNC_FLUSH,
    finishFlush: Z_SYNC_FLUSH,
  });
  readonly #inflated = new NodeReadable(this.#inflate);
  readonly #compressed = new Uint8Array(READ_BYTES);
  /** What zlib was given is not used up yet. */
  #inflating = false;
  readonly #deflate;
  readonly #deflated;

  /**
   * @param received what was read from `inner` already, and belongs to the compressed stream
   * @param level in range [1, 9]
   */
  constructor(inner: ByteStream, received: Uint8Array, level: number) {
    this.#inner = inner;
    this.#deflate = createDeflateRaw({
      level,
      chunkSize: PIECE_BYTES,
      flush: Z_SYNC_FLUSH,
    });
    this.#deflated = new NodeReadable(this.#deflate);
    if (received.length > 0) this.#feed(received.slice());
  }

  /** @throws Error if the other side sends something else */
  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const count = this.#inflated.take(into);
      if (count !== 0) return count;
      if (this.#inflating) {
        await this.#inflated.changed();
        continue;
      }
      const read = await this.#inner.read(this.#compressed);
      if (read === null) return null;
      this.#feed(this.#compressed.subarray(0, read));
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const length = Math.min(bytes.length, WRITE_BYTES);
    const deflated = this.#deflated;
    let compressing = true;
    this.#deflate.write(bytes.subarray(0, length), () => {
      compressing = false;
      deflated.notify();
    });
    for (;;) {
      const piece = deflated.takePiece();
      if (piece === null) throw new Error("deflate: closed");
      if (piece.length > 0) await writeAll(this.#inner, piece);
      else if (compressing) await deflated.changed();
      else return length;
    }
  }

  async closeWrite(): Promise<void> {
    await this.#inner.closeWrite?.();
  }

  close(): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
    this.#inner.close();
  }

  /** @param bytes must stay as they are until they are used up */
  #feed(bytes: Uint8Array): void {
    this.#inflating = true;
    this.#inflate.write(bytes, () => {
      this.#inflating = false;
      this.#inflated.notify();
    });
  }
}
