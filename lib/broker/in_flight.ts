import { decodeMessageId, FOREIGN_ID, messageIdString } from "../wire/message_id.ts";
import { TIMESTAMP_OFFSET } from "../wire/record.ts";
import type { Clock } from "./clock.ts";
import { DeadlineHeap } from "./deadline_heap.ts";
import { type HeldMessage, holdRecord } from "./held_message.ts";
import type { Slab } from "./slab.ts";

const FIRST_CAPACITY = 16;

// What a consumer that never got a message has in place of a ring: idle ones must cost little.
const NO_NUMBERS = new Float64Array(0);
const NO_OFFSETS = new Int32Array(0);

/**
 * The messages in flight to one consumer.
 *
 * Deliveries from the log enter a ring in delivery order, hence sorted by id and by deadline: four plain arrays, no object per message. A
 * finished message is nearly always the ring's head; one from the middle leaves a tombstone. The exceptions are kept as
 * {@link HeldMessage}s by id: redelivered and touched messages, ids that do not grow, and stragglers that were moved out because
 * tombstones had filled the ring.
 */
export class InFlight {
  /** Messages in flight, exceptions included. */
  count = 0;

  #nodeId: number;
  #timeoutMs: number;
  /** Capacity - 1; the capacity is a power of two. -1 while nothing was ever in flight. */
  #mask = -1;
  #head = 0;
  #tail = 0;
  #ids = NO_NUMBERS;
  #deadlines = NO_NUMBERS;
  #offsets = NO_OFFSETS;
  /** null is a tombstone. */
  #slabs: (Slab | null)[] = [];
  /** The newest id that entered the ring. */
  #lastId = -1;
  #held = new Map<string, HeldMessage>();
  #heldDeadlines = new DeadlineHeap<HeldMessage>();

  /**
   * @param nodeId whose ids enter the ring
   * @param timeoutMs how long a message may be in flight unless it is touched
   */
  constructor(nodeId: number, timeoutMs: number) {
    this.#nodeId = nodeId;
    this.#timeoutMs = timeoutMs;
  }

