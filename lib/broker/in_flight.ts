import { decodeMessageId, FOREIGN_ID, messageIdString, readMessageId } from "../wire/message_id.ts";
import { attemptsBefore, ID_OFFSET, oneMoreAttempt, recordEnd } from "../wire/record.ts";
import { HeldInFlight } from "./held_in_flight.ts";
import { HeldMessage } from "./held_message.ts";
import type { Ledger } from "./ledger.ts";
import type { Collector, PeekedState } from "./peek/collector.ts";
import type { Slab } from "./slab.ts";
import { Touches } from "./touches.ts";

const FIRST_CAPACITY = 16;

// What a consumer that never got a message has in place of a ring: idle ones must cost little.
const NO_NUMBERS = new Float64Array(0);
const NO_OFFSETS = new Int32Array(0);

/**
 * The messages in flight to one consumer.
 *
 * Deliveries from the log enter a ring in delivery order, hence sorted by id and by deadline: four plain arrays, no object per message. A
 * finished message is nearly always the ring's head; one from the middle leaves a tombstone. A touched message stays where it is, with its
 * new deadline in {@link Touches}. The exceptions are {@link HeldInFlight}: redelivered messages, ids that do not grow, those touched up to their
 * last deadline, and stragglers that were moved out because tombstones had filled the ring.
 */
export class InFlight {
  /** Messages in flight, exceptions included. */
  count = 0;

  #nodeId: number;
  #timeoutMs: number;
  #ledger: Ledger;
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
  /** null while no message in the ring is touched. */
  #touches: Touches | null = null;
  /** With touched messages: all before it are touched or gone. */
  #untouched = 0;
  readonly #held: HeldInFlight;

  /**
   * @param nodeId whose ids enter the ring
   * @param timeoutMs how long a message may be in flight unless it is touched
   * @param ledger hears of what is finished or dropped
   */
  constructor(nodeId: number, timeoutMs: number, ledger: Ledger) {
    this.#ledger = ledger;
    this.#nodeId = nodeId;
    this.#timeoutMs = timeoutMs;
    this.#held = new HeldInFlight(nodeId, ledger);
  }

