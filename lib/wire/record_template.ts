import {
  ID_OFFSET,
  RECORD_OVERHEAD_BYTES,
  TIMESTAMP_OFFSET,
  writeRecordHeader,
  writeRecordStart,
} from "./record.ts";
import { encodeMessageId, lastHexPair } from "./message_id.ts";

/** Where the part of an id begins that consecutive messages do not share. */
const LAST_PAIR_OFFSET = ID_OFFSET + 14;

/**
 * The header of new messages (see record.ts), of which one has most in common with the next: what they share is copied in words of 64 bits, which V8
 * makes plain moves of.
 */
export class RecordTemplate {
  readonly #view = new DataView(new ArrayBuffer(RECORD_OVERHEAD_BYTES));

  constructor() {
    writeRecordHeader(this.#view, 0, 0, 0, 0);
  }

  /** From now on messages were published then. Words as of Clock.stamp. */
  setStamp(high: number, low: number): void {
    this.#view.setUint32(TIMESTAMP_OFFSET, high);
    this.#view.setUint32(TIMESTAMP_OFFSET + 4, low);
  }

  /** From now on ids begin as this one, all but their last two characters. */
  setId(id: number, nodeId: number): void {
    encodeMessageId(this.#view, ID_OFFSET, id, nodeId);
  }

  /** Writes the header of a record. @param idEnd the last eight bits of its id */
  write(into: DataView, at: number, recordBytes: number, idEnd: number): void {
    const view = this.#view;
    writeRecordStart(into, at, recordBytes);
    into.setBigInt64(at + 8, view.getBigInt64(8, true), true);
    into.setBigInt64(at + 16, view.getBigInt64(16, true), true);
    into.setBigInt64(at + 24, view.getBigInt64(24, true), true);
    into.setUint16(at + LAST_PAIR_OFFSET, lastHexPair(idEnd));
  }
}
