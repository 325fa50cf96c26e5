import {
  ATTEMPTS_OFFSET,
  BODY_OFFSET,
  ID_OFFSET,
  RECORD_OVERHEAD_BYTES,
  SIZE_FIELD_BYTES,
  TIMESTAMP_OFFSET,
  TYPE_OFFSET,
} from "../wire/record.ts";
import { encodeMessageId, messageIdString } from "../wire/message_id.ts";
import { FrameType } from "../wire/protocol.ts";
import type { HeapEntry } from "./deadline_heap.ts";
import type { Slab } from "./slab.ts";

/**
 * A message on its own, outside the log: deferred, requeued, or in flight for so long that it must not pin its slab. The usual
 * message never becomes one.
 */
export class HeldMessage implements HeapEntry {
  /** When it is due: to be queued again if deferred, to time out if in flight. ms as of Clock.nowMs. */
  dueMs = 0;
  heapIndex = -1;
  /** The log index from which on it is next, if it waits to be delivered again. */
  dueIndex = 0;
  /** When it was last delivered, ms as of Clock.nowMs. */
  deliveredMs = 0;

  /**
   * @param record the message in wire format (see wire/record.ts); shared, never written to: its own attempts field does not count
   * @param attempts how often it was delivered
   */
  constructor(readonly record: Uint8Array, public attempts: number) {}

  /** The 16 characters of its id. */
  get id(): string {
    return messageIdString(this.record, ID_OFFSET);
  }
}

/** Copies the record at `offset` out of its slab. Its attempts field says how often it was delivered, counting the delivery in flight. */
export function holdRecord(slab: Slab, offset: number): HeldMessage {
  const end = offset + SIZE_FIELD_BYTES + slab.view.getUint32(offset);
  return new HeldMessage(
    slab.bytes.slice(offset, end),
    slab.view.getUint16(offset + ATTEMPTS_OFFSET),
  );
}

/** A new message that was never in a log: one published with a delay. Timestamp words as of Clock.stamp. */
export function newHeldMessage(
  src: Uint8Array,
  start: number,
  end: number,
  id: number,
  nodeId: number,
  stampHigh: number,
  stampLow: number,
): HeldMessage {
  const record = new Uint8Array(RECORD_OVERHEAD_BYTES + end - start);
  const view = new DataView(record.buffer);
  view.setUint32(0, record.length - SIZE_FIELD_BYTES);
  view.setUint32(TYPE_OFFSET, FrameType.Message);
  view.setUint32(TIMESTAMP_OFFSET, stampHigh);
  view.setUint32(TIMESTAMP_OFFSET + 4, stampLow);
  encodeMessageId(view, ID_OFFSET, id, nodeId);
  record.set(src.subarray(start, end), BODY_OFFSET);
  return new HeldMessage(record, 0);
}
