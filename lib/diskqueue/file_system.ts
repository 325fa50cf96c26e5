/**
 * The one seam between disk queues and the disk, so that tests can fill the disk, break it or cut the power.
 * Everything is synchronous except the fsync, which takes milliseconds and would stall the event loop.
 */
export interface FileSystem {
  /** Opens an existing file. Throws `Deno.errors.NotFound` when there is none. */
  openRead(path: string): FileHandle;
  /** Opens a file to write at any position, creates it with mode 0600 if missing, keeps what it holds. */
  openWrite(path: string): FileHandle;
  /** Size in bytes, or null when there is no such file. */
  sizeBytes(path: string): number | null;
  truncate(path: string, sizeBytes: number): void;
  /** Throws `Deno.errors.NotFound` when there is no such file. */
  remove(path: string): void;
  /** Replaces `to` if it exists. */
  rename(from: string, to: string): void;
  /** Names of all entries of a directory, in no order; none when the directory does not exist. */
  list(directory: string): string[];
  /** Resolves when the content of the file (or directory) is on stable storage. */
  syncData(path: string): Promise<void>;
  syncDataSync(path: string): void;
}

/** An open file with a position of its own. */
export interface FileHandle {
  /** Reads at the position; returns the number of bytes read, 0 at the end of the file. May read less than asked. */
  read(into: Uint8Array): number;
  /** Writes at the position; returns the number of bytes written, which may be less than given. */
  write(bytes: Uint8Array): number;
  seek(offset: number): void;
  truncate(sizeBytes: number): void;
  close(): void;
}

/** Timers behind a seam, as tests drive time by hand. */
export interface Timers {
  setTimeout(run: () => void, delayMs: number): number;
  clearTimeout(id: number): void;
}

/** The runtime's timers; they refuse to be called as methods of an object, hence the wrapping. */
export const systemTimers: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (id) => clearTimeout(id),
};

const FILE_MODE = 0o600;

/** The real disk. */
export class DenoFileSystem implements FileSystem {
  openRead(path: string): FileHandle {
    return new DenoFileHandle(Deno.openSync(path, { read: true }));
  }

  openWrite(path: string): FileHandle {
    const file = Deno.openSync(path, { read: true, write: true, create: true, mode: FILE_MODE });
    return new DenoFileHandle(file);
  }

  sizeBytes(path: string): number | null {
    try {
      return Deno.statSync(path).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  truncate(path: string, sizeBytes: number): void {
    Deno.truncateSync(path, sizeBytes);
  }

  remove(path: string): void {
    Deno.removeSync(path);
  }

  rename(from: string, to: string): void {
    Deno.renameSync(from, to);
  }

  list(directory: string): string[] {
    try {
      return Array.from(Deno.readDirSync(directory), (entry) => entry.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  // A handle of its own: fsync covers the file, whoever wrote to it, and the writer may close its handle meanwhile.
  async syncData(path: string): Promise<void> {
    using file = Deno.openSync(path, { read: true });
    await file.syncData();
  }

  syncDataSync(path: string): void {
    using file = Deno.openSync(path, { read: true });
    file.syncDataSync();
  }
}

class DenoFileHandle implements FileHandle {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  read(into: Uint8Array): number {
    return this.#file.readSync(into) ?? 0;
  }

  write(bytes: Uint8Array): number {
    return this.#file.writeSync(bytes);
  }

  seek(offset: number): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
  }

  truncate(sizeBytes: number): void {
    this.#file.truncateSync(sizeBytes);
  }

  close(): void {
    this.#file.close();
  }
}
