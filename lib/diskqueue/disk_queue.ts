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
import { Barrier } from "../storage/barrier.ts";
import { DiskSpace, type SpaceHolder } from "../storage/disk_space.ts";
import { Checkpoint } from "./checkpoint.ts";
import { DataFiles } from "./data_files.ts";
import { type FileIndex, indexFiles, NO_FILES } from "./file_index.ts";
import { asDiskQueueError, attempt, DiskQueueError, isNoSpace } from "./errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { Timers } from "../storage/timers.ts";
import { Health } from "./health.ts";
import { type Meta, MetaFile } from "./meta_file.ts";
import { Peeker, type PeekSource } from "./peeker.ts";
import { Reader } from "./reader.ts";
import { RecordCounter } from "./record_counter.ts";
import { RecordMarks } from "./record_marks.ts";
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
  /** The shortest a record can be, prefix not included; less in a file is damage. */
  minRecordBytes: number;
  /**
   * The longest that is appended today. A longer one in a file is read if the file bears it out: the limit may have been
   * higher when it was stored.
   */
  usualRecordBytes: number;
  /** Sync after so many records appended and done; no more than so many appended are acknowledged that are not synced. */
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
  /** Where answers wait for a sync: see `syncEvery`. One of its own unless given. */
  barrier?: Barrier;
  /** What frees space for all queues when the disk is full; for this one alone unless given. */
  space?: DiskSpace;
  /** What `indexFiles()` said just before, for opening many queues without reading the directory for each. */
  index?: FileIndex;
}

/** Records that one `read()` handed out; a zero count: nothing more to read now. */
export interface BlockRead {
  /** Length prefixes included. */
  bytes: number;
  count: number;
}

