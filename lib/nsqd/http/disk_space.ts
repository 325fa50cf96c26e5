import { statfs } from "node:fs/promises";

/** How old an answer may be, in ms. */
const FRESH_MS = 10_000;

/** Room on the disk of the data path, in bytes. */
export interface DiskSpace {
  /** What the broker may still write. */
  free_bytes: number;
  size_bytes: number;
}

/**
 * Watches the room on a disk without ever waiting for it: a disk that hangs must not keep `/stats`
 * from answering.
 */
export class DiskWatch {
  readonly #path: string;
  #space: DiskSpace | null = null;
  #askedAtMs = -Infinity;
  #isAsking = false;

  constructor(path: string) {
    this.#path = path;
    this.#refresh();
  }

  /** As it was a moment ago; null while it is not known, or where the system does not tell. */
  get space(): DiskSpace | null {
    this.#refresh();
    return this.#space;
  }

  #refresh(): void {
    const nowMs = performance.now();
    if (this.#isAsking || nowMs - this.#askedAtMs < FRESH_MS) return;
    this.#isAsking = true;
    this.#askedAtMs = nowMs;
    statfs(this.#path).then(
      ({ bavail, blocks, bsize }) => {
        this.#space = { free_bytes: bavail * bsize, size_bytes: blocks * bsize };
      },
      () => void (this.#space = null), // told by leaving it out
    ).finally(() => void (this.#isAsking = false));
  }
}
