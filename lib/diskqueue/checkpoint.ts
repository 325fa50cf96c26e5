import type { DataFiles } from "./data_files.ts";
import { asDiskQueueError, isNotFound } from "./errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { Meta, MetaFile } from "./meta_file.ts";
import type { Writer } from "./writer.ts";

/** What a checkpoint works on. */
export interface CheckpointOptions {
  dataPath: string;
  files: FileSystem;
  data: DataFiles;
  meta: MetaFile;
  writer: Writer;
}

/** Brings what was written to stable storage: the data before the metadata that tells of it. */
export class Checkpoint {
  readonly #options: CheckpointOptions;

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /**
   * Makes all data durable that was appended before the call, in the background: metadata is not needed to find it. As soon as
   * `isCurrent` says no, nothing more is synced. Rejects with `DiskQueueError`; what was not synced then is part of the next.
   */
  async syncData(isCurrent: () => boolean): Promise<void> {
    const { data, dataPath, writer } = this.#options;
    writer.cutTorn();
    const unsynced = writer.beginSync();
    try {
      for (const file of unsynced.files) {
        await this.#sync(data.path(file), () => isCurrent() && data.has(file));
        if (!isCurrent()) return;
      }
      if (unsynced.directory) await this.#sync(dataPath, isCurrent);
    } catch (error) {
      if (isCurrent()) writer.failSync();
      throw error;
    }
    if (isCurrent()) writer.endSync();
  }

  /** Syncs before it returns, also what a `syncData()` that has not ended is about. Throws `DiskQueueError`. */
  runNow(state: Meta): void {
    const { data, dataPath, files, meta, writer } = this.#options;
    writer.cutTorn();
    const unsynced = writer.beginSync();
    const existing = [...unsynced.files].filter((file) => data.has(file));
    const paths = existing.map((file) => data.path(file));
    if (unsynced.directory) paths.push(dataPath);
    for (const path of paths) {
      try {
        files.syncDataSync(path);
      } catch (error) {
        throw asDiskQueueError("fsync", path, error);
      }
    }
    writer.endSync();
    meta.writeSync(state);
  }

  /** An fsync of a file that went away meanwhile may fail. */
  async #sync(path: string, isNeeded: () => boolean): Promise<void> {
    if (!isNeeded()) return;
    try {
      await this.#options.files.syncData(path);
    } catch (error) {
      if (isNotFound(error) && !isNeeded()) return;
      throw asDiskQueueError("fsync", path, error);
    }
  }
}
