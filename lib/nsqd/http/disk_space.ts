import { statfs } from "node:fs/promises";
import { deferred } from "../../deferred.ts";

/** How old an answer may be for those who cannot wait for another, in ms. */
const FRESH_MS = 10_000;

/** For how long the others wait, in ms. The answer takes a tenth of one. */
const PATIENCE_MS = 100;

/** Room on the disk of the data path, in bytes. */
export interface DiskSpace {
  /** What the broker may still write. */
  free_bytes: number;
  size_bytes: number;
}

/**
 * Watches the room on a disk without ever waiting for it for long: a disk that hangs must not keep
 * `/stats` from answering.
 */
export class DiskWatch {
  readonly #path: string;
  #space: DiskSpace | null = null;
  #askedAtMs = -Infinity;
  /** Resolves with the answer that is waited for. */
  #asking: Promise<void> | null = null;

  constructor(path: string) {
    this.#path = path;
    void this.#ask();
  }

  /** As it is now, or as it was when a disk that hangs last said so; null where the system does not tell. */
  async now(): Promise<DiskSpace | null> {
    const isHanging = this.#asking !== null && performance.now() - this.#askedAtMs > PATIENCE_MS;
    if (isHanging) return this.#space;
    const { promise: patience, resolve } = deferred<void>();
    const timer = setTimeout(resolve, PATIENCE_MS);
    await Promise.race([this.#ask(), patience]);
    clearTimeout(timer);
    return this.#space;
  }

  /** As it was when somebody last asked; null while it is not known, or where the system does not tell. */
  get space(): DiskSpace | null {
    if (performance.now() - this.#askedAtMs >= FRESH_MS) void this.#ask();
    return this.#space;
  }

  #ask(): Promise<void> {
    if (this.#asking !== null) return this.#asking;
    this.#askedAtMs = performance.now();
    return this.#asking = statfs(this.#path).then(
      ({ bavail, blocks, bsize }) => {
        this.#space = { free_bytes: bavail * bsize, size_bytes: blocks * bsize };
      },
      () => void (this.#space = null), // told by leaving it out
    ).finally(() => void (this.#asking = null));
  }
}
