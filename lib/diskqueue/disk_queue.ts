/**
 * A first-in first-out queue of byte records on disk, in the files of go-diskqueue 1.1.0: either can open what the other
 * has closed.
 *
 *     NAME.diskqueue.000000.dat   records, each an int32 length (big-endian) and its bytes
 *     NAME.diskqueue.000001.dat   the next file, begun when the record would not fit under maxBytesPerFile
 *     NAME.diskqueue.meta.dat     "depth\nreadFile,readOffset\nwriteFile,writeOffset\n"
 *
 *     append ─► Writer ─► data files ─► Reader ─► read (cursor moves) ─► advance (read position moves, files go away)
 *                  └──► Syncer: fsync, then metadata, in the background
 */
import type { Logger } from "../log/logger.ts";
import { Checkpoint } from "./checkpoint.ts";
import { DataFiles } from "./data_files.ts";
import { type FileIndex, indexFiles, NO_FILES } from "./file_index.ts";
import { DiskQueueError } from "./errors.ts";
import type { FileSystem, Timers } from "./file_system.ts";
import { Health } from "./health.ts";
import { type Meta, MetaFile } from "./meta_file.ts";
import { Reader } from "./reader.ts";
import { RecordCounter } from "./record_counter.ts";
import { recover } from "./recovery.ts";
import { Syncer } from "./syncer.ts";
import { Writer } from "./writer.ts";

export interface DiskQueueOptions {
  /** Leading part of the file names. */
  name: string;
  /** Directory of the files; it must exist when the first record is appended. */
  dataPath: string;
  /** A file is finished when the next record would take it beyond this size. */
  maxBytesPerFile: number;
  /** Limits on the length of a record, prefix not included; anything else in a file is damage. */
  minRecordBytes: number;
  maxRecordBytes: number;
  /** Sync after so many records appended and done. */
  syncEvery: number;
  /** Sync at the latest so long after the first operation that is not synced, in milliseconds. */
  syncTimeoutMs: number;
  files: FileSystem;
  timers: Timers;
  logger: Logger;
  /**
   * Called with the error when a write or a sync fails, and with null when afterwards everything that had failed has
   * succeeded again.
   */
  onHealth?: (error: Error | null) => void;
  /** What `indexFiles()` said just before, for opening many queues without reading the directory for each. */
  index?: FileIndex;
}

/** Records that one `read()` handed out; a zero count: nothing more to read now. */
export interface BlockRead {
  /** Length prefixes included. */
  bytes: number;
  count: number;
}

export class DiskQueue {
  readonly #options: DiskQueueOptions;
  readonly #data: DataFiles;
  readonly #meta: MetaFile;
  readonly #counter: RecordCounter;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #checkpoint: Checkpoint;
  readonly #syncer: Syncer;
  readonly #health: Health;
  readonly #block: BlockRead = { bytes: 0, count: 0 };
  #depth: number;
  /** Records read but not done. */
  #handedOut = 0;
  #closed = false;

  /** Opens a queue and finds out what it holds. Touches no file if there is none. Throws `DiskQueueError`. */
  static open(options: DiskQueueOptions): DiskQueue {
    return new DiskQueue(options);
  }

