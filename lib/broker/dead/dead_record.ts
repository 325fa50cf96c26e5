/**
 * A dead message as it is kept: the record of the message, longer by what is known of its end.
 *
 *     … body   0              8             16       18     19      20
 *              first delivery last delivery attempts why    version
 *              float64        float64       uint16   uint8  uint8
 *
 * Times are ms since 1970, 0 for unknown.
 * @module
 */
import { DEAD_NOTE_BYTES } from "../../journal/dead_journal.ts";
import { messageIdString } from "../../wire/message_id.ts";
import {
  BODY_OFFSET,
  ID_OFFSET,
  recordEnd,
  setAttemptsBefore,
  TIMESTAMP_OFFSET,
  writeRecordStart,
} from "../../wire/record.ts";

const LAST_AT = 8;
const ATTEMPTS_AT = 16;
const WHY_AT = 18;
const VERSION_AT = 19;
const VERSION = 1;

/** Why a message is dead: which rule of its channel. */
const WHYS = ["max_attempts", "max_age", "overflow"] as const;
export type WhyDead = typeof WHYS[number];

/** What is noted of the end of a message. */
export interface DeadNote {
  why: WhyDead;
  attempts: number;
  /** ms since 1970; 0 for unknown. */
  firstDeliveryMs: number;
  lastDeliveryMs: number;
}

/** A dead message. */
export interface DeadMessage extends DeadNote {
  id: string;
  /** ns since 1970. */
  publishedNs: bigint;
  body: Uint8Array;
}

/** Writes the message frame `record` with its note into `into`. @returns where it ends */
export function putDead(into: Uint8Array, record: Uint8Array, note: DeadNote): number {
  const view = new DataView(into.buffer, into.byteOffset), at = record.length;
  into.set(record);
  writeRecordStart(view, 0, at + DEAD_NOTE_BYTES);
  setAttemptsBefore(view, 0, note.attempts);
  view.setFloat64(at, note.firstDeliveryMs);
  view.setFloat64(at + LAST_AT, note.lastDeliveryMs);
  view.setUint16(at + ATTEMPTS_AT, note.attempts);
  view.setUint8(at + WHY_AT, WHYS.indexOf(note.why));
  view.setUint8(at + VERSION_AT, VERSION);
  return at + DEAD_NOTE_BYTES;
}

/** The dead message whose record stands at `at`. Its body is a copy. */
export function readDead(bytes: Uint8Array, view: DataView, at: number): DeadMessage {
  const end = recordEnd(view, at) - DEAD_NOTE_BYTES;
  return {
    id: messageIdString(bytes, at + ID_OFFSET),
    publishedNs: view.getBigUint64(at + TIMESTAMP_OFFSET),
    why: WHYS[view.getUint8(end + WHY_AT)] ?? WHYS[0],
    attempts: view.getUint16(end + ATTEMPTS_AT),
    firstDeliveryMs: view.getFloat64(end),
    lastDeliveryMs: view.getFloat64(end + LAST_AT),
    body: bytes.slice(at + BODY_OFFSET, end),
  };
}

/** Turns the records in `bytes[0, end)` into what they were before their death, never delivered, without gaps. @returns where they end */
export function revive(bytes: Uint8Array, view: DataView, end: number): number {
  let to = 0;
  for (let at = 0; at < end;) {
    const next = recordEnd(view, at), size = next - at - DEAD_NOTE_BYTES;
    bytes.copyWithin(to, at, at + size);
    writeRecordStart(view, to, size);
    setAttemptsBefore(view, to, 0);
    to += size;
    at = next;
  }
  return to;
}
