/** Something that keeps files it could do without. */
export interface SpaceHolder {
  /** Gives up what is not needed. False if that was nothing. */
  freeSpace(): boolean;
  /** After {@link DiskSpace.ranShort}: there is space again. */
  onRoom(): void;
}

/** All that share a disk: when it is full, each gives up what it keeps only because that is faster. */
export class DiskSpace {
  readonly #holders = new Set<SpaceHolder>();
  /** Those who could not write for lack of space. */
  readonly #short = new Set<SpaceHolder>();

  add(holder: SpaceHolder): void {
    this.#holders.add(holder);
  }

  remove(holder: SpaceHolder): void {
    this.#holders.delete(holder);
    this.#short.delete(holder);
  }

  /** `holder` could not write for lack of space: it is told when there is some, as it may have nothing more to write. */
  ranShort(holder: SpaceHolder): void {
    this.#short.add(holder);
  }

  /** Something was written, or a file has gone: there is space. */
  hasRoom(): void {
    if (this.#short.size === 0) return;
    const short = [...this.#short];
    this.#short.clear();
    for (const holder of short) holder.onRoom();
  }

  /** Frees what can be freed. False if that was nothing. */
  free(): boolean {
    let freed = false;
    for (const holder of this.#holders) freed = holder.freeSpace() || freed;
    return freed;
  }
}

/** Whether an error of the runtime says that there is no space, or no more of it for this user. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && /\(os error (28|122)\)/.test(error.message);
}