  private constructor(options: DiskQueueOptions) {
    this.#options = options;
    const { name, dataPath, files, logger, maxBytesPerFile, syncEvery, syncTimeoutMs } = options;
    const found = (options.index ?? indexFiles(files, dataPath)).get(name) ?? NO_FILES;
    const data = this.#data = new DataFiles({ files, name, dataPath, logger }, found.numbers);
    const meta = this.#meta = new MetaFile(files, name, dataPath, found.hasMeta);
    const counter = this.#counter = new RecordCounter(files, options);
    const state = recover({ name, files, data, meta, counter, logger });
    this.#depth = state.depth;
    this.#reader = new Reader({ name, limits: options, files, data, logger }, state.read);
    const writer = new Writer({ name, maxBytesPerFile, files, data, logger }, state.write);
    this.#writer = writer;
    this.#checkpoint = new Checkpoint({ dataPath, files, data, meta, writer });
    this.#health = new Health((error) => options.onHealth?.(error));
    this.#syncer = new Syncer({
      syncEvery,
      syncTimeoutMs,
      timers: options.timers,
      target: {
        sync: (isCurrent) => this.#checkpoint.run(this.#state(), isCurrent),
        quiet: () => this.#closeHandles(),
        synced: (error) => this.#synced(error),
      },
    });
    if (state.changed) this.#syncer.note(1);
  }

  /** Records appended and not yet advanced past. */
  get depth(): number {
    return this.#depth;
  }

  /** Records not yet handed out by `read()`. */
  get unread(): number {
    return this.#depth - this.#handedOut;
  }

  /**
   * Appends `framed[start,end)`: `count` whole records, each with its 4-byte length prefix, their lengths within the
   * limits. All or nothing: throws `DiskQueueError`, and then nothing of it is visible, now or after a restart.
   */
  append(framed: Uint8Array, start: number, end: number, count: number): void {
    this.#mustBeOpen();
    if (start === end) return;
    let rolled: boolean;
    try {
      rolled = this.#writer.append(framed, start, end, count);
    } catch (error) {
      if (error instanceof DiskQueueError) this.#health.failed("write", error);
      throw error;
    }
    this.#depth += count;
    // A reader that has caught up goes on in the new file, so that no metadata ever points to a file's end.
    if (rolled) this.#reader.stepOver(this.#writer.position);
    // From here on a sync may begin, so the state must be whole.
    this.#wrote();
    this.#syncer.note(count);
    if (rolled) this.#syncer.request();
  }

  /**
   * Hands out the next whole records, as many as fit into `into`, none beyond the end of a file. The read position
   * stays until `advance()`. Throws `RecordTooLargeError` (a `RangeError`) when the next record alone is larger than
   * `into`, and `DiskQueueError` when a file cannot be opened for a reason that may pass; nothing is consumed then.
   * Returns a reused object.
   */
  read(into: Uint8Array): BlockRead {
    this.#mustBeOpen();
    const { found } = this.#reader;
    for (;;) {
      const outcome = this.#reader.read(into, this.#writer.position);
      if (outcome === "records") {
        this.#block.bytes = found.bytes;
        this.#block.count = found.count;
        this.#handedOut += found.count;
        if (this.unread <= 0 && !this.#caughtUp()) this.#recount();
        return this.#block;
      }
      if (outcome === "caught up") {
        if (this.unread !== 0) this.#recount();
        this.#block.bytes = 0;
        this.#block.count = 0;
        return this.#block;
      }
      this.#leaveBadFile(outcome === "damaged");
    }
  }

  /**
   * The oldest `count` records handed out, `bytes` long with their prefixes, are done. Throws `RangeError` if there
   * are not so many.
   */
  advance(bytes: number, count: number): void {
    this.#mustBeOpen();
    if (count > this.#handedOut) {
      throw new RangeError(`advance by ${count} records, but ${this.#handedOut} were read`);
    }
    const { file } = this.#reader.position;
    this.#reader.advance(bytes);
    this.#handedOut -= count;
    this.#depth -= count;
    this.#syncer.note(count);
    if (this.#reader.position.file !== file) this.#syncer.request();
  }

  /** Forgets what was handed out and is not done: the next `read()` starts again at the read position. */
  rewind(): void {
    this.#mustBeOpen();
    this.#reader.rewind();
    this.#handedOut = 0;
  }

  /** Drops everything and deletes the files; the queue stays usable. Throws `DiskQueueError` if a file stays behind. */
  empty(): void {
    this.#mustBeOpen();
    this.#removeFiles();
  }

  /** Drops everything and deletes the files; the queue is unusable after. Throws `DiskQueueError` if a file stays behind. */
  delete(): void {
    this.#mustBeOpen();
    this.#closed = true;
    this.#removeFiles();
  }

  /**
   * Syncs everything and closes the files; the queue is unusable after. A failure is logged and reported to `onHealth`,
   * not thrown: the data files alone hold everything that was appended, and the next `open()` finds it there.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { dirty } = this.#syncer;
    this.#syncer.reset();
    try {
      if (dirty) this.#checkpoint.runNow(this.#state());
    } catch (error) {
      this.#synced(error as Error);
    }
    this.#closeHandles();
  }

  /** Resolves when no sync is running in the background; also after `close()`, which does not wait for one. */
  settled(): Promise<void> {
    return this.#syncer.settled();
  }

  #removeFiles(): void {
    this.#syncer.reset();
    this.#writer.forget();
    let failure: unknown = null;
    for (const file of [...this.#data.numbers]) {
      try {
        this.#data.remove(file);
      } catch (error) {
        failure ??= error;
      }
    }
    if (this.#depth > 0 || this.#writer.position.offset > 0) this.#writer.skipToNextFile();
    this.#reader.jump(this.#writer.position);
    this.#depth = 0;
    this.#handedOut = 0;
    this.#meta.remove();
    if (failure !== null) throw failure;
  }

  #leaveBadFile(damaged: boolean): void {
    // Nothing is appended to a file that cannot be read.
    if (this.#reader.cursor.file === this.#writer.position.file) this.#writer.skipToNextFile();
    this.#reader.leave(this.#writer.position, damaged);
    this.#recount();
    this.#syncer.note(1);
  }

  /** Sets the depth to what is really there. */
  #recount(): void {
    const { file, offset } = this.#reader.cursor;
    let unread = 0;
    for (const n of this.#data.numbers) {
      if (n < file) continue;
      const limit = n === this.#writer.position.file ? this.#writer.position.offset : Infinity;
      unread += this.#counter.count(this.#data.path(n), n === file ? offset : 0, limit).count;
    }
    if (unread === this.unread) return;
    this.#log(`depth ${this.#depth} was wrong, it is ${this.#handedOut + unread}`);
    this.#depth = this.#handedOut + unread;
    this.#syncer.note(1);
  }

  #caughtUp(): boolean {
    const { cursor } = this.#reader;
    const { position } = this.#writer;
    return cursor.file === position.file && cursor.offset >= position.offset;
  }

  #state(): Meta {
    return {
      depth: this.#depth,
      read: { ...this.#reader.position },
      write: { ...this.#writer.position },
    };
  }

  #synced(error: Error | null): void {
    if (error === null) return this.#health.succeeded("sync");
    this.#log(`failed to sync - ${error.message}`);
    this.#health.failed("sync", error);
  }

  #wrote(): void {
    // There is space again: a sync that failed for the same reason need not wait for its timer.
    const syncAgain = this.#health.isFailing("write") && this.#health.isFailing("sync");
    this.#health.succeeded("write");
    if (syncAgain) this.#syncer.request();
  }

  /** Open files cost; they are opened again when there is something to do. */
  #closeHandles(): void {
    this.#writer.closeHandle();
    this.#reader.closeHandle();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new DiskQueueError("use", this.#options.name, "exiting");
  }

  #log(text: string): void {
    this.#options.logger.error(`DISKQUEUE(${this.#options.name}) ${text}`);
  }
}
