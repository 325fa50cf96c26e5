import type { DiskQueue } from "../diskqueue/disk_queue.ts";
import { DISK_SAVING_BYTES } from "../wire/record.ts";
import type { Consumer } from "./consumer.ts";
import { Cursor } from "./cursor.ts";
import { DiskReader, type DiskWriter } from "./disk_format.ts";
import { Fifo } from "./fifo.ts";
import { type HeldMessage, holdRecord } from "./held_message.ts";
import type { Log } from "./log.ts";
import type { Slab, SlabPool } from "./slab.ts";

/** What all backlogs of a broker share. */
export interface BacklogContext {
  pool: SlabPool;
  writer: DiskWriter;
  nodeId: number;
  /** `--mem-queue-size`: messages kept in memory per channel, and per topic that cannot hand on. */
  memQueueSize: number;
}

/**
 * The messages that wait in one channel (or in a topic that cannot hand them on), first in first out:
 *
 *     oldest                                                            newest
 *     on disk  ─►  block read from disk  ─►  log from the cursor on, and between its records what was queued again
 *
 * What does not fit in memory is taken from the oldest end of the memory part and put behind what is on disk, so the order stays. Messages
 * queued again stand behind all that was in the log then.
 */
export class Backlog {
  readonly #log: Log;
  readonly #disk: DiskQueue | null;
  readonly #reader: DiskReader | null;
  readonly #context: BacklogContext;
  /** Next in the log. */
  #cursor: Cursor;
  /** Queued again, by the log index behind which they stand. */
  readonly #again = new Fifo<HeldMessage>();
  /** Next in the block that was read from disk. */
  #block: Cursor | null = null;

  /** Starts at the log's end. @param disk null for an ephemeral one: what does not fit in memory is dropped */
  constructor(log: Log, disk: DiskQueue | null, context: BacklogContext) {
    this.#log = log;
    this.#disk = disk;
    this.#context = context;
    this.#reader = disk && new DiskReader(disk, context.pool, context.nodeId);
    this.#cursor = Cursor.atEndOf(log);
  }

  /** Messages waiting in memory. */
  get memoryDepth(): number {
    return this.#log.endIndex - this.#cursor.index + this.#again.length;
  }

  /** Messages waiting on disk, also those that have been read but not delivered. */
  get diskDepth(): number {
    return this.#disk?.depth ?? 0;
  }

  get depth(): number {
    return this.memoryDepth + this.diskDepth;
  }

  /** Log index of the next record: all before it are delivered, on disk, or dropped. */
  get logIndex(): number {
    return this.#cursor.index;
  }

  /** The log index up to which it can grow before memory is full. */
  get fullAtIndex(): number {
    return this.#cursor.index - this.#again.length + this.#context.memQueueSize;
  }

  /** Puts `held` behind everything that waits. It may have to go to disk: see {@link makeRoom}. */
  pushAgain(held: HeldMessage): void {
    held.dueIndex = this.#log.endIndex;
    this.#again.push(held);
  }

