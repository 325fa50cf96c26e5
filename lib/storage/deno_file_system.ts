import type { FileHandle, FileSystem } from "./file_system.ts";

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

  removeInBackground(path: string): Promise<void> {
    return Deno.remove(path);
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

  writeInBackground(bytes: Uint8Array): Promise<number> {
    return this.#file.write(bytes);
  }

  seek(offset: number): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
  }

  truncate(sizeBytes: number): void {
    this.#file.truncateSync(sizeBytes);
  }

  syncData(): Promise<void> {
    return this.#file.syncData();
  }

  syncDataSync(): void {
    this.#file.syncDataSync();
  }

  close(): void {
    this.#file.close();
  }
}
