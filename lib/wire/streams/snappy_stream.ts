import type { ByteStream } from "../byte_stream.ts";
import { InputBuffer } from "../input_buffer.ts";
import {
  CHUNK_HEADER_BYTES,
  chunkData,
  chunkHeader,
  MAX_CHUNK_DATA_BYTES,
  maxChunkBytes,
  SnappyError,
  STREAM_START,
  writeChunk,
} from "./snappy_chunks.ts";
import { writeAll } from "./write_all.ts";

/** Chunks that are compressed together before they are written. */
const CHUNKS_PER_WRITE = 4;

const NOTHING = new Uint8Array(0);

/**
 * Snappy (framing format) over another stream. What is read is uncompressed only as far as somebody takes it, and at most the rest
 * of one chunk is kept.
 */
export class SnappyStream implements ByteStream {
  readonly #inner: ByteStream;
  readonly #input = new InputBuffer();
  /** Uncompressed, not yet taken. */
  #data: Uint8Array = NOTHING;
  /** Bytes of a chunk without interest that are still to come. */
  #skipBytes = 0;
  #beforeFirstChunk = true;
  #started = false;

  /** @param received what was read from `inner` already, and belongs to the compressed stream */
  constructor(inner: ByteStream, received: Uint8Array) {
    this.#inner = inner;
    this.#input.append(received, 0, received.length);
  }

  /** @throws SnappyError if the other side sends something else */
  async read(into: Uint8Array): Promise<number | null> {
    let count = 0;
    for (;;) {
      count += this.#take(into.subarray(count));
      if (count < into.length && this.#nextChunk()) continue;
      if (count > 0) return count;
      const read = await this.#inner.read(this.#input.room());
      if (read === null) {
        if (this.#input.start < this.#input.end || this.#skipBytes > 0) {
          throw new SnappyError("unexpected EOF");
        }
        return null;
      }
      this.#input.received(read);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const length = Math.min(bytes.length, CHUNKS_PER_WRITE * MAX_CHUNK_DATA_BYTES);
    const out = new Uint8Array(
      STREAM_START.length + CHUNKS_PER_WRITE * maxChunkBytes(0) + length,
    );
    let end = 0;
    if (!this.#started) {
      this.#started = true;
      out.set(STREAM_START);
      end = STREAM_START.length;
    }
    for (let at = 0; at < length; at += MAX_CHUNK_DATA_BYTES) {
      const dataEnd = Math.min(at + MAX_CHUNK_DATA_BYTES, length);
      end = writeChunk(bytes.subarray(at, dataEnd), out, end);
    }
    await writeAll(this.#inner, out.subarray(0, end));
    return length;
  }

  async closeWrite(): Promise<void> {
    await this.#inner.closeWrite?.();
  }

  close(): void {
    this.#inner.close();
  }

  /** Hands out what is uncompressed. */
  #take(into: Uint8Array): number {
    const data = this.#data;
    const count = Math.min(data.length, into.length);
    if (count === 0) return 0;
    into.set(count === data.length ? data : data.subarray(0, count));
    this.#data = count === data.length ? NOTHING : data.subarray(count);
    return count;
  }

  /** Uncompresses the next chunk, if all of it was received. False if more input is needed. @throws SnappyError */
  #nextChunk(): boolean {
    const input = this.#input;
    const skipped = Math.min(this.#skipBytes, input.end - input.start);
    this.#skipBytes -= skipped;
    input.start += skipped;
    const { bytes, start } = input;
    const available = input.end - start;
    if (this.#skipBytes > 0 || available < CHUNK_HEADER_BYTES) return false;
    const header = chunkHeader(bytes, start, this.#beforeFirstChunk);
    if (header.skipped) {
      input.start += CHUNK_HEADER_BYTES;
      this.#skipBytes = header.bodyBytes;
      return true;
    }
    const bodyStart = start + CHUNK_HEADER_BYTES;
    const end = bodyStart + header.bodyBytes;
    if (end > input.end) return false;
    this.#beforeFirstChunk = false;
    this.#data = chunkData(header.type, bytes.subarray(bodyStart, end));
    input.start = end;
    return true;
  }
}
