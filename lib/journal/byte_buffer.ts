/** Bytes that are filled from the front, in memory that grows. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  length = 0;

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Takes `count` more bytes. @returns where they begin; what they hold is undefined */
  extend(count: number): number {
    const at = this.length, end = at + count;
    if (end > this.bytes.length) this.#grow(end);
    this.length = end;
    return at;
  }

  /** Adds `src[start, end)`. */
  append(src: Uint8Array, start: number, end: number): void {
    const at = this.extend(end - start);
    this.bytes.set(src.subarray(start, end), at);
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}

/** Bytes of buffers that are kept for the next ones. */
const POOLED_BYTES_LIMIT = 16 * 1024 * 1024;

/** Buffers between two uses, shared by all journals: an idle topic owns none. */
export class BufferPool {
  #free: ByteBuffer[] = [];
  #pooledBytes = 0;

  take(): ByteBuffer {
    const buffer = this.#free.pop();
    if (buffer === undefined) return new ByteBuffer();
    this.#pooledBytes -= buffer.bytes.length;
    return buffer;
  }

  give(buffer: ByteBuffer): void {
    const { length } = buffer.bytes;
    if (this.#pooledBytes + length > POOLED_BYTES_LIMIT) return;
    this.#pooledBytes += length;
    buffer.length = 0;
    this.#free.push(buffer);
  }
}
