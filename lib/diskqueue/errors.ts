import { systemReason } from "../system_reason.ts";
import { isDiskFull } from "../storage/disk_space.ts";

/**
 * A file operation of a disk queue that failed. The message reads `OPERATION PATH: REASON`, the shape that operators
 * of NSQ know from their logs (`write /data/t.diskqueue.000000.dat: no space left on device`).
 */
export class DiskQueueError extends Error {
  override readonly name = "DiskQueueError";
  readonly operation: string;
  readonly path: string;

  constructor(operation: string, path: string, cause: unknown) {
    super(`${operation} ${path}: ${systemReason(cause)}`, { cause });
    this.operation = operation;
    this.path = path;
  }
}

/** The next record does not fit into the buffer that `read()` was given; nothing was consumed. */
export class RecordTooLargeError extends RangeError {
  override readonly name = "RecordTooLargeError";
  /** Size in bytes that a buffer needs for this record, length prefix included. */
  readonly neededBytes: number;

  constructor(neededBytes: number) {
    super(`the next record needs a buffer of ${neededBytes} bytes`);
    this.neededBytes = neededBytes;
  }
}

/** Runs one file operation and turns whatever it throws into a `DiskQueueError`. */
export function attempt<T>(operation: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asDiskQueueError(operation, path, error);
  }
}

/** The error itself if it is a `DiskQueueError` already, else one that wraps it. */
export function asDiskQueueError(operation: string, path: string, error: unknown): DiskQueueError {
  return error instanceof DiskQueueError ? error : new DiskQueueError(operation, path, error);
}

/** Whether the error, or the one it wraps, says that a file does not exist. */
export function isNotFound(error: unknown): boolean {
  const inner = error instanceof DiskQueueError ? error.cause : error;
  return inner instanceof Deno.errors.NotFound;
}

/** Whether the error, or the one it wraps, says that the disk is full. */
export function isNoSpace(error: unknown): boolean {
  return isDiskFull(error instanceof DiskQueueError ? error.cause : error);
}
