import type { FileHandle } from "../storage/file_system.ts";
import { lengthAt, PREFIX_BYTES, type RecordLimits } from "./records.ts";

/**
 * Whether the record at `offset`, longer than any that is appended today, is one: it was stored when longer ones were
 * allowed, or its length is damaged. A record lies in one file, so it must end where the file ends, at `endOffset`, or
 * where another begins; of four bytes taken at random one in thousands looks like the beginning of a usual record. Moves
 * the handle.
 */
export function isLongRecord(
  handle: FileHandle,
  offset: number,
  length: number,
  endOffset: number,
  limits: RecordLimits,
): boolean {
  const prefix = new Uint8Array(PREFIX_BYTES);
  let at = offset + PREFIX_BYTES + length;
  for (;;) {
    if (at > endOffset) return false;
    handle.seek(at);
    // Nothing behind it, or less than a prefix: what a crash may leave of the next.
    if (at + PREFIX_BYTES > endOffset || !fill(handle, prefix)) return true;
    const next = lengthAt(prefix, 0);
    if (next < limits.minRecordBytes) return false;
    if (next <= limits.usualRecordBytes) return true;
    at += PREFIX_BYTES + next;
  }
}

/** Reads until `into` is full; false at the end of the file. */
function fill(handle: FileHandle, into: Uint8Array): boolean {
  for (let got = 0; got < into.length;) {
    const count = handle.read(into.subarray(got));
    if (count === 0) return false;
    got += count;
  }
  return true;
}
