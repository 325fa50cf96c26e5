/**
 * Layout of events. See README.md.
 * @module
 */
import type { ByteBuffer } from "./byte_buffer.ts";

/** Without the name of a channel that was made. */
export const EVENT_BYTES = 24;

/** What fits: about 49 days. A message that is deferred for longer loses its key then. */
const MAX_DELAY_MS = 0xffffffff;

const NO_BITS = new Uint8Array(0);

/** What happened. `a` and `b` are named in this order; a channel is a number that the journal gave it. */
export const EventKind = {
  /** channel · a: floor, b: delivered up to · flag: paused · small: bytes of the name that follows */
  Made: 1,
  /** channel */
  Deleted: 2,
  /** channel · a: the new floor. All before it is finished, nothing behind it, and there are no exceptions. */
  Moved: 3,
  /** channel, or 0 for the topic · flag: paused */
  Paused: 4,
  /** channel, or 0 for what waits in the topic and is not there · a: first index, b: how many */
  Finished: 5,
  /** channel · small: attempts · a: index, b: due, unix ms; 0 for at once */
  Excepted: 6,
  /** all channels · a: index, b: due, unix ms */
  Deferred: 7,
  /** channel · a: delivered up to */
  Delivered: 8,
  /** The topic · a: index from which on messages wait to be handed on; -1 for none */
  Waiting: 9,
  /** a: first index, b: behind the last · channel: number of the segment that holds them now */
  Relocated: 10,
  /** channel · small: bytes that follow · a: first index. Each bit that is set stands for a finished message. */
  FinishedBits: 12,
  /**
   * The topic · flag: 1 when the key is forgotten · small: bytes of the key that follows · channel: ms for which the message was deferred ·
   * a: index, b: published, unix ms
   */
  Keyed: 20,
  /** The topic · a: index of a deferred message that waits to be handed on, and is finished when it is */
  Cancelled: 21,
  /** a: bytes of the segment that held something else before: what stands there behind the last block is no damage */
  Room: 22,
  /** Last of all when the writer stopped in order: everything before it is on stable storage. */
  Closed: 11,
} as const;

/** One event; the same object is used for all that are read. */
export interface JournalEvent {
  kind: number;
  flag: number;
  small: number;
  channel: number;
  a: number;
  b: number;
  name: string;
  bits: Uint8Array;
}

/** Adds an event. @returns where it stands in the buffer */
export function putEvent(
  buffer: ByteBuffer,
  kind: number,
  flag: number,
  small: number,
  channel: number,
  a: number,
  b: number,
): number {
  const at = buffer.extend(EVENT_BYTES), view = buffer.view;
  view.setUint8(at, kind);
  view.setUint8(at + 1, flag);
  view.setUint16(at + 2, small);
  view.setUint32(at + 4, channel);
  view.setFloat64(at + 8, a);
  view.setFloat64(at + 16, b);
  return at;
}

/** Adds a channel with its name. */
export function putMade(
  buffer: ByteBuffer,
  paused: boolean,
  channel: number,
  floor: number,
  delivered: number,
  name: string,
): void {
  const bytes = new TextEncoder().encode(name);
  putEvent(buffer, EventKind.Made, Number(paused), bytes.length, channel, floor, delivered);
  buffer.append(bytes, 0, bytes.length);
}

/** Adds the key of a message. @param delayMs for which it was deferred; 0 if it was not */
export function putKeyed(
  buffer: ByteBuffer,
  isForgotten: boolean,
  key: string,
  delayMs: number,
  index: number,
  unixMs: number,
): void {
  const bytes = new TextEncoder().encode(key);
  const delay = Math.min(Math.ceil(delayMs), MAX_DELAY_MS);
  putEvent(buffer, EventKind.Keyed, Number(isForgotten), bytes.length, delay, index, unixMs);
  buffer.append(bytes, 0, bytes.length);
}

/** Adds finished messages among others. */
export function putBits(
  buffer: ByteBuffer,
  channel: number,
  first: number,
  bits: Uint8Array,
): void {
  putEvent(buffer, EventKind.FinishedBits, 0, bits.length, channel, first, 0);
  buffer.append(bits, 0, bits.length);
}

/** Makes the event at `at`, a {@link EventKind.Delivered}, reach up to `index`. */
export function raiseDelivered({ view }: ByteBuffer, at: number, index: number): void {
  view.setFloat64(at + 8, index);
}

/** Calls `apply` for each event in `bytes[from, to)`. */
export function forEachEvent(
  bytes: Uint8Array,
  from: number,
  to: number,
  apply: (event: JournalEvent) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const event: JournalEvent = {
    kind: 0,
    flag: 0,
    small: 0,
    channel: 0,
    a: 0,
    b: 0,
    name: "",
    bits: NO_BITS,
  };
  for (let at = from; at + EVENT_BYTES <= to;) {
    event.kind = view.getUint8(at);
    event.flag = view.getUint8(at + 1);
    event.small = view.getUint16(at + 2);
    event.channel = view.getUint32(at + 4);
    event.a = view.getFloat64(at + 8);
    event.b = view.getFloat64(at + 16);
    at += EVENT_BYTES;
    if (event.kind === EventKind.FinishedBits) {
      event.bits = bytes.subarray(at, at += event.small);
    } else if (event.kind === EventKind.Made || event.kind === EventKind.Keyed) {
      event.name = new TextDecoder().decode(bytes.subarray(at, at + event.small));
      at += event.small;
    }
    apply(event);
  }
}