export class DiskQueue implements SpaceHolder {
  readonly #options: DiskQueueOptions;
  readonly #data: DataFiles;
  readonly #meta: MetaFile;
  readonly #counter: RecordCounter;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #checkpoint: Checkpoint;
  readonly #syncer: Syncer<Meta>;
  readonly #health: Health;
  readonly #space: DiskSpace;
  readonly #block: BlockRead = { bytes: 0, count: 0 };
  #depth: number;
  /** Bytes of the records that are not done; null until somebody asks. */
  #bytes: number | null = null;
  /** Records read but not done. */
  #handedOut = 0;
  /** Records done since the queue was opened. */
  #done = 0;
  readonly #marks = new RecordMarks();
  /** See PeekSource.generation. */
  #generation = 0;
  #closed = false;
  /** Why not everything is synced although the queue is closed. */
  #closeFailure: DiskQueueError | null = null;

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
      barrier: options.barrier ?? new Barrier(),
      target: {
        sync: async (isCurrent) => {
          const state = this.#state();
          await this.#checkpoint.syncData(isCurrent);
          return state;
        },
        record: (state, isCurrent) => this.#record(state, isCurrent),
        quiet: () => this.rest(),
        synced: (error) => this.#synced(error),
      },
    });
    this.#space = options.space ?? new DiskSpace();
    this.#space.add(this);
    if (state.changed) this.#syncer.note(1);
  }

  /** Records appended and not yet advanced past. */
  get depth(): number {
    return this.#depth;
  }

  /** Bytes of the records appended and not yet advanced past, with their length prefixes. Throws `DiskQueueError`. */
  get bytes(): number {
    return this.#bytes ??= this.#measure();
  }

  /** Records not yet handed out by `read()`. */
  get unread(): number {
    return this.#depth - this.#handedOut;
  }

  /**
   * Appends `framed[start,end)`: `count` whole records, each with its 4-byte length prefix, their lengths within the
   * limits. All or nothing: throws `DiskQueueError`, and then nothing of it is visible, now or after a restart. When the
   * disk is full, what can be freed is freed first.
   */
  append(framed: Uint8Array, start: number, end: number, count: number): void {
    this.#mustBeOpen();
    if (start === end) return;
    let rolled: boolean;
    try {
      rolled = this.#write(framed, start, end, count);
    } catch (error) {
      if (error instanceof DiskQueueError) this.#health.failed("write", error);
      if (isNoSpace(error)) this.#space.ranShort(this);
      throw error;
    }
    this.#depth += count;
    if (this.#bytes !== null) this.#bytes += end - start;
    const { file, offset } = this.#writer.position;
    this.#marks.note(this.#done + this.#depth, file, offset);
    // A reader that has caught up goes on in the new file, so that no metadata ever points to a file's end.
    if (rolled) this.#reader.stepOver(this.#writer.position);
    // From here on a sync may begin, so the state must be whole.
    this.#wrote();
    this.#syncer.appended(count);
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
    if (this.#bytes !== null) this.#bytes -= bytes;
    this.#done += count;
    this.#syncer.note(count);
    if (this.#reader.position.file === file) return;
    this.#marks.dropBefore(this.#done);
    this.#syncer.request();
    this.#space.hasRoom();
  }

  /** Forgets what was handed out and is not done: the next `read()` starts again at the read position. */
  rewind(): void {
    this.#mustBeOpen();
    this.#reader.rewind();
    this.#handedOut = 0;
  }

  /** A look at what is there, from the oldest record that is not done; the caller closes it. The queue goes on meanwhile. */
  newPeeker(): Peeker {
    return new Peeker(this.#peekSource());
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
    this.#space.remove(this);
    this.#removeFiles();
  }

  /** Gives up the file that it would go on to write to, if all in it is done. False if there is none, or not all is done. */
  freeSpace(): boolean {
    const { file, offset } = this.#writer.position;
    const { position } = this.#reader;
    const done = this.#depth === 0 && position.file === file && position.offset === offset;
    if (!done || offset === 0) return false;
    this.#writer.skipToNextFile();
    this.#reader.jump(this.#writer.position);
    this.#data.discard(file);
    this.#syncer.note(1);
    return true;
  }

  /** The disk that was full has space again. */
  onRoom(): void {
    this.#health.succeeded("write");
  }

  /**
   * Syncs everything and closes the files; the queue is unusable after. A failure is logged and reported to `onHealth`,
   * not thrown: the data files alone hold everything that was appended, and the next `open()` finds it there. Called again
   * after a failure it tries again, but for an fsync, which would only seem to succeed then.
   * @returns the failure, or null
   */
  close(): DiskQueueError | null {
    const failure = this.#closeFailure;
    if (this.#closed && (failure === null || failure.operation === "fsync")) return failure;
    const dirty = this.#closed || this.#syncer.dirty;
    this.#closed = true;
    this.#closeFailure = null;
    this.#syncer.reset();
    try {
      if (dirty) this.#syncNow();
    } catch (error) {
      this.#closeFailure = asDiskQueueError("close", this.#options.name, error);
      this.#synced(this.#closeFailure);
    }
    this.#syncer.reset();
    this.#space.remove(this);
    this.rest();
    return this.#closeFailure;
  }

  /** Closes the files until they are needed. */
  rest(): void {
    this.#writer.closeHandle();
    this.#reader.closeHandle();
  }

  /** Syncs everything in the background. Resolves also when that fails, which {@link close} tells of. */
  sync(): Promise<void> {
    if (this.#syncer.dirty) this.#syncer.request();
    return this.settled();
  }

  /** Resolves when no sync is running in the background; also after `close()`, which does not wait for one. */
  settled(): Promise<void> {
    return this.#syncer.settled();
  }

  #write(framed: Uint8Array, start: number, end: number, count: number): boolean {
    try {
      return this.#writer.append(framed, start, end, count);
    } catch (error) {
      if (!isNoSpace(error) || !this.#space.free()) throw error;
      return this.#writer.append(framed, start, end, count);
    }
  }

  async #record(state: Meta, isCurrent: () => boolean): Promise<void> {
    try {
      await this.#meta.write(state, isCurrent);
    } catch (error) {
      if (!isCurrent() || !isNoSpace(error) || !this.#space.free()) throw error;
      // Where this queue itself gave something up, all was done; else the state stands.
      await this.#meta.write(this.#depth === 0 ? this.#state() : state, isCurrent);
    }
  }

  #syncNow(): void {
    try {
      this.#checkpoint.runNow(this.#state());
    } catch (error) {
      if (!isNoSpace(error) || !this.#space.free()) throw error;
      this.#checkpoint.runNow(this.#state());
    }
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
    this.#done += this.#depth;
    this.#depth = 0;
    this.#bytes = 0;
    this.#handedOut = 0;
    this.#forgetMarks();
    this.#space.hasRoom();
    this.#meta.remove();
    if (failure !== null) throw failure;
  }

  #leaveBadFile(damaged: boolean): void {
    // Nothing is appended to a file that cannot be read.
    if (this.#reader.cursor.file === this.#writer.position.file) this.#writer.skipToNextFile();
    this.#reader.leave(this.#writer.position, damaged);
    this.#bytes = null;
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
    this.#forgetMarks();
    this.#syncer.note(1);
  }

  #measure(): number {
    const { position } = this.#reader, written = this.#writer.position;
    let bytes = 0;
    for (const n of this.#data.numbers) {
      if (n < position.file) continue;
      const path = this.#data.path(n);
      const size = n === written.file
        ? written.offset
        : attempt("stat", path, () => this.#options.files.sizeBytes(path)) ?? 0;
      bytes += size - (n === position.file ? position.offset : 0);
    }
    return bytes;
  }

  #forgetMarks(): void {
    this.#marks.clear();
    this.#generation++;
  }

  #peekSource(): PeekSource {
    // deno-lint-ignore no-this-alias -- the getters tell what is so when they are asked
    const queue = this;
    const { files } = this.#options;
    return {
      files,
      data: this.#data,
      limits: this.#options,
      marks: this.#marks,
      get firstOrdinal() {
        return queue.#done;
      },
      get firstPosition() {
        return queue.#reader.position;
      },
      get endOrdinal() {
        return queue.#done + queue.#depth;
      },
      get endPosition() {
        return queue.#writer.position;
      },
      get generation() {
        return queue.#generation;
      },
    };
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
    this.#space.hasRoom();
    if (syncAgain) this.#syncer.request();
  }

  /** Open files cost; they are opened again when there is something to do. */
  #mustBeOpen(): void {
    if (this.#closed) throw new DiskQueueError("use", this.#options.name, "exiting");
  }

  #log(text: string): void {
    this.#options.logger.error(`DISKQUEUE(${this.#options.name}) ${text}`);
  }
}