  /** Makes room for `count` more ring entries. */
  reserve(count: number): void {
    while (this.#tail - this.#head + count > this.#mask + 1) this.#makeRoom();
  }

  /**
   * Notes that the record at `offset` of `slab` was delivered. Room must have been {@link reserve}d.
   * @param id its number, or FOREIGN_ID
   */
  add(id: number, slab: Slab, offset: number, nowMs: number): void {
    if (id <= this.#lastId) { // also a foreign one
      this.addHeld(holdRecord(slab, offset), nowMs);
      slab.release(1);
      return;
    }
    const at = this.#tail++ & this.#mask;
    this.#lastId = this.#ids[at] = id;
    this.#deadlines[at] = nowMs + this.#timeoutMs;
    this.#offsets[at] = offset;
    this.#slabs[at] = slab;
    this.count++;
  }

  /** Notes that `held` was delivered at `deliveredMs`. */
  addHeld(held: HeldMessage, deliveredMs: number): void {
    held.deliveredMs = deliveredMs;
    this.#keep(held, deliveredMs + this.#timeoutMs);
  }

  /** Forgets the message with the id at `bytes[at, at + 16)`: it is finished. False if it is not in flight here. */
  finish(bytes: Uint8Array, at: number): boolean {
    const index = this.#find(bytes, at);
    if (index < 0) return this.#takeHeld(bytes, at) !== undefined;
    this.#remove(index).release(1);
    return true;
  }

  /** Takes out the message with the id at `bytes[at, at + 16)`; undefined if it is not in flight here. */
  take(bytes: Uint8Array, at: number): HeldMessage | undefined {
    const index = this.#find(bytes, at);
    return index < 0 ? this.#takeHeld(bytes, at) : this.#hold(index);
  }

  /** Whether the message with the id at `bytes[at, at + 16)` is in flight here. */
  has(bytes: Uint8Array, at: number): boolean {
    return this.#find(bytes, at) >= 0 || this.#held.has(messageIdString(bytes, at));
  }

  /** How long before the last `clock.stamp()` the message was published, in ns; 0 if it is not in flight here. */
  ageNs(bytes: Uint8Array, at: number, clock: Clock): number {
    const index = this.#find(bytes, at);
    if (index >= 0) {
      const { view } = this.#slabs[index & this.#mask]!;
      return clock.nsSince(view, this.#offsets[index & this.#mask]! + TIMESTAMP_OFFSET);
    }
    const record = this.#held.get(messageIdString(bytes, at))?.record;
    if (record === undefined) return 0;
    return clock.nsSince(new DataView(record.buffer, record.byteOffset), TIMESTAMP_OFFSET);
  }

  /**
   * Gives a message its whole timeout again, at most until `maxTimeoutMs` after its delivery. False if it is not in flight here.
   */
  touch(bytes: Uint8Array, at: number, nowMs: number, maxTimeoutMs: number): boolean {
    const held = this.take(bytes, at);
    if (held === undefined) return false;
    this.#keep(held, Math.min(nowMs + this.#timeoutMs, held.deliveredMs + maxTimeoutMs));
    return true;
  }

  /** The earliest deadline; Infinity if nothing is in flight. */
  nextDeadlineMs(): number {
    const held = this.#heldDeadlines.peek()?.dueMs ?? Infinity;
    if (this.#head === this.#tail) return held;
    return Math.min(held, this.#deadlines[this.#head & this.#mask]!);
  }

  /** Takes out a message whose deadline has passed; undefined if there is none. */
  takeTimedOut(nowMs: number): HeldMessage | undefined {
    const held = this.#heldDeadlines.popDue(nowMs);
    if (held !== undefined) {
      this.#held.delete(held.id);
      this.count--;
      return held;
    }
    if (this.#head === this.#tail || this.#deadlines[this.#head & this.#mask]! > nowMs) {
      return undefined;
    }
    return this.#hold(this.#head);
  }

  /** Takes out everything. */
  takeAll(): HeldMessage[] {
    const all: HeldMessage[] = [...this.#held.values()];
    this.#held.clear();
    this.#heldDeadlines.clear();
    while (this.#head < this.#tail) all.push(this.#hold(this.#head));
    this.count = 0;
    return all;
  }

  /** Forgets everything. */
  clear(): void {
    this.#held.clear();
    this.#heldDeadlines.clear();
    for (; this.#head < this.#tail; this.#head++) {
      const at = this.#head & this.#mask;
      this.#slabs[at]?.release(1);
      this.#slabs[at] = null;
    }
    this.count = 0;
  }

  /** The ring position of an id, or -1. */
  #find(bytes: Uint8Array, at: number): number {
    if (this.#head === this.#tail) return -1;
    const id = decodeMessageId(bytes, at, this.#nodeId);
    if (id === FOREIGN_ID) return -1;
    const ids = this.#ids, mask = this.#mask;
    let low = this.#head;
    if (ids[low & mask] !== id) {
      let high = this.#tail - 1;
      while (low < high) {
        const middle = low + ((high - low) >> 1);
        if (ids[middle & mask]! < id) low = middle + 1;
        else high = middle;
      }
      if (ids[low & mask] !== id || this.#slabs[low & mask] === null) return -1;
    }
    return low;
  }

  /** Removes the ring entry at `index` and returns its slab, whose reference is now the caller's. */
  #remove(index: number): Slab {
    const mask = this.#mask, slabs = this.#slabs;
    const slab = slabs[index & mask]!;
    slabs[index & mask] = null;
    this.count--;
    if (index === this.#head) {
      do this.#head++; while (this.#head < this.#tail && slabs[this.#head & mask] === null);
    }
    return slab;
  }

  #keep(held: HeldMessage, deadlineMs: number): void {
    const id = held.id;
    const twin = this.#held.get(id);
    if (twin !== undefined) { // the same id twice, as a crash can leave it on disk: one answer will do for both
      this.#heldDeadlines.remove(twin);
      this.count--;
    }
    held.dueMs = deadlineMs;
    this.#held.set(id, held);
    this.#heldDeadlines.push(held);
    this.count++;
  }

  /** Copies the ring entry at `index` out of the log. */
  #hold(index: number): HeldMessage {
    const offset = this.#offsets[index & this.#mask]!;
    const deliveredMs = this.#deadlines[index & this.#mask]! - this.#timeoutMs;
    const slab = this.#remove(index);
    const held = holdRecord(slab, offset);
    held.deliveredMs = deliveredMs;
    slab.release(1);
    return held;
  }

  #takeHeld(bytes: Uint8Array, at: number): HeldMessage | undefined {
    if (this.#held.size === 0) return undefined;
    const id = messageIdString(bytes, at);
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    this.#held.delete(id);
    this.#heldDeadlines.remove(held);
    this.count--;
    return held;
  }

  /** The ring is too full: moves the stragglers out if it is mostly tombstones, else grows it. */
  #makeRoom(): void {
    const inRing = this.count - this.#held.size;
    if (inRing < (this.#tail - this.#head) >> 1) {
      while (this.#head < this.#tail) {
        const held = this.#hold(this.#head);
        this.#keep(held, held.deliveredMs + this.#timeoutMs);
      }
      return;
    }
    this.#resize(Math.max(FIRST_CAPACITY, (this.#mask + 1) * 2));
  }

  #resize(capacity: number): void {
    const length = this.#tail - this.#head;
    const ids = new Float64Array(capacity), deadlines = new Float64Array(capacity);
    const offsets = new Int32Array(capacity);
    const slabs: (Slab | null)[] = new Array(capacity).fill(null);
    for (let i = 0; i < length; i++) {
      const from = (this.#head + i) & this.#mask;
      ids[i] = this.#ids[from]!;
      deadlines[i] = this.#deadlines[from]!;
      offsets[i] = this.#offsets[from]!;
      slabs[i] = this.#slabs[from]!;
    }
    this.#ids = ids;
    this.#deadlines = deadlines;
    this.#offsets = offsets;
    this.#slabs = slabs;
    this.#mask = capacity - 1;
    this.#head = 0;
    this.#tail = length;
  }
}
