import type { Logger } from "../log/logger.ts";
import type { DataFiles } from "./data_files.ts";
import { attempt, isNotFound, RecordTooLargeError } from "./errors.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { isLongRecord } from "./long_record.ts";
import type { Position } from "./meta_file.ts";
import { newWalk, PREFIX_BYTES, type RecordLimits, type Walk, walkRecords } from "./records.ts";

/** What a reader works on. */
export interface ReaderOptions {
  name: string;
  limits: RecordLimits;
  files: FileSystem;
  data: DataFiles;
  logger: Logger;
}

/** What `read()` found at the cursor. */
export type ReadOutcome =
  /** Whole records were handed out; how many bytes and records is in `found`. */
  | "records"
  /** The cursor is where the writer is. */
  | "caught up"
  /** The file at the cursor is damaged; `leave()` goes on to the next. */
  | "damaged"
  /** The file at the cursor is gone; `leave()` goes on to the next. */
  | "missing";

/** A file that the cursor has left while records handed out from it are not done yet. */
interface LeftFile {
  file: number;
  endOffset: number;
  damaged: boolean;
}

/**
 * Reads blocks of records. Two positions: the cursor, up to which records were handed out, and behind it the read
 * position, up to which they are done. A file goes away when the read position leaves it.
 */
export class Reader {
  readonly #options: ReaderOptions;
  #position: Position;
  #cursor: Position;
  readonly #left: LeftFile[] = [];
  #handle: FileHandle | null = null;
  /** Position of `#handle` in its file; -1 if unknown. */
  #handleOffset = 0;
  /** Size of the file at the cursor, once it is known that nothing more is written to it. */
  #finalSizeBytes: number | null = null;
  /** What the last `read()` found. */
  readonly found: Walk = newWalk();

  constructor(options: ReaderOptions, position: Position) {
    this.#options = options;
    this.#position = { ...position };
    this.#cursor = { ...position };
  }

  /** Up to here everything is done. */
  get position(): Readonly<Position> {
    return this.#position;
  }

  /** Up to here everything was handed out. */
  get cursor(): Readonly<Position> {
    return this.#cursor;
  }