  /**
   * Delivers the oldest messages to `consumer`, at most `max`.
   * @returns how many were taken off the backlog
   */
  deliver(consumer: Consumer, max: number, nowMs: number): number {
    const disk = this.#disk;
    if (disk !== null && disk.depth > 0) {
      const block = this.#nextBlock();
      if (block !== null) {
        const from = block.offset;
        const count = consumer.deliverRun(block, max, nowMs);
        disk.advance(block.offset - from - count * DISK_SAVING_BYTES, count);
        return count;
      }
    }
    const again = this.#dueAgain();
    if (again !== undefined) {
      consumer.deliverHeld(again, nowMs);
      this.#again.shift();
      return 1;
    }
    const count = Math.min(max, this.#runLength());
    if (count === 0) return 0;
    this.#cursor.settle();
    return consumer.deliverRun(this.#cursor, count, nowMs);
  }

  /** Drops the oldest message, if there is one. */
  dropOldest(): void {
    const disk = this.#disk;
    if (disk !== null && disk.depth > 0) {
      const block = this.#nextBlock();
      if (block !== null) {
        const from = block.offset;
        block.pass(1);
        disk.advance(block.offset - from - DISK_SAVING_BYTES, 1);
        return;
      }
    }
    if (this.memoryDepth > 0) this.#dropFromMemory();
  }

  /**
   * Makes room for `count` more messages in memory by moving the oldest to disk; does what is possible if memory holds fewer than `count` at all.
   * Without a disk nothing happens: see {@link dropExcess}.
   * @throws DiskQueueError; what could not be moved stays
   */
  makeRoom(count: number): void {
    if (this.#disk === null) return;
    const excess = this.memoryDepth + count - this.#context.memQueueSize;
    this.#moveToDisk(this.#disk, Math.min(excess, this.memoryDepth));
  }

  /** Without a disk, drops the newest messages that are too many for memory. */
  dropExcess(): void {
    const { memQueueSize } = this.#context;
    if (this.#disk !== null || this.memoryDepth <= memQueueSize) return;
    // What is older than the dropped ones is copied out of the log, so that the cursor can go on to the end.
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
    while (cursor.index < end && again.length < memQueueSize) this.#copyOne();
    while (cursor.index < end) this.#passOne();
    while (again.length > memQueueSize) again.pop();
  }

  /** Moves all that is in memory to disk. @throws DiskQueueError; what could not be moved stays */
  moveAllToDisk(): void {
    if (this.#disk !== null) this.#moveToDisk(this.#disk, this.memoryDepth);
  }

  /** Puts `held` on disk, behind what is there. Nothing happens without a disk. @throws DiskQueueError */
  writeHeld(held: HeldMessage): void {
    if (this.#disk !== null) this.#context.writer.appendHeld(this.#disk, held);
  }

  /** Drops everything in memory, the block read from disk included: {@link emptyDisk} or {@link delete} must follow. */
  clearMemory(): void {
    for (let left = this.#log.endIndex - this.#cursor.index; left > 0;) {
      this.#cursor.settle();
      const slab = this.#cursor.slab;
      const count = slab.count - this.#cursor.position;
      this.#cursor.position = slab.count;
      this.#cursor.offset = slab.end;
      slab.release(count);
      left -= count;
    }
    this.#again.clear();
    if (this.#block !== null) {
      const { slab, position } = this.#block;
      this.#block = null;
      slab.release(slab.count - position);
    }
  }

  /** Drops everything on disk. @throws DiskQueueError if a file stays behind; the messages are dropped even so */
  emptyDisk(): void {
    this.#disk?.empty();
  }

  /** Takes the next whole block off the disk: the caller hands on its messages, then calls {@link blockTaken}. Null if there is none. */
  takeBlock(): Slab | null {
    return this.#reader?.read() ?? null;
  }

  /** A block from {@link takeBlock} has a new home. @param diskBytes its length on disk */
  blockTaken(diskBytes: number, count: number): void {
    this.#disk?.advance(diskBytes, count);
  }

  /** Moves all that is in memory to the end of `log`. @param references how many channels have to finish each message there */
  moveTo(log: Log, references: number): void {
    if (this.memoryDepth === 0) return;
    this.#cursor.settle();
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

  /** Closes the disk queue; what is there stays. */
  close(): void {
    this.#disk?.close();
  }

  /** Deletes the disk queue. @throws DiskQueueError if a file stays behind */
  delete(): void {
    this.#disk?.delete();
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

  #nextBlock(): Cursor | null {
    const block = this.#block;
    if (block !== null && block.position < block.slab.count) return block;
    const slab = this.#reader!.read();
    return this.#block = slab && new Cursor(slab, slab.start, 0);
  }

  #dropFromMemory(): void {
    if (this.#dueAgain() !== undefined) this.#again.shift();
    else this.#passOne();
  }

  /** Moves the next record of the log behind all that were queued again. */
  #copyOne(): void {
    this.#cursor.settle();
    const held = holdRecord(this.#cursor.slab, this.#cursor.offset);
    held.attempts--; // it says what the delivery would have sent
    this.#cursor.pass(1);
    held.dueIndex = this.#cursor.index;
    this.#again.push(held);
  }

  #passOne(): void {
    this.#cursor.settle();
    this.#cursor.pass(1);
  }

  #moveToDisk(disk: DiskQueue, count: number): void {
    const { writer } = this.#context;
    while (count > 0) {
      const again = this.#dueAgain();
      if (again !== undefined) {
        writer.appendHeld(disk, again);
        this.#again.shift();
        count--;
        continue;
      }
      const cursor = this.#cursor;
      cursor.settle();
      const max = Math.min(count, this.#runLength());
      const moved = writer.appendRun(disk, cursor.slab, cursor.offset, max);
      cursor.pass(moved);
      count -= moved;
    }
  }
}
