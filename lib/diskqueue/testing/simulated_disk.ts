import type { FileHandle, FileSystem } from "../file_system.ts";

/** The process was killed; what it had written by then stays. */
export class KilledError extends Error {
  override readonly name = "KilledError";
}

/** Called before each operation; returns the error with which it is to fail. */
export type Fault = (operation: string, path: string) => Error | null;

interface Inode {
  bytes: Uint8Array;
  sizeBytes: number;
}

/** A disk in memory that can be full, fail or see the process killed in the middle of an operation. */
export class SimulatedDisk implements FileSystem {
  readonly #inodes: Map<string, Inode>;
  /** Bytes that fit onto the disk. */
  capacityBytes = Infinity;
  fault: Fault = () => null;
  /** The process is killed at the operation after so many. */
  operationsLeft = Infinity;
  /** Of the write in which the process is killed, the part that still gets to the disk. */
  partWrittenWhenKilled = 0;
  /** While true, an asynchronous fsync waits for `releaseSyncs()`. */
  holdSyncs = false;
  openHandles = 0;
  writes = 0;
  readonly #heldSyncs: (() => void)[] = [];

  constructor(inodes = new Map<string, Inode>()) {
    this.#inodes = inodes;
  }

  /** Kills the process that uses this disk; the next one finds the same files on the disk returned, and no faults. */
  restart(): SimulatedDisk {
    this.operationsLeft = 0;
    return new SimulatedDisk(this.#inodes);
  }

  get paths(): string[] {
    return [...this.#inodes.keys()].sort();
  }

  content(path: string): Uint8Array | null {
    const inode = this.#inodes.get(path);
    return inode ? inode.bytes.slice(0, inode.sizeBytes) : null;
  }

  put(path: string, bytes: Uint8Array | string): void {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes.slice();
    this.#inodes.set(path, { bytes: data, sizeBytes: data.length });
  }

  /** Content of all files, for comparing. */
  snapshot(): Record<string, string> {
    return Object.fromEntries(this.paths.map((path) => [path, this.content(path)!.toHex()]));
  }

  releaseSyncs(): void {
    for (const release of this.#heldSyncs.splice(0)) release();
  }

  openRead(path: string): FileHandle {
    this.#enter("open", path);
    return this.#handle(path, this.#inode(path));
  }

  openWrite(path: string): FileHandle {
    this.#enter("open", path);
    let inode = this.#inodes.get(path);
    if (!inode) this.#inodes.set(path, inode = { bytes: new Uint8Array(64), sizeBytes: 0 });
    return this.#handle(path, inode);
  }

  sizeBytes(path: string): number | null {
    this.#enter("stat", path);
    return this.#inodes.get(path)?.sizeBytes ?? null;
  }

  truncate(path: string, sizeBytes: number): void {
    this.#enter("truncate", path);
    resize(this.#inode(path), sizeBytes);
  }

  remove(path: string): void {
    this.#enter("remove", path);
    this.#inode(path);
    this.#inodes.delete(path);
  }

  rename(from: string, to: string): void {
    this.#enter("rename", from);
    this.#inodes.set(to, this.#inode(from));
    this.#inodes.delete(from);
  }

  list(directory: string): string[] {
    this.#enter("list", directory);
    return this.paths.filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1));
  }

  async syncData(path: string): Promise<void> {
    this.syncDataSync(path);
    if (this.holdSyncs) await new Promise<void>((resolve) => this.#heldSyncs.push(resolve));
    else await Promise.resolve();
  }

  syncDataSync(path: string): void {
    this.#enter("fsync", path);
    if (this.list(path).length === 0) this.#inode(path);
  }

  #handle(path: string, inode: Inode): FileHandle {
    this.openHandles++;
    let position = 0;
    return {
      read: (into) => {
        this.#enter("read", path);
        const count = Math.max(0, Math.min(into.length, inode.sizeBytes - position));
        into.set(inode.bytes.subarray(position, position + count));
        position += count;
        return count;
      },
      write: (bytes) => {
        this.writes++;
        if (this.operationsLeft <= 0) {
          const part = Math.floor(bytes.length * this.partWrittenWhenKilled);
          this.partWrittenWhenKilled = 0;
          store(inode, position, bytes.subarray(0, part));
        }
        this.#enter("write", path);
        const space = this.capacityBytes - this.#usedBytes() + inode.sizeBytes - position;
        const count = Math.min(bytes.length, Math.max(0, space));
        if (count === 0) throw new Error("No space left on device (os error 28)");
        store(inode, position, bytes.subarray(0, count));
        position += count;
        return count;
      },
      seek: (offset) => {
        position = offset;
      },
      truncate: (sizeBytes) => {
        this.#enter("truncate", path);
        resize(inode, sizeBytes);
      },
      close: () => {
        this.openHandles--;
      },
    };
  }

  #enter(operation: string, path: string): void {
    if (this.operationsLeft-- <= 0) throw new KilledError(`killed at ${operation} ${path}`);
    const error = this.fault(operation, path);
    if (error) throw error;
  }

  #inode(path: string): Inode {
    const inode = this.#inodes.get(path);
    if (!inode) throw new Deno.errors.NotFound("No such file or directory (os error 2)");
    return inode;
  }

  #usedBytes(): number {
    return this.#inodes.values().reduce((sum, inode) => sum + inode.sizeBytes, 0);
  }
}

function store(inode: Inode, position: number, bytes: Uint8Array): void {
  const end = position + bytes.length;
  if (end > inode.sizeBytes) resize(inode, end);
  inode.bytes.set(bytes, position);
}

function resize(inode: Inode, sizeBytes: number): void {
  if (sizeBytes > inode.bytes.length) {
    const grown = new Uint8Array(sizeBytes * 2);
    grown.set(inode.bytes.subarray(0, inode.sizeBytes));
    inode.bytes = grown;
  } else if (sizeBytes < inode.sizeBytes) {
    inode.bytes.fill(0, sizeBytes, inode.sizeBytes);
  }
  inode.sizeBytes = sizeBytes;
}
