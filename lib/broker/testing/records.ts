import { messageIdString } from "../../wire/message_id.ts";
import {
  ATTEMPTS_OFFSET,
  BODY_OFFSET,
  ID_OFFSET,
  recordEnd,
  TIMESTAMP_OFFSET,
} from "../../wire/record.ts";
import { Clock } from "../clock.ts";
import { Cursor } from "../cursor.ts";
import { IdSequence } from "../id_sequence.ts";
import { Ledger } from "../ledger.ts";
import { Log } from "../log.ts";
import { CheckedPool } from "./checked_pool.ts";
import { ManualTime } from "./manual_time.ts";

export const TEST_NODE_ID = 1;

/** A record as it stands in a log. */
export interface ReadRecord {
  id: string;
  body: string;
  attempts: number;
  timestamp: bigint;
  /** Where it ends. */
  end: number;
}

/** A ledger that measures nothing. */
export function newLedger(): Ledger {
  return new Ledger(new Clock(new ManualTime()), undefined);
}

/** A log with all that it needs. */
export function newLog(pool = new CheckedPool(), ids = new IdSequence()) {
  const time = new ManualTime();
  const clock = new Clock(time);
  clock.stamp();
  return { log: new Log(pool, clock, TEST_NODE_ID, ids), pool, ids, clock, time };
}

/** Appends a record with this text as its body. */
export function append(log: Log, text: string, references = 1): void {
  const body = new TextEncoder().encode(text);
  log.append(body, 0, body.length, references);
}

/** The record at `at`, and where it ends. */
export function readRecord(bytes: Uint8Array, at: number): ReadRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = recordEnd(view, at);
  return {
    id: messageIdString(bytes, at + ID_OFFSET),
    body: new TextDecoder().decode(bytes.subarray(at + BODY_OFFSET, end)),
    attempts: view.getUint16(at + ATTEMPTS_OFFSET),
    timestamp: view.getBigUint64(at + TIMESTAMP_OFFSET),
    end,
  };
}

/** The records that are ahead of `cursor`, up to the end of `log`; the cursor moves past them but gives back no reference. */
export function readOn(cursor: Cursor, log: Log): ReadRecord[] {
  const records: ReadRecord[] = [];
  while (cursor.index < log.endIndex) {
    cursor.findNext();
    const record = readRecord(cursor.slab.bytes, cursor.offset);
    records.push(record);
    cursor.offset = record.end;
    cursor.position++;
  }
  return records;
}
