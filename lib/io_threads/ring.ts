import { COPY_ALIGNMENT, copyBytes } from "../wire/copy_bytes.ts";
import type { Change } from "./sleep_watch.ts";

/** Where what stands in a ring begins and ends, both counted from the ring's making, modulo 2^32. */
const HEAD = 0;
const TAIL = 1;
/** Whether the reader sleeps until {@link TAIL} changes, the writer until {@link HEAD} does. */
const READER_SLEEPS = 2;
const WRITER_SLEEPS = 3;
const CONTROL_WORDS = 4;

/** Before each entry: its kind, {@link SHIFT} and how far its bytes are shifted; the connection that it is about; the length of its bytes. */
const ENTRY_HEADER_BYTES = 12;

/** Entries begin at multiples of this, and their bytes stand as they do in the memory where they come from, modulo this. */
const ALIGNMENT = COPY_ALIGNMENT;

const SHIFT = 8;
const KIND_MASK = (1 << SHIFT) - 1;

/** What fills the end of the ring when the next entry does not fit there. */
const FILLER = 0;

/** One direction between two threads: the memory that both see. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly entries: SharedArrayBuffer;
}

/** @param bytes a power of two */
export function newRingMemory(bytes: number): RingMemory {
  return {
    control: new SharedArrayBuffer(CONTROL_WORDS * 4),
    entries: new SharedArrayBuffer(bytes),
  };
}

/** What {@link RingReader.read} hands out: `bytes[start, end)`, valid during the call only. */
export type EntryHandler = (
  kind: number,
  connection: number,
  bytes: Uint8Array,
  start: number,
  end: number,
) => void;

/**
 * The end of a ring where entries are added. What was added is seen by the other side, and wakes it, from {@link publish} on: once a
 * turn, so that a turn costs one notification.
 */
