import { messageIdString } from "../../wire/message_id.ts";
import { ATTEMPTS_OFFSET, BODY_OFFSET, ID_OFFSET, TIMESTAMP_OFFSET } from "../../wire/record.ts";
import { Clock } from "../clock.ts";
import { Cursor } from "../cursor.ts";
import { IdSequence } from "../id_sequence.ts";
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

/** The records that are ahead of `cursor`, up to the end of `log`; the cursor moves past them but gives back no reference. */
export function readOn(cursor: Cursor, log: Log): ReadRecord[] {
  const records: ReadRecord[] = [];
  while (cursor.index < log.endIndex) {
    cursor.settle();
    const { bytes, view } = cursor.slab;
    const at = cursor.offset;
    const end = at + 4 + view.getUint32(at);
    records.push({
      id: messageIdString(bytes, at + ID_OFFSET),
      body: new TextDecoder().decode(bytes.subarray(at + BODY_OFFSET, end)),
      attempts: view.getUint16(at + ATTEMPTS_OFFSET),
      timestamp: view.getBigUint64(at + TIMESTAMP_OFFSET),
    });
    cursor.offset = end;
    cursor.position++;
  }
  return records;
}
