import {
  attemptsBefore,
  BODY_OFFSET,
  ID_OFFSET,
  isOlder,
  oneMoreAttempt,
  publishedMs,
  RECORD_OVERHEAD_BYTES,
  recordEnd,
  type Stamp,
  writeRecordHeader,
} from "../wire/record.ts";
import {
  decodeMessageId,
  encodeMessageId,
  FOREIGN_ID,
  messageIdString,
} from "../wire/message_id.ts";
import type { HeapEntry } from "./deadline_heap.ts";
import type { Slab, SlabTenant } from "./slab.ts";

/** What tells a message from all others of the broker: the number of its id, or its 16 characters if another node made it. */
export type MessageKey = number | string;

/** The key of the message whose id stands at `bytes[at, at + 16)`. */
export function messageKey(bytes: Uint8Array, at: number, nodeId: number): MessageKey {
  const id = decodeMessageId(bytes, at, nodeId);
  return id === FOREIGN_ID ? messageIdString(bytes, at) : id;
}

/**
 * A message on its own, outside the log: deferred, requeued, timed out, or in flight for so long that it must not pin its slab. The usual
 * message never becomes one. Its record (see wire/record.ts) is `bytes[start, end)`: its own copy, or what stands in the slab for as long as
 * most of that is needed anyway. It is shared, never written to: its own attempts field does not count.
 */
export class HeldMessage implements HeapEntry, SlabTenant {
  /** When it is due: to be queued again if deferred, to time out if in flight. ms as of Clock.nowMs. */
  dueMs = 0;
  heapIndex = -1;
  /** The log index from which on it is next, if it waits to be delivered again. */
  dueIndex = 0;
  /** When it was last delivered, ms as of Clock.nowMs. */
  deliveredMs = 0;
  /** When it was first delivered; 0 if that is not known, as it was read back since. */
  firstDeliveredMs = 0;
  /** When it was due, ms since 1970, if it was published with a delay: its age counts from then. */
  dueSinceMs = 0;
  /** Where its record stands, perhaps among others. Look at it each time: it may move. */
  bytes: Uint8Array;
  start = 0;
  /** Where it stands if it has no copy of its own; it has a reference there. */
  #slab: Slab | null = null;

  /**
   * @param record the message in wire format
   * @param attempts how often it was delivered
   * @param index its index in the topic, which no other message of the topic shares; NaN if it has none
   */
  constructor(record: Uint8Array, public attempts: number, public index: number) {
    this.bytes = record;
  }

  /**
   * The record at `offset` of `slab`, as it was before any delivery from there. Its reference, which was the caller's, is given back when it is
   * copied: now, when the slab is no longer needed, or when the message is {@link gone}.
   * @param index as of {@link HeldMessage.index}
   */
  static from(slab: Slab, offset: number, index: number): HeldMessage {
    const held = new HeldMessage(slab.bytes, attemptsBefore(slab.view, offset), index);
    held.start = offset;
    held.#slab = slab;
    if (!slab.keep(held)) {
      held.moveOut();
      slab.release(1);
    }
    return held;
  }

  /** Where its record ends. */
  get end(): number {
    return this.#slab === null ? this.bytes.length : recordEnd(this.#slab.view, this.start);
  }

  /** The 16 characters of its id. */
  get id(): string {
    return messageIdString(this.bytes, this.start + ID_OFFSET);
  }

  /** Whether it is too old, if all are that are older than `oldest`. */
  isOlder(oldest: Stamp): boolean {
    const { bytes } = this;
    if (this.dueSinceMs >= oldest.unixMs) return false;
    return isOlder(new DataView(bytes.buffer, bytes.byteOffset), this.start, oldest);
  }

  /** When it was published, ms since 1970. */
  get publishedMs(): number {
    const { bytes } = this;
    return publishedMs(new DataView(bytes.buffer, bytes.byteOffset), this.start);
  }

  /** Where its body begins; it ends with the record. */
  get bodyStart(): number {
    return this.start + BODY_OFFSET;
  }

  /** @param nodeId the broker's own */
  key(nodeId: number): MessageKey {
    return messageKey(this.bytes, this.start + ID_OFFSET, nodeId);
  }

  moveOut(): boolean {
    if (this.#slab === null) return false;
    this.bytes = this.bytes.slice(this.start, this.end);
    this.start = 0;
    this.#slab = null;
    return true;
  }

  /** It is finished, dropped, or has a home elsewhere: nobody looks at its record again. */
  gone(): void {
    const slab = this.#slab;
    this.#slab = null;
    slab?.release(1);
  }

  /** It was delivered, once more, at `atMs`. */
  delivered(atMs: number): void {
    this.attempts = oneMoreAttempt(this.attempts);
    this.deliveredMs = atMs;
    if (this.attempts === 1) this.firstDeliveredMs = atMs;
  }
}

/** Copies the record at `offset` of `slab`, as it was before any delivery from there. @param index as of {@link HeldMessage.index} */
export function copyRecord(slab: Slab, offset: number, index: number): HeldMessage {
  const { bytes, view } = slab;
  const record = bytes.slice(offset, recordEnd(view, offset));
  return new HeldMessage(record, attemptsBefore(view, offset), index);
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
  writeRecordHeader(view, 0, record.length, stampHigh, stampLow);
  encodeMessageId(view, ID_OFFSET, id, nodeId);
  record.set(src.subarray(start, end), BODY_OFFSET);
  return new HeldMessage(record, 0, NaN);
}
