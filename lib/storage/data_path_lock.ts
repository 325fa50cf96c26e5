import { systemReason } from "../system_reason.ts";

/** Holds the lock on a data path, so that no two brokers use one. It is nsqd's: an exclusive flock of the directory itself. */
export class DataPathLock {
  readonly #directory: Deno.FsFile;

  private constructor(directory: Deno.FsFile) {
    this.#directory = directory;
  }

  /** @throws Error if there is no such directory, or another broker holds its lock */
  static async acquire(path: string): Promise<DataPathLock> {
    const directory = await open(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`no directory ${path}: create it, or give --data-path-create`, {
        cause: error,
      });
    });
    if (!(await directory.stat()).isDirectory) {
      directory.close();
      throw new Error(`${path} is not a directory`);
    }
    if (await directory.tryLock(true)) return new DataPathLock(directory);
    directory.close();
    throw new Error(
      `cannot flock directory ${path} - resource temporarily unavailable ` +
        "(possibly in use by another instance of nsqd)",
    );
  }

  /** For who only reads: keeps brokers away, not other readers. @returns null if a broker holds the lock @throws what opening throws */
  static async tryShared(path: string): Promise<DataPathLock | null> {
    const directory = await open(path);
    if (await directory.tryLock(false)) return new DataPathLock(directory);
    directory.close();
    return null;
  }

  release(): void {
    this.#directory.close();
  }
}

/** @throws what opening throws, but in our words where the runtime would speak of its flags */
async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Error(`cannot use ${path}: ${systemReason(error)}`, { cause: error });
  }
}