export class RingWriter {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #mask: number;
  /** What has been added so far, which the other side need not know yet. */
  #tail: number;
  #isPublished = true;
  /** Whether {@link publishSoon} has asked for the end of this turn. */
  #isDue = false;
  readonly #publishDue = () => {
    this.#isDue = false;
    this.publish();
  };

  constructor({ control, entries }: RingMemory) {
    this.#control = new Int32Array(control);
    this.#bytes = new Uint8Array(entries);
    this.#view = new DataView(entries);
    this.#mask = entries.byteLength - 1;
    this.#tail = Atomics.load(this.#control, TAIL);
  }

  /** The share of the ring that is filled, from 0 to 1. */
  get fill(): number {
    return this.#used() / this.#bytes.length;
  }

  /** How many bytes the next entry may have; below 0 if not even an empty one fits. */
  room(): number {
    const free = this.#bytes.length - this.#used();
    const untilEnd = this.#bytes.length - (this.#tail & this.#mask);
    const room = untilEnd > free ? free : Math.max(untilEnd, free - untilEnd);
    return room - ENTRY_HEADER_BYTES - 2 * ALIGNMENT;
  }

  /** Adds an entry with the bytes `from[start, end)`, which fit: see {@link room}. */
  add(kind: number, connection: number, from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const shift = (from.byteOffset + start - ENTRY_HEADER_BYTES) & (ALIGNMENT - 1);
    const at = this.#reserve(shift + length);
    const view = this.#view;
    view.setUint32(at, kind | shift << SHIFT, true);
    view.setUint32(at + 4, connection, true);
    view.setUint32(at + 8, length, true);
    copyBytes(from, start, end, this.#bytes, at + ENTRY_HEADER_BYTES + shift);
  }

  /** Adds an entry whose bytes are one number, of 32 bits. */
  addNumber(kind: number, connection: number, value: number): void {
    const at = this.#reserve(4);
    const view = this.#view;
    view.setUint32(at, kind, true);
    view.setUint32(at + 4, connection, true);
    view.setUint32(at + 8, 4, true);
    view.setUint32(at + ENTRY_HEADER_BYTES, value, true);
  }

  /** Lets the other side see what was added. */
  publish(): void {
    if (this.#isPublished) return;
    this.#isPublished = true;
    const control = this.#control;
    Atomics.store(control, TAIL, this.#tail);
    if (Atomics.exchange(control, READER_SLEEPS, 0) === 1) Atomics.notify(control, TAIL);
  }

  /** {@link publish} at the end of this turn. */
  publishSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(this.#publishDue);
  }

  /** That the other side reads something. Null if it has since {@link room} was asked. */
  waitForRoom(): Change | null {
    const control = this.#control;
    const head = Atomics.load(control, HEAD);
    if (head === (this.#tail | 0) || this.room() >= this.#bytes.length >> 1) return null;
    Atomics.store(control, WRITER_SLEEPS, 1);
    return changeOf(control, HEAD, head);
  }

  #used(): number {
    return (this.#tail - Atomics.load(this.#control, HEAD)) >>> 0;
  }

  /** @returns where an entry is to stand that has so many bytes behind its header */
  #reserve(bytes: number): number {
    const whole = alignedSize(bytes);
    let at = this.#tail & this.#mask;
    const untilEnd = this.#bytes.length - at;
    if (whole > untilEnd) {
      this.#view.setUint32(at, FILLER, true);
      this.#tail += untilEnd;
      at = 0;
    }
    this.#tail = (this.#tail + whole) | 0;
    this.#isPublished = false;
    return at;
  }
}

/** The end of a ring where entries are taken out. */
export class RingReader {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #mask: number;

  constructor({ control, entries }: RingMemory) {
    this.#control = new Int32Array(control);
    this.#bytes = new Uint8Array(entries);
    this.#view = new DataView(entries);
    this.#mask = entries.byteLength - 1;
  }

  /** The share of the ring that is filled, from 0 to 1. */
  get fill(): number {
    const control = this.#control;
    const used = (Atomics.load(control, TAIL) - Atomics.load(control, HEAD)) >>> 0;
    return used / this.#bytes.length;
  }

  /** Hands out all entries that are there now. @returns whether there were any */
  read(handle: EntryHandler): boolean {
    const control = this.#control;
    const tail = Atomics.load(control, TAIL);
    let head = Atomics.load(control, HEAD);
    if (head === tail) return false;
    const view = this.#view;
    try {
      while (head !== tail) {
        const at = head & this.#mask;
        const word = view.getUint32(at, true);
        if (word === FILLER) {
          head = (head + this.#bytes.length - at) | 0;
          continue;
        }
        const length = view.getUint32(at + 8, true);
        const shift = word >> SHIFT;
        const start = at + ENTRY_HEADER_BYTES + shift;
        head = (head + alignedSize(shift + length)) | 0; // before the call: an entry that fails is not handed out again
        handle(word & KIND_MASK, view.getUint32(at + 4, true), this.#bytes, start, start + length);
      }
    } finally {
      Atomics.store(control, HEAD, head);
      if (Atomics.exchange(control, WRITER_SLEEPS, 0) === 1) Atomics.notify(control, HEAD);
    }
    return true;
  }

  /** That there is something to read. Null if there is already. */
  waitForEntries(): Change | null {
    const control = this.#control;
    const head = Atomics.load(control, HEAD);
    Atomics.store(control, READER_SLEEPS, 1);
    return changeOf(control, TAIL, head);
  }
}

/** That the number at `index` becomes another than `value`. Null if it is already. */
function changeOf(control: Int32Array, index: number, value: number): Change | null {
  const { async, value: told } = Atomics.waitAsync(control, index, value);
  if (!async) return null;
  return { told, hasHappened: () => Atomics.load(control, index) !== value };
}

function alignedSize(bytes: number): number {
  return (ENTRY_HEADER_BYTES + bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/** The number that {@link RingWriter.addNumber} put at `bytes[at]`. */
export function numberAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}
