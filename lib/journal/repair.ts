import { basename } from "node:path";
import type { Logger } from "../log/logger.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { Recovered } from "./recovery.ts";

/** How much is written at once. */
const REWRITE_BYTES = 1024 * 1024;

/**
 * Makes the files what {@link recover} has read of them.
 * @param syncLater takes the files that are to be synced, with the directory, before anybody builds on them; without it that is done here
 * @throws what writing throws
 */
export function repair(
  files: FileSystem,
  dataPath: string,
  { repairs }: Recovered,
  logger: Logger,
  syncLater?: (path: string) => void,
): void {
  for (const { path, sizeBytes } of repairs.unreadable) {
    if (sizeBytes === 0) files.remove(path);
    else {
      logger.warn(`JOURNAL: ${basename(path)} holds nothing that can be read - kept as .bad`);
      files.rename(path, `${path}.bad`);
    }
  }
  for (const { path, bytes } of repairs.unused) files.truncate(path, bytes);
  for (const { segment, sizeBytes } of repairs.torn) {
    const { path, bytes } = segment;
    logger.warn(`JOURNAL: cut ${sizeBytes - bytes} bytes off ${basename(path)}, a torn end`);
    files.truncate(path, bytes);
  }
  for (const { path } of repairs.unsynced) {
    writeAgain(files, path);
    if (syncLater === undefined) files.syncDataSync(path);
    else syncLater(path);
  }
  if (repairs.unsynced.length > 0 && syncLater === undefined) files.syncDataSync(dataPath);
}

/**
 * A process that was killed may have left what it had not synced: who builds on it must not lose it at a power cut. Where its fsync had failed,
 * another one alone would do nothing, so everything is written once more.
 */
function writeAgain(files: FileSystem, path: string): void {
  const sizeBytes = files.sizeBytes(path) ?? 0;
  const buffer = new Uint8Array(Math.min(REWRITE_BYTES, sizeBytes));
  const from = files.openRead(path), to = files.openWrite(path);
  try {
    for (let count; (count = from.read(buffer)) > 0;) {
      for (let at = 0; at < count;) at += to.write(buffer.subarray(at, count));
    }
  } finally {
    from.close();
    to.close();
  }
}
