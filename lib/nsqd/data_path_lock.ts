/** Holds the lock on a data path, so that no two brokers use one. It is nsqd's: an exclusive flock of the directory itself. */
export class DataPathLock {
  readonly #directory: Deno.FsFile;

  private constructor(directory: Deno.FsFile) {
    this.#directory = directory;
  }

  /** @throws Error if there is no such directory, or another broker holds its lock */
  static async acquire(path: string): Promise<DataPathLock> {
    const directory = await Deno.open(path, { read: true });
    if (await directory.tryLock(true)) return new DataPathLock(directory);
    directory.close();
    throw new Error(
      `cannot flock directory ${path} - resource temporarily unavailable ` +
        "(possibly in use by another instance of nsqd)",
    );
  }

  release(): void {
    this.#directory.close();
  }
}
