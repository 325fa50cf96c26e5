import { join } from "node:path";
import { asDiskQueueError, attempt, isNotFound } from "./errors.ts";
import { metaFileName } from "./file_index.ts";
import type { FileSystem } from "../storage/file_system.ts";

/** A place in the data files. */
export interface Position {
  file: number;
  /** Bytes from the beginning of the file. */
  offset: number;
}

/** What the metadata file records. */
export interface Meta {
  /** Records between the two positions. */
  depth: number;
  read: Position;
  write: Position;
}

/**
 * The whole file is this, in decimal; anything else is as good as no metadata. File numbers of more than 12 digits would
 * not leave room to go on counting; no queue has had so many files.
 */
const META = /^(-?\d{1,15})\n(\d{1,12}),(\d{1,15})\n(\d{1,12}),(\d{1,15})\n?$/;
const MAX_META_BYTES = 128;

/** Returns null for text that is not metadata. */
export function parseMeta(text: string): Meta | null {
  const numbers = META.exec(text)?.slice(1).map(Number);
  if (!numbers) return null;
  const [depth, readFile, readOffset, writeFile, writeOffset] = numbers as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    depth,
    read: { file: readFile, offset: readOffset },
    write: { file: writeFile, offset: writeOffset },
  };
}

export function formatMeta({ depth, read, write }: Meta): string {
  return `${depth}\n${read.file},${read.offset}\n${write.file},${write.offset}\n`;
}

/** `NAME.diskqueue.meta.dat`, always replaced as a whole. */
export class MetaFile {
  readonly path: string;
  readonly #temporaryPath: string;
  readonly #files: FileSystem;
  #exists: boolean;

  constructor(files: FileSystem, name: string, dataPath: string, exists: boolean) {
    this.#files = files;
    this.#exists = exists;
    this.path = join(dataPath, metaFileName(name));
    this.#temporaryPath = `${this.path}.tmp`;
  }

  /** The file's text, or null when there is none. Throws `DiskQueueError`. */
  read(): string | null {
    if (!this.#exists) return null;
    const buffer = new Uint8Array(MAX_META_BYTES);
    try {
      const read = attempt("open", this.path, () => {
        const handle = this.#files.openRead(this.path);
        try {
          return handle.read(buffer);
        } finally {
          handle.close();
        }
      });
      return new TextDecoder().decode(buffer.subarray(0, read));
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  /** Replaces the file, unless `isCurrent` says in the end that newer metadata has got there first. */
  async write(meta: Meta, isCurrent: () => boolean): Promise<void> {
    this.#writeTemporary(meta);
    try {
      await this.#files.syncData(this.#temporaryPath);
    } catch (error) {
      // Whoever was faster has used or removed the temporary file.
      if (!isCurrent()) return;
      throw asDiskQueueError("fsync", this.#temporaryPath, error);
    }
    if (isCurrent()) this.#commit();
  }

  writeSync(meta: Meta): void {
    this.#writeTemporary(meta);
    attempt("fsync", this.#temporaryPath, () => this.#files.syncDataSync(this.#temporaryPath));
    this.#commit();
  }

  /** Deletes the file, also one that is half written. Throws `DiskQueueError`. */
  remove(): void {
    for (const path of [this.#temporaryPath, this.path]) {
      try {
        attempt("remove", path, () => this.#files.remove(path));
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    this.#exists = false;
  }

  #writeTemporary(meta: Meta): void {
    const bytes = new TextEncoder().encode(formatMeta(meta));
    const path = this.#temporaryPath;
    const handle = attempt("open", path, () => this.#files.openWrite(path));
    try {
      attempt("write", path, () => {
        handle.truncate(0);
        for (let done = 0; done < bytes.length;) done += handle.write(bytes.subarray(done));
      });
    } finally {
      handle.close();
    }
  }

  #commit(): void {
    attempt("rename", this.#temporaryPath, () => {
      this.#files.rename(this.#temporaryPath, this.path);
    });
    this.#exists = true;
  }
}
