import type { FileHandle, FileSystem } from "../file_system.ts";
import type { Timers } from "../timers.ts";
import { SimulatedDirectory } from "./simulated_directory.ts";
import { SimulatedInode } from "./simulated_inode.ts";

/** The process was killed; what it had written by then stays. */
class KilledError extends Error {
  override readonly name = "KilledError";
}

/** Called before each operation; returns the error with which it is to fail. */
export type Fault = (operation: string, path: string) => Error | null;

/**
 * A disk in memory that can be full, be slow, fail, see the process killed in the middle of an operation, or lose at a power cut what
 * was not synced.
 */
export class SimulatedDisk implements FileSystem {
  readonly #directory: SimulatedDirectory;
  /** Bytes that fit onto the disk. */
  capacityBytes = Infinity;
  fault: Fault = () => null;
  /** Whether an fsync that fails drops what it was to write: the next one succeeds, and the bytes are not there after a power cut. */
  failedSyncDropsPages = false;
  /** The process is killed at the operation after so many. */
  operationsLeft = Infinity;
  /** Of the write in which the process is killed, the part that still gets to the disk. */
  partWrittenWhenKilled = 0;
  /** While true, an asynchronous fsync waits for `releaseSyncs()`. */
  holdSyncs = false;
  /** How long an asynchronous fsync takes, by the test's clock. */
  slowSyncs: { timers: Timers; delayMs: number } | null = null;
  openHandles = 0;
  writes = 0;
  readonly #heldSyncs: (() => void)[] = [];

  constructor(directory = new SimulatedDirectory()) {
    this.#directory = directory;
  }

  /** Kills the process that uses this disk; the next one finds the same files on the disk returned, and no faults. */
  restart(): SimulatedDisk {
    this.operationsLeft = 0;
    return new SimulatedDisk(this.#directory);
  }

  /** Cuts the power. On the disk returned, any part of what was not synced is there: a file's sectors, its size, its name. */
  powerCut(random: () => number): SimulatedDisk {
    this.operationsLeft = 0;
    return new SimulatedDisk(this.#directory.afterPowerCut(random));
  }

  get paths(): string[] {
    return [...this.#directory.entries.keys()].sort();
  }

  content(path: string): Uint8Array | null {
    return this.#directory.entries.get(path)?.content() ?? null;
  }

  /** Makes a file that a power cut leaves alone. */
  put(path: string, bytes: Uint8Array | string): void {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.#directory.put(path, SimulatedInode.holding(data));
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
    let inode = this.#directory.entries.get(path);
    if (!inode) this.#directory.create(path, inode = new SimulatedInode());
    return this.#handle(path, inode);
  }

  sizeBytes(path: string): number | null {
    this.#enter("stat", path);
    return this.#directory.entries.get(path)?.sizeBytes ?? null;
  }

  truncate(path: string, sizeBytes: number): void {
    this.#enter("truncate", path);
    this.#inode(path).resize(sizeBytes);
  }

  remove(path: string): void {
    this.#enter("remove", path);
    this.#inode(path);
    this.#directory.remove(path);
  }

  // deno-lint-ignore require-await -- what it throws is to reject
  async removeInBackground(path: string): Promise<void> {
    this.remove(path);
  }

  rename(from: string, to: string): void {
    this.#enter("rename", from);
    this.#inode(from);
    this.#directory.rename(from, to);
  }

  list(directory: string): string[] {
    this.#enter("list", directory);
    return this.paths.filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1));
  }

  syncData(path: string): Promise<void> {
    return this.#sync(path, this.#directory.entries.get(path));
  }

  syncDataSync(path: string): void {
    this.#syncNow(path, this.#directory.entries.get(path));
  }

  async #sync(path: string, inode: SimulatedInode | undefined): Promise<void> {
    if (inode === undefined || (!this.holdSyncs && this.slowSyncs === null)) {
      this.#syncNow(path, inode);
      return await Promise.resolve();
    }
    this.#enter("fsync", path);
    const flush = inode.beginSync();
    await new Promise<void>((resolve) => {
      if (this.holdSyncs) this.#heldSyncs.push(resolve);
      else this.slowSyncs!.timers.setTimeout(resolve, this.slowSyncs!.delayMs);
    });
    const error = this.fault("end of fsync", path);
    if (error === null) return inode.endSync(flush);
    inode.failSync(flush, this.failedSyncDropsPages);
    throw error;
  }

  #syncNow(path: string, inode: SimulatedInode | undefined): void {
    if (inode === undefined) {
      this.#enter("fsync", path);
      if (!this.#directory.directories.has(path)) this.#inode(path);
      return this.#directory.sync(path);
    }
    const flush = inode.beginSync();
    try {
      this.#enter("fsync", path);
    } catch (error) {
      inode.failSync(flush, this.failedSyncDropsPages && !(error instanceof KilledError));
      throw error;
    }
    inode.endSync(flush);
  }

  #handle(path: string, inode: SimulatedInode): FileHandle {
    this.openHandles++;
    let position = 0;
    const handle: FileHandle = {
      read: (into) => {
        this.#enter("read", path);
        const count = inode.read(position, into);
        position += count;
        return count;
      },
      write: (bytes) => {
        this.writes++;
        if (this.operationsLeft <= 0) {
          const part = Math.floor(bytes.length * this.partWrittenWhenKilled);
          this.partWrittenWhenKilled = 0;
          if (part > 0) inode.write(position, bytes.subarray(0, part));
        }
        this.#enter("write", path);
        const space = this.capacityBytes - this.#usedBytes() + inode.sizeBytes - position;
        const count = Math.min(bytes.length, Math.max(0, space));
        if (count === 0) throw new Error("No space left on device (os error 28)");
        inode.write(position, bytes.subarray(0, count));
        position += count;
        return count;
      },
      // deno-lint-ignore require-await -- what it throws is to reject
      writeInBackground: async (bytes) => handle.write(bytes),
      seek: (offset) => {
        position = offset;
      },
      truncate: (sizeBytes) => {
        this.#enter("truncate", path);
        inode.resize(sizeBytes);
      },
      syncData: () => this.#sync(path, inode),
      syncDataSync: () => this.#syncNow(path, inode),
      close: () => {
        this.openHandles--;
      },
    };
    return handle;
  }

  #enter(operation: string, path: string): void {
    if (this.operationsLeft-- <= 0) throw new KilledError(`killed at ${operation} ${path}`);
    const error = this.fault(operation, path);
    if (error) throw error;
  }

  #inode(path: string): SimulatedInode {
    const inode = this.#directory.entries.get(path);
    if (!inode) throw new Deno.errors.NotFound("No such file or directory (os error 2)");
    return inode;
  }

  #usedBytes(): number {
    return this.#directory.entries.values().reduce((sum, inode) => sum + inode.sizeBytes, 0);
  }
}
