import { publishedMs, RECORD_OVERHEAD_BYTES, type Stamp } from "../wire/record.ts";
import type { BacklogDisk } from "./backlog_disk.ts";
import { Cursor } from "./cursor.ts";
import type { DiskWriter } from "./disk_format.ts";
import { copyRecord, type HeldMessage } from "./held_message.ts";
import { HeldQueue } from "./held_queue.ts";
import type { Log } from "./log.ts";
import type { InMemory } from "./peek/backlog_walk.ts";
import type { Receiver } from "./receiver.ts";

/** What of a {@link Backlog} is in memory: the log from the cursor on, and between its records what was queued again. */
export class BacklogMemory {
  readonly #log: Log;
  /** Next in the log. */
  #cursor: Cursor;
  /** Queued again, by the log index behind which they stand. */
  readonly #again = new HeldQueue();

  /** Starts at the log's end. */
  constructor(log: Log) {
    this.#log = log;
    this.#cursor = Cursor.atEndOf(log);
  }

  /** How many messages wait here. */
  get depth(): number {
    return this.#log.endIndex - this.#cursor.index + this.#again.length;
  }

  /** Log index of the next record. */
  get logIndex(): number {
    return this.#cursor.index;
  }

  /** Up to this index of the log, `max` messages are here at most. */
  fullAtIndex(max: number): number {
    return this.#cursor.index - this.#again.length + max;
  }

  /** Bytes of the bodies. */
  get bodyBytes(): number {
    const logCount = this.#log.endIndex - this.#cursor.index;
    return this.#log.bytesFrom(this.#cursor) - logCount * RECORD_OVERHEAD_BYTES +
      this.#again.bodyBytes;
  }

