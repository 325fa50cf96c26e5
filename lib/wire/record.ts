/**
 * Layout of a message frame, which is also how a message stands in memory: the log keeps each message as the very frame that its
 * first delivery sends. Whoever writes a part of a header does it here, or by record_template.ts.
 *
 *     offset  0       4            8              16        18   34
 *             size    frame type   timestamp ns   attempts  id   body
 *             int32   int32 = 2    int64          uint16    16   size - 30
 *
 * Attempts, wherever the code speaks of them, are how often a message was delivered so far. A frame's own field counts the delivery that sends
 * it, so in memory it is one more ({@link attemptsBefore}). On disk the field is the attempts, the frame type is left out and `size` is four less.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html#data-format
 * @module
 */
import { FrameType } from "./protocol.ts";

export const TYPE_OFFSET = 4;
export const TIMESTAMP_OFFSET = 8;
export const ATTEMPTS_OFFSET = 16;
export const ID_OFFSET = 18;
export const BODY_OFFSET = 34;

/** Bytes of a record that are not its body. */
export const RECORD_OVERHEAD_BYTES: number = BODY_OFFSET;

/** `size` counts all but its own four bytes. */
export const SIZE_FIELD_BYTES = 4;

/** A record on disk is this much shorter: it has no frame type. */
export const DISK_SAVING_BYTES = 4;

/** What a disk record holds besides its length and the body: timestamp, attempts, id. */
export const DISK_MESSAGE_OVERHEAD_BYTES = 26;

/** Attempts are sent as an unsigned 16-bit number; the count stays there. */
const MAX_ATTEMPTS = 0xffff;

const TWO_POW_32 = 0x100000000;
const NS_PER_MS = 1e6;

/** Where the record at `at` ends. */
export function recordEnd(view: DataView, at: number): number {
  return at + SIZE_FIELD_BYTES + view.getUint32(at);
}

/** Writes what stands before the fields of a message: the size of its record of `recordBytes`, and the frame type. */
export function writeRecordStart(view: DataView, at: number, recordBytes: number): void {
  view.setUint32(at, recordBytes - SIZE_FIELD_BYTES);
  view.setUint32(at + TYPE_OFFSET, FrameType.Message);
}

/** Writes the header of a new message, all but its id. Timestamp words as of Clock.stamp. */
export function writeRecordHeader(
  view: DataView,
  at: number,
  recordBytes: number,
  stampHigh: number,
  stampLow: number,
): void {
  writeRecordStart(view, at, recordBytes);
  view.setUint32(at + TIMESTAMP_OFFSET, stampHigh);
  view.setUint32(at + TIMESTAMP_OFFSET + 4, stampLow);
  view.setUint16(at + ATTEMPTS_OFFSET, 1);
}

/** When the message at `at` was published, ms since 1970. */
export function publishedMs(view: DataView, at: number): number {
  const high = view.getUint32(at + TIMESTAMP_OFFSET);
  return (high * TWO_POW_32 + view.getUint32(at + TIMESTAMP_OFFSET + 4)) / NS_PER_MS;
}

/** A time as messages carry it, for comparing without arithmetic: ns since 1970, its upper and lower 32 bits. */
export interface Stamp {
  readonly high: number;
  readonly low: number;
  /** About the same, in ms. */
  readonly unixMs: number;
}

export function stampOf(unixMs: number): Stamp {
  const ns = unixMs * NS_PER_MS;
  return { high: Math.floor(ns / TWO_POW_32), low: Math.floor(ns % TWO_POW_32), unixMs };
}

/** Whether the message at `at` was published before `stamp`. */
export function isOlder(view: DataView, at: number, { high, low }: Stamp): boolean {
  const own = view.getUint32(at + TIMESTAMP_OFFSET);
  return own < high || own === high && view.getUint32(at + TIMESTAMP_OFFSET + 4) < low;
}

/** How often the message was delivered before the delivery that sends the frame at `at`. */
export function attemptsBefore(view: DataView, at: number): number {
  return view.getUint16(at + ATTEMPTS_OFFSET) - 1;
}

/** Makes the frame at `at` the one that is sent after `attempts` earlier deliveries. */
export function setAttemptsBefore(view: DataView, at: number, attempts: number): void {
  view.setUint16(at + ATTEMPTS_OFFSET, oneMoreAttempt(attempts));
}

/** `attempts` and one more, as far as they are counted. */
export function oneMoreAttempt(attempts: number): number {
  return Math.min(attempts + 1, MAX_ATTEMPTS);
}
