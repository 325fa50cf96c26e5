import { dirname } from "node:path";
import type { FileSystem } from "./file_system.ts";

/** What a file holds. Throws `Deno.errors.NotFound` when there is none. */
export function readWholeFile(files: FileSystem, path: string): Uint8Array {
  const handle = files.openRead(path);
  try {
    const bytes = new Uint8Array(files.sizeBytes(path) ?? 0);
    let length = 0;
    while (length < bytes.length) {
      const read = handle.read(bytes.subarray(length));
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    handle.close();
  }
}

/**
 * Replaces the file at `path`, or makes it: whatever happens meanwhile, it holds all of the old content or all of the new. Resolves when
 * the new content is what a power cut leaves. Rejects with the error of the operation that failed.
 * @param temporaryPath in the same directory; what a write that was cut short has left there goes
 */
export async function replaceFile(
  files: FileSystem,
  path: string,
  temporaryPath: string,
  bytes: Uint8Array,
): Promise<void> {
  try {
    const handle = files.openWrite(temporaryPath);
    try {
      handle.truncate(0);
      for (let at = 0; at < bytes.length;) at += handle.write(bytes.subarray(at));
    } finally {
      handle.close();
    }
    await files.syncData(temporaryPath);
    files.rename(temporaryPath, path);
  } catch (error) {
    if (files.sizeBytes(temporaryPath) !== null) files.remove(temporaryPath);
    throw error;
  }
  await files.syncData(dirname(path));
}
