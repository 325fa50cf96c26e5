import { join } from "node:path";
import type { Logger } from "../log/logger.ts";
import { attempt, isNotFound } from "./errors.ts";
import { dataFileName } from "./file_index.ts";
import type { FileSystem } from "../storage/file_system.ts";

/** Where the data files are. */
export interface DataFilesOptions {
  files: FileSystem;
  name: string;
  dataPath: string;
  logger: Logger;
}

/** The numbered data files of one queue: their names, which of them exist, and how they go away. */
export class DataFiles {
  readonly #files: FileSystem;
  readonly #name: string;
  readonly #dataPath: string;
  readonly #logger: Logger;
  /** Existing files, ascending. */
  readonly #numbers: number[];

  constructor(options: DataFilesOptions, existing: readonly number[]) {
    this.#files = options.files;
    this.#name = options.name;
    this.#dataPath = options.dataPath;
    this.#logger = options.logger;
    this.#numbers = [...existing];
  }

  path(number: number): string {
    return join(this.#dataPath, dataFileName(this.#name, number));
  }

  get numbers(): readonly number[] {
    return this.#numbers;
  }

  get last(): number | undefined {
    return this.#numbers.at(-1);
  }

  has(number: number): boolean {
    return this.#numbers.includes(number);
  }

  /** The first existing file with this number or a higher one. */
  firstFrom(number: number): number | undefined {
    return this.#numbers.find((n) => n >= number);
  }

  /** Notes a file that was just created; files are created in ascending order. */
  added(number: number): void {
    const last = this.last;
    if (last === undefined || number > last) this.#numbers.push(number);
  }

  /** Notes a file that is not there any more. */
  gone(number: number): void {
    const at = this.#numbers.indexOf(number);
    if (at >= 0) this.#numbers.splice(at, 1);
  }

  /** Deletes a file; one that is already missing is fine. Throws `DiskQueueError`. */
  remove(number: number): void {
    this.gone(number);
    try {
      attempt("remove", this.path(number), () => this.#files.remove(this.path(number)));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Deletes a file that is behind the reader; a failure is logged, as the queue can go on without. */
  discard(number: number): void {
    this.#tolerate(() => this.remove(number));
  }

  /** Renames a damaged file to `….bad` (`….bad.1` and so on if taken); a failure is logged. */
  setAside(number: number): void {
    this.gone(number);
    const path = this.path(number);
    this.#tolerate(() => {
      let target = `${path}.bad`;
      for (let n = 1; attempt("stat", target, () => this.#files.sizeBytes(target)) !== null; n++) {
        target = `${path}.bad.${n}`;
      }
      attempt("rename", path, () => this.#files.rename(path, target));
      this.#logger.warn(`DISKQUEUE(${this.#name}) saved bad file as ${target}`);
    });
  }

  #tolerate(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#logger.error(`DISKQUEUE(${this.#name}) ${(error as Error).message}`);
    }
  }
}
