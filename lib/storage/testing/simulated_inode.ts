/** What a disk writes whole or not at all, in bytes. */
const SECTOR_BYTES = 512;

/** Bytes that an fsync is about: those of `[from, to)`, and the size that the file had. */
interface Flush {
  from: number;
  to: number;
  bytes: Uint8Array;
  sizeBytes: number;
}

/** The content of one file: as processes see it, and as a power cut may leave it. */
export class SimulatedInode {
  sizeBytes = 0;
  #bytes = new Uint8Array(64);
  /** What is surely on stable storage. */
  #stable = new Uint8Array(0);
  #stableSizeBytes = 0;
  /** Written since the last fsync began. */
  #dirtyFrom = Infinity;
  #dirtyTo = 0;
  /** Whether the size changed since the last fsync began. */
  #sizeDirty = false;
  readonly #flushes = new Set<Flush>();

  /** A file whose content is on stable storage. */
  static holding(bytes: Uint8Array): SimulatedInode {
    const inode = new SimulatedInode();
    inode.write(0, bytes);
    inode.endSync(inode.beginSync());
    return inode;
  }

  content(): Uint8Array {
    return this.#bytes.slice(0, this.sizeBytes);
  }

  read(position: number, into: Uint8Array): number {
    const count = Math.max(0, Math.min(into.length, this.sizeBytes - position));
    into.set(this.#bytes.subarray(position, position + count));
    return count;
  }

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    if (end > this.sizeBytes) this.resize(end);
    this.#bytes.set(bytes, position);
    this.#touch(position, end);
  }

  resize(sizeBytes: number): void {
    if (sizeBytes === this.sizeBytes) return;
    if (sizeBytes > this.#bytes.length) {
      const grown = new Uint8Array(sizeBytes * 2);
      grown.set(this.#bytes.subarray(0, this.sizeBytes));
      this.#bytes = grown;
    } else if (sizeBytes < this.sizeBytes) {
      this.#bytes.fill(0, sizeBytes, this.sizeBytes);
      this.#touch(sizeBytes, this.sizeBytes);
    }
    this.sizeBytes = sizeBytes;
    this.#sizeDirty = true;
  }

  /** An fsync begins: it is about what was written so far. {@link endSync} or {@link failSync} must follow. */
  beginSync(): Flush {
    const from = Math.min(this.#dirtyFrom, this.#dirtyTo), to = this.#dirtyTo;
    const flush = { from, to, bytes: this.#bytes.slice(from, to), sizeBytes: this.sizeBytes };
    this.#flushes.add(flush);
    this.#clean();
    return flush;
  }

  endSync(flush: Flush): void {
    this.#flushes.delete(flush);
    this.#stable = withSize(this.#stable, Math.max(flush.to, flush.sizeBytes));
    this.#stable.set(flush.bytes, flush.from);
    if (flush.sizeBytes < this.#stableSizeBytes) this.#stable.fill(0, flush.sizeBytes);
    this.#stableSizeBytes = flush.sizeBytes;
  }

  /** @param pagesDropped as Linux does it: what was not written counts as written, and no later fsync cares for it */
  failSync(flush: Flush, pagesDropped: boolean): void {
    this.#flushes.delete(flush);
    if (pagesDropped) return;
    this.#touch(flush.from, flush.to);
    this.#sizeDirty = true;
  }

  /** The file after a power cut: of what no fsync covered, any part is there. This one stays as it is. */
  afterPowerCut(random: () => number): SimulatedInode {
    let dirtyFrom = this.#dirtyFrom, dirtyTo = this.#dirtyTo;
    for (const { from, to } of this.#flushes) {
      if (from >= to) continue;
      dirtyFrom = Math.min(dirtyFrom, from);
      dirtyTo = Math.max(dirtyTo, to);
    }
    const sizeDirty = this.#sizeDirty || this.#flushes.size > 0;
    const size = sizeDirty ? this.#sizeAfterCut(random) : this.#stableSizeBytes;
    const bytes = withSize(this.#stable.slice(0, this.#stableSizeBytes), size).slice(0, size);
    const survives = sectorChoice(random);
    for (let from = floorToSector(dirtyFrom); from < dirtyTo; from += SECTOR_BYTES) {
      const to = Math.min(from + SECTOR_BYTES, size);
      if (to <= from) break;
      const share = (dirtyTo - from) / (dirtyTo - floorToSector(dirtyFrom));
      if (survives(1 - share)) bytes.set(this.#bytes.subarray(from, to), from);
    }
    return SimulatedInode.holding(bytes);
  }

  /** Any of: as it was, as it became, something between. */
  #sizeAfterCut(random: () => number): number {
    const choice = random();
    if (choice < 0.3) return this.#stableSizeBytes;
    if (choice < 0.8) return this.sizeBytes;
    const difference = this.sizeBytes - this.#stableSizeBytes;
    return this.#stableSizeBytes + Math.trunc(difference * random());
  }

  #touch(from: number, to: number): void {
    if (from >= to) return;
    this.#dirtyFrom = Math.min(this.#dirtyFrom, from);
    this.#dirtyTo = Math.max(this.#dirtyTo, to);
  }

  #clean(): void {
    this.#dirtyFrom = Infinity;
    this.#dirtyTo = 0;
    this.#sizeDirty = false;
  }
}

/** Which sectors get to the disk, by their place in what is not synced (0 first, 1 last): all, none, the first ones, or any. */
function sectorChoice(random: () => number): (place: number) => boolean {
  const choice = random();
  if (choice < 0.2) return () => true;
  if (choice < 0.4) return () => false;
  const part = random();
  return choice < 0.7 ? (place) => place < part : () => random() < part;
}

function floorToSector(position: number): number {
  return Math.floor(position / SECTOR_BYTES) * SECTOR_BYTES;
}

/** The same bytes with room for `sizeBytes`, zeros behind them. */
function withSize(bytes: Uint8Array, sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (bytes.length >= sizeBytes) return bytes as Uint8Array<ArrayBuffer>;
  const grown = new Uint8Array(2 * sizeBytes);
  grown.set(bytes);
  return grown;
}
