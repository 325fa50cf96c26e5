/** A data directory that no broker uses. */

import { journaledTopics } from "../../journal/segments.ts";
import { StoredJournal } from "../../journal/stored_journal.ts";
import { createLogger, LOG_LEVELS } from "../../log/logger.ts";
import { DataPathLock } from "../../storage/data_path_lock.ts";
import { DenoFileSystem } from "../../storage/deno_file_system.ts";

/** Keeps brokers away from the directory while it is open. */
export class DataDirectory {
  readonly #lock: DataPathLock;
  readonly #path: string;
  readonly #files = new DenoFileSystem();
  readonly #topics: string[];

  private constructor(lock: DataPathLock, path: string) {
    this.#lock = lock;
    this.#path = path;
    this.#topics = journaledTopics(this.#files, path);
  }

  /** @throws Error that says why it cannot be read */
  static async open(path: string): Promise<DataDirectory> {
    const info = await Deno.stat(path).catch((error) => {
      const reason = error instanceof Deno.errors.NotFound ? "there is none" : error.message;
      throw new Error(`no data directory ${path}: ${reason}`, { cause: error });
    });
    if (!info.isDirectory) throw new Error(`${path} is a file: name the directory that it is in`);
    const lock = await DataPathLock.tryShared(path);
    if (lock === null) {
      throw new Error(`${path} is in use by a broker: stop it first, or read a copy of its files`);
    }
    return new DataDirectory(lock, path);
  }

  /** @param topic "" for all. @throws Error when there is none */
  *journals(topic: string): Iterable<StoredJournal> {
    if (this.#topics.length === 0) throw new Error(`no topic in ${this.#path} has a journal`);
    if (topic !== "" && !this.#topics.includes(topic)) {
      throw new Error(
        `topic ${topic} has no journal in ${this.#path}, these have: ${this.#topics.join(", ")}`,
      );
    }
    const quiet = createLogger({ level: LOG_LEVELS["fatal"]!, prefix: "", format: "text" });
    for (const name of topic === "" ? this.#topics : [topic]) {
      yield new StoredJournal(this.#files, this.#path, name, quiet);
    }
  }

  [Symbol.dispose](): void {
    this.#lock.release();
  }
}
