/** One file that messages are written to, plain or as a row of gzip members. */

import { gzipSync } from "node:zlib";

/** How a file is opened and written. */
export interface OutputFileSettings {
  /** 1 to 9; 0 for no compression. */
  readonly gzipLevel: number;
  /** Whether the file must be new; otherwise one that exists is continued. */
  readonly exclusive: boolean;
}

const NEWLINE = 0x0a;
const FILE_MODE = 0o666;

/** So much is written at once at most: bounds memory, and what a gzip member holds up (about 4 ms). */
const BATCH_BYTES = 256 * 1024;

const SMALL_BATCH_BYTES = 1024;

/**
 * A file that grows by messages, a newline after each. With gzip each {@link flush} makes one
 * member, so that what was flushed can be read whatever happens next.
 *
 * After an error of any method it can only be abandoned.
 */
export class OutputFile {
  /** Bytes of messages and newlines before compression, and of what was there before. */
  sizeBytes: number;
  readonly #file: Deno.FsFile;
  readonly #settings: OutputFileSettings;
  /** Grows as needed: with thousands of topics most hold little. */
  #batch = new Uint8Array(SMALL_BATCH_BYTES);
  #batchedBytes = 0;
  #writtenBytes: number;
  /** Length of the file that {@link sync} has made sure of. */
  #syncedBytes: number;

  /**
   * @throws Deno.errors.AlreadyExists if it must be new and is not
   * @throws Error of the file system
   */
  constructor(readonly path: string, settings: OutputFileSettings) {
    this.#settings = settings;
    this.#file = Deno.openSync(path, {
      ...settings.exclusive
        ? { write: true, createNew: true }
        : { read: true, append: true, create: true },
      mode: FILE_MODE,
    });
    const { size } = this.#file.statSync();
    this.sizeBytes = this.#writtenBytes = this.#syncedBytes = size;
    if (size > 0 && !this.#endsWithNewline(size)) this.#put(Uint8Array.of(NEWLINE));
  }

  /** Takes a message, which may stay in memory until {@link flush}. @throws Error of the file system */
  append(body: Uint8Array): void {
    const length = body.length + 1;
    if (length > BATCH_BYTES - this.#batchedBytes) this.flush();
    this.sizeBytes += length;
    this.#put(body);
    if (this.#batchedBytes === BATCH_BYTES) this.flush();
    this.#reserve(1);
    this.#batch[this.#batchedBytes++] = NEWLINE;
  }

  /** Writes what waits in memory; for gzip that ends a member. @throws Error of the file system */
  flush(): void {
    if (this.#batchedBytes > 0) this.#write(this.#batch.subarray(0, this.#batchedBytes));
    this.#batchedBytes = 0;
  }

  /** Flushes, and resolves when all of it would survive a crash. @throws Error of the file system */
  async sync(): Promise<void> {
    this.flush();
    const length = this.#writtenBytes;
    if (length === this.#syncedBytes) return;
    await this.#file.syncData();
    this.#syncedBytes = length;
  }

  /** Syncs and closes; a gzip file that got nothing becomes a valid empty one. @throws Error of the file system */
  async close(): Promise<void> {
    this.flush();
    if (this.#settings.gzipLevel > 0 && this.#writtenBytes === 0) this.#write(new Uint8Array(0));
    await this.sync();
    this.#file.close();
  }

  /**
   * Closes after an error. What was not synced is cut off, so that the file ends with a whole message or
   * gzip member, unless the file was continued: others may write to it too.
   *
   * @throws Error of the file system
   */
  abandon(): void {
    try {
      if (this.#settings.exclusive) this.#file.truncateSync(this.#syncedBytes);
    } finally {
      this.#file.close();
    }
  }

  /** A crash may have left half a message: the next one must not become a part of its line. */
  #endsWithNewline(size: number): boolean {
    const last = new Uint8Array(1);
    this.#file.seekSync(size - 1, Deno.SeekMode.Start);
    return this.#file.readSync(last) !== 1 || last[0] === NEWLINE;
  }

  #put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#batchedBytes === BATCH_BYTES) this.flush();
      const piece = bytes.subarray(at, at + BATCH_BYTES - this.#batchedBytes);
      this.#reserve(piece.length);
      this.#batch.set(piece, this.#batchedBytes);
      this.#batchedBytes += piece.length;
      at += piece.length;
    }
  }

  #reserve(count: number): void {
    const needed = this.#batchedBytes + count;
    if (needed <= this.#batch.length) return;
    const grown = new Uint8Array(Math.min(BATCH_BYTES, Math.max(needed, 2 * this.#batch.length)));
    grown.set(this.#batch.subarray(0, this.#batchedBytes));
    this.#batch = grown;
  }

  #write(batch: Uint8Array): void {
    const { gzipLevel } = this.#settings;
    const bytes = gzipLevel > 0 ? gzipSync(batch, { level: gzipLevel }) : batch;
    for (let at = 0; at < bytes.length;) {
      const count = this.#file.writeSync(bytes.subarray(at));
      this.#writtenBytes += count;
      at += count;
    }
  }
}