  /** For a look that changes nothing. */
  get present(): InMemory {
    return { cursor: this.#cursor, endIndex: this.#log.endIndex, again: this.#again };
  }

  /** Puts `held` behind all that is in the log now. */
  pushAgain(held: HeldMessage): void {
    held.dueIndex = this.#log.endIndex;
    this.#again.push(held);
  }

  /** Delivers the oldest, at most `max`. @returns how many were taken off */
  deliver(receiver: Receiver, max: number, nowMs: number): number {
    if (this.#dueAgain() !== undefined) return this.#deliverAgain(receiver, max, nowMs);
    const count = Math.min(max, this.#runLength());
    if (count === 0) return 0;
    this.#cursor.findNext();
    return receiver.deliverRun(this.#cursor, count, nowMs);
  }

  /** Of the next `max`, how many come before one that is older than `oldest`. It may stop at the end of a slab or a run. */
  countFresh(max: number, oldest: Stamp): number {
    const { index } = this.#cursor;
    if (this.#dueAgain() !== undefined) {
      const isNext = (held: HeldMessage) => held.dueIndex <= index && !held.isOlder(oldest);
      return this.#again.first(max, isNext).length;
    }
    const count = Math.min(max, this.#runLength());
    if (count === 0) return 0;
    this.#cursor.findNext();
    const { slab, position } = this.#cursor;
    return this.#cursor.countFresh(Math.min(count, slab.count - position), oldest);
  }

  /** Takes the oldest off. Null if there is none. */
  takeOldest(): HeldMessage | null {
    if (this.depth === 0) return null;
    if (this.#dueAgain() !== undefined) return this.#again.shift()!;
    return this.#takeRecord();
  }

  /** When the oldest was published, ms since 1970; null if there is none. */
  oldestMs(): number | null {
    if (this.depth === 0) return null;
    const held = this.#dueAgain();
    if (held !== undefined) return held.publishedMs;
    this.#cursor.findNext();
    return publishedMs(this.#cursor.slab.view, this.#cursor.offset);
  }

  /** Drops the oldest. False if there is none. */
  dropOldest(): boolean {
    if (this.depth === 0) return false;
    if (this.#dueAgain() !== undefined) this.#again.shift()!.gone();
    else this.#passOne();
    return true;
  }

  /** Drops the newest, so that `max` are left. Older ones that stay are copied out of the log, so that the cursor can go on to its end. */
  dropNewest(max: number): void {
    const cursor = this.#cursor, again = this.#again, end = this.#log.endIndex;
    const newestAgain = again.peekNewest();
    if (newestAgain !== undefined && newestAgain.dueIndex > cursor.index) {
      for (let left = again.length; left > 0;) { // they stand between the records
        if (this.#dueAgain() === undefined) {
          this.#copyOne();
          continue;
        }
        again.push(again.shift()!);
        left--;
      }
    }
    while (cursor.index < end && again.length < max) this.#copyOne();
    while (cursor.index < end) this.#passOne();
    while (again.length > max) again.pop()!.gone();
  }

  /** Drops everything. */
  clear(): void {
    for (let left = this.#log.endIndex - this.#cursor.index; left > 0;) {
      this.#cursor.findNext();
      const slab = this.#cursor.slab;
      const count = slab.count - this.#cursor.position;
      this.#cursor.position = slab.count;
      this.#cursor.offset = slab.end;
      slab.release(count);
      left -= count;
    }
    while (this.#again.length > 0) this.#again.shift()!.gone();
    this.#again.clear();
  }

  /** Moves everything, of which nothing may have been queued again, to the end of `log`. @param references as of {@link Backlog.moveTo} */
  moveTo(log: Log, references: number): void {
    if (this.depth === 0) return;
    this.#cursor.findNext();
    let { slab, offset, position } = this.#cursor;
    for (;;) {
      const { next } = slab;
      slab.next = null;
      slab.start = offset;
      slab.startPosition = position;
      slab.live = (slab.count - position) * references;
      log.adopt(slab);
      if (next === null) break;
      slab = next;
      offset = slab.start;
      position = slab.startPosition;
    }
    this.#log.restart();
    this.#cursor = Cursor.atEndOf(this.#log);
  }

  /** The oldest messages, at most `max`, if they were queued again; they stay. Null if a record of the log is next. */
  nextAgain(max: number): HeldMessage[] | null {
    if (this.#dueAgain() === undefined) return null;
    const { index } = this.#cursor;
    return this.#again.first(max, ({ dueIndex }) => dueIndex <= index);
  }

  /** The first `count` of {@link nextAgain} are on disk. */
  dropAgain(count: number): void {
    for (; count > 0; count--) this.#again.shift()!.gone();
  }

  /** Moves records of the log that are next to `disk`, at most `max`. @returns how many @throws DiskQueueError; none was moved */
  moveRun(disk: BacklogDisk, writer: DiskWriter, max: number): number {
    const cursor = this.#cursor;
    cursor.findNext();
    const { slab, offset } = cursor;
    const moved = writer.appendRun(disk, slab, offset, Math.min(max, this.#runLength()));
    cursor.pass(moved);
    return moved;
  }

  #deliverAgain(receiver: Receiver, max: number, nowMs: number): number {
    let count = 0, hasRoom = true;
    for (let held; hasRoom && count < max && (held = this.#dueAgain()) !== undefined; count++) {
      hasRoom = receiver.deliverHeld(held, nowMs);
      this.#again.shift();
    }
    return count;
  }

  /** The message queued again that is next, if one is. */
  #dueAgain(): HeldMessage | undefined {
    const first = this.#again.peek();
    return first !== undefined && first.dueIndex <= this.#cursor.index ? first : undefined;
  }

  /** How many records of the log come before the next message queued again. */
  #runLength(): number {
    const first = this.#again.peek();
    const end = first === undefined ? this.#log.endIndex : first.dueIndex;
    return end - this.#cursor.index;
  }

  /** Takes the next record out of the log. */
  #takeRecord(): HeldMessage {
    this.#cursor.findNext();
    const { slab, offset, position } = this.#cursor;
    const held = copyRecord(slab, offset, slab.indexAt(position));
    this.#cursor.pass(1);
    return held;
  }

  /** Moves the next record of the log behind all that were queued again. */
  #copyOne(): void {
    this.#cursor.findNext();
    const { slab, offset, index } = this.#cursor;
    const held = copyRecord(slab, offset, index);
    this.#cursor.pass(1);
    held.dueIndex = this.#cursor.index;
    this.#again.push(held);
  }

  #passOne(): void {
    this.#cursor.findNext();
    this.#cursor.pass(1);
  }
}
