import type { Logger } from "../log/logger.ts";
import type { DataFiles } from "./data_files.ts";
import { asDiskQueueError, attempt, isNotFound } from "./errors.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import type { Position } from "./meta_file.ts";
import { lengthAt, PREFIX_BYTES } from "./records.ts";

/** What a writer works on. */
export interface WriterOptions {
  name: string;
  maxBytesPerFile: number;
  files: FileSystem;
  data: DataFiles;
  logger: Logger;
}

/** What was written and is not on stable storage yet. */
export interface Unsynced {
  /** Numbers of data files. */
  files: Set<number>;
  /** Whether a file was created. */
  directory: boolean;
}

/** Appends blocks of records to the data files, each block wholly or not at all. */
export class Writer {
  readonly #options: WriterOptions;
  /** Where the next record goes. */
  #position: Position;
  /** The file at `#position`, positioned there; opened when needed. */
  #handle: FileHandle | null = null;
  /** Files that hold bytes of a failed append which could not be cut off yet, with the size to cut them to. */
  readonly #torn = new Map<number, number>();

  /** Files written to, and whether one was created, since the last `beginSync()`. */
  #unsynced: Unsynced = noneUnsynced();
  /** What a sync that has not ended yet is about. */
  #syncing: Unsynced | null = null;

  constructor(options: WriterOptions, position: Position) {
    this.#options = options;
    this.#position = { ...position };
  }

  get position(): Readonly<Position> {
    return this.#position;
  }

  /**
   * Appends `framed[start,end)`, `count` records with their prefixes. Returns whether a new file was begun for some of
   * them. Throws `DiskQueueError`, and then the files are as they were before.
   */
  append(framed: Uint8Array, start: number, end: number, count: number): boolean {
    this.cutTorn();
    const before = { ...this.#position };
    try {
      const maxBytes = this.#options.maxBytesPerFile;
      for (let from = start; from < end;) {
        const { offset } = this.#position;
        const fits = offset + (end - from) <= maxBytes || (offset === 0 && count === 1);
        const to = fits ? end : fittingEnd(framed, from, end, offset, maxBytes);
        if (to === from) this.skipToNextFile();
        else this.#write(framed.subarray(from, to));
        from = to;
      }
    } catch (error) {
      this.#undo(before);
      throw error;
    }
    return this.#position.file !== before.file;
  }

  /** The next record begins a new file. */
  skipToNextFile(): void {
    this.closeHandle();
    this.#position = { file: this.#position.file + 1, offset: 0 };
  }

  /** Cuts off what a failed append left behind, if that was not possible at the time. Throws `DiskQueueError`. */
  cutTorn(): void {
    for (const [file, sizeBytes] of this.#torn) {
      this.#cut(file, sizeBytes);
      this.#torn.delete(file);
    }
  }

  /** What needs an fsync now; a sync that has begun and not ended is given up. */
  beginSync(): Readonly<Unsynced> {
    this.failSync();
    this.#syncing = this.#unsynced;
    this.#unsynced = noneUnsynced();
    return this.#syncing;
  }

  /** What `beginSync()` gave is on stable storage. */
  endSync(): void {
    this.#syncing = null;
  }

  /** What `beginSync()` gave is to be synced again. */
  failSync(): void {
    for (const file of this.#syncing?.files ?? []) this.#unsynced.files.add(file);
    this.#unsynced.directory ||= this.#syncing?.directory ?? false;
    this.#syncing = null;
  }

  closeHandle(): void {
    this.#handle?.close();
    this.#handle = null;
  }

  /** All data files are gone: nothing is left to sync or to cut. */
  forget(): void {
    this.closeHandle();
    this.#torn.clear();
    this.#unsynced = noneUnsynced();
    this.#syncing = null;
  }

  #write(bytes: Uint8Array): void {
    const { file } = this.#position;
    const path = this.#options.data.path(file);
    const handle = this.#handle ??= this.#open(file, path);
    attempt("write", path, () => {
      let done = handle.write(bytes);
      while (done < bytes.length) done += handle.write(bytes.subarray(done));
    });
    this.#position.offset += bytes.length;
    this.#unsynced.files.add(file);
  }

  #open(file: number, path: string): FileHandle {
    const { data, files } = this.#options;
    const handle = attempt("open", path, () => files.openWrite(path));
    if (!data.has(file)) {
      data.added(file);
      this.#unsynced.directory = true;
    }
    const { offset } = this.#position;
    if (offset > 0) attempt("seek", path, () => handle.seek(offset));
    return handle;
  }

  #undo(before: Position): void {
    const { file: lastFile } = this.#position;
    this.closeHandle();
    for (let file = lastFile; file >= before.file; file--) {
      const sizeBytes = file === before.file ? before.offset : 0;
      try {
        this.#cut(file, sizeBytes);
      } catch (error) {
        const { message } = asDiskQueueError("truncate", this.#options.data.path(file), error);
        this.#options.logger.error(`DISKQUEUE(${this.#options.name}) ${message}`);
        this.#torn.set(file, sizeBytes);
      }
    }
    this.#position = before;
  }

  #cut(file: number, sizeBytes: number): void {
    const { data, files } = this.#options;
    if (sizeBytes === 0) {
      data.remove(file);
      this.#unsynced.files.delete(file);
      return;
    }
    const path = data.path(file);
    try {
      attempt("truncate", path, () => files.truncate(path, sizeBytes));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function noneUnsynced(): Unsynced {
  return { files: new Set(), directory: false };
}

/**
 * How far the records from `start` fit into a file that holds `offset` bytes already. The first record of a file
 * always fits, whatever its size.
 */
function fittingEnd(
  framed: Uint8Array,
  start: number,
  end: number,
  offset: number,
  maxBytes: number,
): number {
  let at = start;
  let fill = offset;
  while (at < end) {
    const bytes = PREFIX_BYTES + lengthAt(framed, at);
    if (bytes < PREFIX_BYTES || at + bytes > end) {
      throw new RangeError(`not whole records: ${bytes} bytes at ${at} of ${end}`);
    }
    if (fill > 0 && fill + bytes > maxBytes) break;
    at += bytes;
    fill += bytes;
  }
  return at;
}
