/** Bytes of the big-endian int32 length in front of every record. */
export const PREFIX_BYTES = 4;

/** Why a walk over records stopped. */
export type WalkEnd =
  /** At the end of the bytes given, exactly behind a record. */
  | "complete"
  /** The last record, or its prefix, goes on beyond the bytes given. */
  | "incomplete"
  /** A length that cannot be: no way to know where the next record begins. */
  | "invalid"
  /** A length above the usual: damage, or a record from other days, as `isLongRecord()` finds out. */
  | "long";

/** Result of a walk over records; one object, filled anew by each walk. */
export interface Walk {
  /** Bytes of the whole records found, prefixes included. */
  bytes: number;
  count: number;
  end: WalkEnd;
  /** Length given by the prefix at which the walk stopped; 0 if it was not whole. */
  stoppedAtLength: number;
}

/** What is known of the length of records, prefix not included. */
export interface RecordLimits {
  readonly minRecordBytes: number;
  /** The longest that is appended today. What was stored under another setting may be longer. */
  readonly usualRecordBytes: number;
}

export function newWalk(): Walk {
  return { bytes: 0, count: 0, end: "complete", stoppedAtLength: 0 };
}

/** The signed big-endian number at `offset`; there must be four bytes. */
export function lengthAt(data: Uint8Array, offset: number): number {
  return data[offset]! << 24 | data[offset + 1]! << 16 | data[offset + 2]! << 8 | data[offset + 3]!;
}

/** Finds the whole records in `data[0,available)` and fills `walk`. */
export function walkRecords(
  data: Uint8Array,
  available: number,
  limits: RecordLimits,
  walk: Walk,
): void {
  const { minRecordBytes, usualRecordBytes } = limits;
  let offset = 0;
  let count = 0;
  walk.end = "complete";
  walk.stoppedAtLength = 0;
  while (offset < available) {
    if (available - offset < PREFIX_BYTES) {
      walk.end = "incomplete";
      break;
    }
    const length = lengthAt(data, offset);
    const next = offset + PREFIX_BYTES + length;
    if (length < minRecordBytes || length > usualRecordBytes) {
      walk.end = length < minRecordBytes ? "invalid" : "long";
      walk.stoppedAtLength = length;
      break;
    }
    if (next > available) {
      walk.end = "incomplete";
      walk.stoppedAtLength = length;
      break;
    }
    offset = next;
    count++;
  }
  walk.bytes = offset;
  walk.count = count;
}