  /**
   * Reads the next whole records into `into`, no further than the end of the file or than `written`. Throws
   * `RecordTooLargeError` if not even one fits, and `DiskQueueError` when a file cannot be opened for a reason that may pass.
   */
  read(into: Uint8Array, written: Readonly<Position>): ReadOutcome {
    this.stepOver(written);
    const { file, offset } = this.#cursor;
    const finished = file < written.file;
    if (!finished && offset >= written.offset) return "caught up";
    if (!this.#open()) return "missing";
    const outcome = this.#readUpTo(finished ? this.#finalSize() : written.offset, into);
    if (outcome === "records") this.stepOver(written);
    return outcome;
  }

  /** Takes the cursor to the next file while it stands at the end of one that is not written to any more. */
  stepOver(written: Readonly<Position>): void {
    while (this.#cursor.file < written.file && this.#cursor.offset >= this.#finalSize()) {
      this.leave(written, false);
    }
  }

  /** Takes the cursor to the next file; if this one is damaged it is set aside when all from it is done. */
  leave(written: Readonly<Position>, damaged: boolean): void {
    const { file, offset } = this.#cursor;
    this.#leaveFile();
    this.#left.push({ file, endOffset: offset, damaged });
    const next = this.#options.data.firstFrom(file + 1) ?? written.file;
    this.#cursor = { file: Math.min(next, written.file), offset: 0 };
    this.#settle();
  }

  /** Moves the read position over `bytes` that were handed out. Throws `RangeError` if they were not. */
  advance(bytes: number): void {
    let rest = bytes;
    while (rest > 0) {
      const endOffset = this.#left[0]?.endOffset ?? this.#cursor.offset;
      const step = Math.min(rest, endOffset - this.#position.offset);
      if (step <= 0) throw new RangeError(`advance by ${rest} bytes more than were read`);
      this.#position.offset += step;
      rest -= step;
      this.#settle();
    }
  }

  /** The cursor goes back to the read position. */
  rewind(): void {
    this.#leaveFile();
    this.#left.length = 0;
    this.#cursor = { ...this.#position };
  }

  /** Goes on at `position`, as all files before it are gone. */
  jump(position: Readonly<Position>): void {
    this.#position = { ...position };
    this.rewind();
  }

  closeHandle(): void {
    this.#handle?.close();
    this.#handle = null;
  }

  #readUpTo(endOffset: number, into: Uint8Array): ReadOutcome {
    const { file, offset } = this.#cursor;
    const wanted = Math.min(into.length, endOffset - offset);
    if (wanted < PREFIX_BYTES && wanted === into.length) {
      throw new RecordTooLargeError(PREFIX_BYTES);
    }
    let got: number;
    try {
      got = this.#fill(into.subarray(0, wanted));
    } catch (error) {
      return this.#damaged(error instanceof Error ? error.message : String(error));
    }
    const { found } = this;
    walkRecords(into, got, this.#options.limits, found);
    if (found.count > 0) {
      this.#cursor.offset += found.bytes;
      return "records";
    }
    if (found.end === "invalid") {
      return this.#damaged(`invalid message read size (${found.stoppedAtLength})`);
    }
    const neededBytes = PREFIX_BYTES + found.stoppedAtLength;
    if (found.end === "long") {
      const damage = this.#damageOfLong(found.stoppedAtLength, endOffset);
      if (damage !== null) return this.#damaged(damage);
      if (neededBytes > got) throw new RecordTooLargeError(neededBytes);
      found.bytes = neededBytes;
      found.count = 1;
      this.#cursor.offset += neededBytes;
      return "records";
    }
    if (got < wanted || got < PREFIX_BYTES || offset + neededBytes > endOffset) {
      return this.#damaged(`unexpected EOF in file ${file}`);
    }
    throw new RecordTooLargeError(neededBytes);
  }

  /** What is wrong with the record at the cursor, which is longer than usual; null if nothing is. */
  #damageOfLong(length: number, endOffset: number): string | null {
    this.#handleOffset = -1; // it moves
    const { offset } = this.#cursor;
    try {
      const { limits } = this.#options;
      if (isLongRecord(this.#handle!, offset, length, endOffset, limits)) return null;
      return `invalid message read size (${length})`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Reads at the cursor until `into` is full or the file ends. */
  #fill(into: Uint8Array): number {
    const handle = this.#handle!;
    const { offset } = this.#cursor;
    if (this.#handleOffset !== offset) handle.seek(offset);
    let got = 0;
    while (got < into.length) {
      const n = handle.read(got === 0 ? into : into.subarray(got));
      if (n === 0) break;
      got += n;
    }
    this.#handleOffset = offset + got;
    return got;
  }

  /** Opens the file at the cursor if it is not open; false if it is not there. */
  #open(): boolean {
    if (this.#handle) return true;
    const { data, files } = this.#options;
    const path = data.path(this.#cursor.file);
    try {
      this.#handle = attempt("open", path, () => files.openRead(path));
      this.#handleOffset = 0;
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#damaged("no such file or directory");
      return false;
    }
  }

  /** Size of the file at the cursor, which must be finished; of a missing one infinite, so that `read()` notices. */
  #finalSize(): number {
    const { data, files } = this.#options;
    const path = data.path(this.#cursor.file);
    return this.#finalSizeBytes ??= attempt("stat", path, () => files.sizeBytes(path)) ?? Infinity;
  }

  #leaveFile(): void {
    this.closeHandle();
    this.#finalSizeBytes = null;
  }

  #damaged(reason: string): "damaged" {
    const { name, data, logger } = this.#options;
    const { file, offset } = this.#cursor;
    logger.error(`DISKQUEUE(${name}) reading at ${offset} of ${data.path(file)} - ${reason}`);
    return "damaged";
  }

  /** Lets go of the files from which everything is done. */
  #settle(): void {
    for (let first; (first = this.#left[0]) && this.#position.offset >= first.endOffset;) {
      this.#left.shift();
      if (first.damaged) this.#options.data.setAside(first.file);
      else this.#options.data.discard(first.file);
      this.#position = { file: this.#left[0]?.file ?? this.#cursor.file, offset: 0 };
    }
  }
}
