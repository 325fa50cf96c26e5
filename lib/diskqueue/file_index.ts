import { attempt } from "./errors.ts";
import type { FileSystem } from "../storage/file_system.ts";

/** The files of one queue that a directory holds. */
export interface QueueFiles {
  /** Numbers of the data files, ascending. */
  numbers: number[];
  hasMeta: boolean;
}

/** The files of every queue in a directory, by queue name. */
export type FileIndex = ReadonlyMap<string, Readonly<QueueFiles>>;

export const NO_FILES: Readonly<QueueFiles> = { numbers: [], hasMeta: false };

/** Numbers have up to 15 digits, so that every one is an exact double. */
const QUEUE_FILE = /^(.+)\.diskqueue\.(?:(\d{6,15})|meta)\.dat$/;
const NUMBER_WIDTH = 6;

/** Name of a data file. */
export function dataFileName(queue: string, number: number): string {
  return `${queue}.diskqueue.${String(number).padStart(NUMBER_WIDTH, "0")}.dat`;
}

/** Name of the metadata file. */
export function metaFileName(queue: string): string {
  return `${queue}.diskqueue.meta.dat`;
}

/**
 * Reads a directory once, for opening many queues at once: each would otherwise read it for itself. Throws
 * `DiskQueueError`.
 */
export function indexFiles(files: FileSystem, dataPath: string): FileIndex {
  const index = new Map<string, QueueFiles>();
  for (const entry of attempt("open", dataPath, () => files.list(dataPath))) {
    const [, queue, digits] = QUEUE_FILE.exec(entry) ?? [];
    if (queue === undefined) continue;
    let found = index.get(queue);
    if (!found) index.set(queue, found = { numbers: [], hasMeta: false });
    if (digits === undefined) found.hasMeta = true;
    else if (dataFileName(queue, Number(digits)) === entry) found.numbers.push(Number(digits));
  }
  for (const { numbers } of index.values()) numbers.sort((a, b) => a - b);
  return index;
}