  /** Makes room for `count` more ring entries. */
  reserve(count: number): void {
    while (this.#tail - this.#head + count > this.#mask + 1) this.#makeRoom();
  }

  /**
   * Notes that record `position` of `slab`, which stands at `offset`, was delivered. Room must have been {@link reserve}d.
   * @param id its number, or FOREIGN_ID
   */
  add(id: number, slab: Slab, position: number, offset: number, nowMs: number): void {
    if (id <= this.#lastId) { // also a foreign one
      this.addHeld(HeldMessage.from(slab, offset, slab.indexAt(position)), nowMs);
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
    held.delivered(deliveredMs);
    this.#keep(held, deliveredMs + this.#timeoutMs);
  }

  /** As {@link finish}, of the message whose id stands at `at` in `view`, if that is in the ring, as nearly all are. False if it is not. */
  finishInRing(view: DataView, at: number): boolean {
    if (this.#head === this.#tail) return false;
    return this.#finishAt(this.#indexOf(readMessageId(view, at, this.#nodeId)));
  }

  /** Forgets the message with the id at `bytes[at, at + 16)`: it is finished. False if it is not in flight here. */
  finish(bytes: Uint8Array, at: number): boolean {
    if (this.#finishAt(this.#find(bytes, at))) return true;
    const held = this.#takeHeld(bytes, at);
    if (held === undefined) return false;
    this.#ledger.finishedHeld(held);
    held.gone();
    return true;
  }

  /** Takes out the message with the id at `bytes[at, at + 16)`; undefined if it is not in flight here. */
  take(bytes: Uint8Array, at: number): HeldMessage | undefined {
    const index = this.#find(bytes, at);
    return index < 0 ? this.#takeHeld(bytes, at) : this.#hold(index);
  }

  /** Whether the message with the id at `bytes[at, at + 16)` is in flight here. */
  has(bytes: Uint8Array, at: number): boolean {
    return this.#find(bytes, at) >= 0 || this.#held.has(bytes, at);
  }

  /**
   * Gives a message its whole timeout again, at most until `maxTimeoutMs` after its delivery. False if it is not in flight here.
   */
  touch(bytes: Uint8Array, at: number, nowMs: number, maxTimeoutMs: number): boolean {
    const deadlineMs = nowMs + this.#timeoutMs;
    const index = this.#find(bytes, at);
    if (index < 0) return this.#held.touch(bytes, at, deadlineMs, maxTimeoutMs);
    const lastMs = this.#deadlines[index & this.#mask]! - this.#timeoutMs + maxTimeoutMs;
    if (deadlineMs < lastMs) this.#touchAt(index, deadlineMs);
    else this.#keep(this.#hold(index), lastMs); // out of order with the deadlines of others
    return true;
  }

  /** Hears of what is finished or dropped from now on. */
  set ledger(ledger: Ledger) {
    this.#ledger = this.#held.ledger = ledger;
  }

  /** All, taken out of the log; they stay in flight. */
  outOfLog(): Iterable<HeldMessage> {
    this.#holdRing();
    return this.#held.all();
  }

  /** The ids of all, of 16 characters each. */
  allIds(): string[] {
    const ids = [...this.#held.all()].map(({ id }) => id);
    for (let index = this.#head; index < this.#tail; index++) {
      const slab = this.#slabs[index & this.#mask] ?? null;
      if (slab === null) continue;
      ids.push(messageIdString(slab.bytes, this.#offsets[index & this.#mask]! + ID_OFFSET));
    }
    return ids;
  }

  /** Looks at what is in flight, from message `offset` on, and changes nothing. */
  peek(offset: number, into: Collector, stateOf: (attempts: number, dueMs: number) => PeekedState) {
    for (const { bytes, start, end, attempts, dueMs } of this.#held.all()) {
      if (into.full) return;
      if (offset-- <= 0) into.add(bytes, start, end, stateOf(attempts, dueMs));
    }
    for (let index = this.#head; index < this.#tail && !into.full; index++) {
      const slab = this.#slabs[index & this.#mask] ?? null;
      if (slab === null || offset-- > 0) continue;
      const { bytes, view } = slab, start = this.#offsets[index & this.#mask]!;
      const attempts = oneMoreAttempt(attemptsBefore(view, start));
      into.add(bytes, start, recordEnd(view, start), stateOf(attempts, this.#deadlineAt(index)));
    }
  }

  /** The earliest deadline; Infinity if nothing is in flight. */
  nextDeadlineMs(): number {
    const heldMs = this.#held.nextDeadlineMs();
    const index = this.#nextInRing();
    return index < 0 ? heldMs : Math.min(heldMs, this.#deadlineAt(index));
  }

  /** Takes out a message whose deadline has passed; undefined if there is none. */
  takeTimedOut(nowMs: number): HeldMessage | undefined {
    const held = this.#held.takeTimedOut(nowMs);
    if (held !== undefined) {
      this.count--;
      return held;
    }
    const index = this.#nextInRing();
    return index < 0 || this.#deadlineAt(index) > nowMs ? undefined : this.#hold(index);
  }

  /** Takes out everything. */
  takeAll(): HeldMessage[] {
    const all = this.#held.takeAll();
    while (this.#head < this.#tail) all.push(this.#hold(this.#head));
    this.count = 0;
    return all;
  }

  /** Gives up the memory of the ring if nothing is in it. For consumers that had much in flight once. */
  trim(): void {
    if (this.#head < this.#tail || this.#mask < 0) return;
    this.#ids = this.#deadlines = NO_NUMBERS;
    this.#offsets = NO_OFFSETS;
    this.#slabs = [];
    this.#touches = null;
    this.#mask = -1;
    this.#head = this.#tail = 0;
  }

  /** Forgets everything; whoever says so has counted it. */
  clear(): void {
    for (const held of this.#held.takeAll()) held.gone();
    for (; this.#head < this.#tail; this.#head++) {
      const at = this.#head & this.#mask;
      this.#slabs[at]?.release(1);
      this.#slabs[at] = null;
    }
    this.#touches = null;
    this.count = 0;
  }

  /** When the entry at `index` times out. */
  #deadlineAt(index: number): number {
    return this.#touches?.deadlineOf(index) || this.#deadlines[index & this.#mask]!;
  }

  /** The ring entry with the earliest deadline, or -1. */
  #nextInRing(): number {
    const touches = this.#touches;
    if (touches === null) return this.#head === this.#tail ? -1 : this.#head;
    let index = Math.max(this.#untouched, this.#head);
    const slabs = this.#slabs, mask = this.#mask;
    while (index < this.#tail && (slabs[index & mask] === null || touches.deadlineOf(index) > 0)) {
      index++;
    }
    this.#untouched = index;
    const touched = touches.first(this.#head);
    if (index === this.#tail) return touched;
    return touched >= 0 && touches.deadlineOf(touched) < this.#deadlines[index & mask]!
      ? touched
      : index;
  }

  #touchAt(index: number, deadlineMs: number): void {
    if (this.#touches === null) {
      this.#touches = new Touches(this.#mask + 1);
      this.#untouched = this.#head;
    }
    this.#touches.set(index, deadlineMs);
  }

  /** The ring position of an id, or -1. */
  #find(bytes: Uint8Array, at: number): number {
    if (this.#head === this.#tail) return -1;
    return this.#indexOf(decodeMessageId(bytes, at, this.#nodeId));
  }

  /** The ring position of the id of this number, or -1. The ring is not empty. */
  #indexOf(id: number): number {
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

  /** The ring entry at `index` is finished. False if that is -1, for none. */
  #finishAt(index: number): boolean {
    if (index < 0) return false;
    const entry = index & this.#mask;
    this.#ledger.finished(this.#slabs[entry]!, this.#offsets[entry]!, this.#ids[entry]!);
    this.#remove(index).release(1);
    return true;
  }

  /** Removes the ring entry at `index` and returns its slab, whose reference is now the caller's. */
  #remove(index: number): Slab {
    const mask = this.#mask, slabs = this.#slabs;
    const slab = slabs[index & mask]!;
    slabs[index & mask] = null;
    this.count--;
    if (this.#touches !== null && this.#touches.remove(index)) this.#touches = null;
    if (index === this.#head) {
      do this.#head++; while (this.#head < this.#tail && slabs[this.#head & mask] === null);
    }
    return slab;
  }

  #keep(held: HeldMessage, deadlineMs: number): void {
    if (this.#held.keep(held, deadlineMs)) this.count++;
  }

  /** Takes the ring entry at `index` out of the log. */
  #hold(index: number): HeldMessage {
    const entry = index & this.#mask;
    const offset = this.#offsets[entry]!, id = this.#ids[entry]!;
    const deliveredMs = this.#deadlines[entry]! - this.#timeoutMs;
    const slab = this.#remove(index);
    const held = HeldMessage.from(slab, offset, slab.indexOf(id));
    held.delivered(deliveredMs);
    return held;
  }

  #takeHeld(bytes: Uint8Array, at: number): HeldMessage | undefined {
    const held = this.#held.take(bytes, at);
    if (held !== undefined) this.count--;
    return held;
  }

  /** The ring is too full: moves the stragglers out if it is mostly tombstones, else grows it. */
  #makeRoom(): void {
    const inRing = this.count - this.#held.size;
    if (inRing < (this.#tail - this.#head) >> 1) return this.#holdRing();
    this.#resize(Math.max(FIRST_CAPACITY, (this.#mask + 1) * 2));
  }

  /** Moves all out of the ring. */
  #holdRing(): void {
    while (this.#head < this.#tail) {
      const deadlineMs = this.#deadlineAt(this.#head);
      this.#keep(this.#hold(this.#head), deadlineMs);
    }
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
    this.#touches?.move(this.#head, capacity);
    this.#untouched = Math.max(0, this.#untouched - this.#head);
    this.#mask = capacity - 1;
    this.#head = 0;
    this.#tail = length;
  }
}
