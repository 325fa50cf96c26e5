/**
 * The one seam between what we store and the disk, so that tests can fill the disk, break it or cut the power.
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
  /** As {@link remove}, where that takes too long to wait for: a large file's removal takes many milliseconds. */
  removeInBackground(path: string): Promise<void>;
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
  /** As {@link write}, for much that nobody waits for. The bytes must stay as they are until it resolves. */
  writeInBackground(bytes: Uint8Array): Promise<number>;
  seek(offset: number): void;
  truncate(sizeBytes: number): void;
  /** Resolves when what was written to the file, by whomever, is on stable storage. */
  syncData(): Promise<void>;
  syncDataSync(): void;
  close(): void;
}
