import { DiskQueueError } from "../diskqueue/errors.ts";
import {
  DISK_MESSAGE_OVERHEAD_BYTES,
  DISK_SAVING_BYTES,
  ID_OFFSET,
  publishedMs,
  recordEnd,
  SIZE_FIELD_BYTES,
  type Stamp,
} from "../wire/record.ts";
import { type BacklogDisk, NO_DISK } from "./backlog_disk.ts";
import { BacklogMemory } from "./backlog_memory.ts";
import type { ChannelBacklog } from "./channel_backlog.ts";
import { Cursor } from "./cursor.ts";
import { DiskReader, type DiskWriter } from "./disk_format.ts";
import { copyRecord, HeldMessage, type MessageKey, messageKey } from "./held_message.ts";
import { walkBacklog } from "./peek/backlog_walk.ts";
import type { Collector, Walk } from "./peek/collector.ts";
import type { Log } from "./log.ts";
import type { Receiver } from "./receiver.ts";
import type { Slab, SlabPool } from "./slab.ts";

const DISK_RECORD_OVERHEAD_BYTES = SIZE_FIELD_BYTES + DISK_MESSAGE_OVERHEAD_BYTES;

/** So many messages out of the log are looked at for one write. */
const HELD_IN_ONE_PIECE = 1000;

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
export class Backlog implements ChannelBacklog {
  readonly #memory: BacklogMemory;
  readonly #disk: BacklogDisk;
  /** Whether there is no disk, so that what does not fit in memory is dropped. */
  readonly #drops: boolean;
  readonly #reader: DiskReader;
  readonly #context: BacklogContext;
  /** When messages were due that were published with a delay and went to disk since, which has no place for it. */
  readonly #dueSinceMs = new Map<MessageKey, number>();
  /** Next in the block that was read from disk. */
  #block: Cursor | null = null;

  /** Starts at the log's end. @param disk NO_DISK for an ephemeral one: what does not fit in memory is dropped */
  constructor(log: Log, disk: BacklogDisk, context: BacklogContext) {
    this.#memory = new BacklogMemory(log);
    this.#disk = disk;
    this.#context = context;
    this.#drops = disk === NO_DISK;
    this.#reader = new DiskReader(disk, context.pool, context.nodeId);
  }

  /** Messages waiting in memory. */
  get memoryDepth(): number {
    return this.#memory.depth;
  }

  /** Messages waiting on disk, also those that have been read but not delivered. */
  get diskDepth(): number {
    return this.#disk.depth;
  }

  get depth(): number {
    return this.memoryDepth + this.diskDepth;
  }

  /** How many messages can be added: what has no disk has room in memory only. */
  get room(): number {
    return this.#drops ? Math.max(this.#context.memQueueSize - this.memoryDepth, 0) : Infinity;
  }

  /** Log index of the next record: all before it are delivered, on disk, or dropped. */
  get logIndex(): number {
    return this.#memory.logIndex;
  }

  /** The log index up to which it can grow before memory is full. */
  get fullAtIndex(): number {
    return this.#memory.fullAtIndex(this.#context.memQueueSize);
  }

  /** Puts `held` behind everything that waits. It may have to go to disk: see {@link makeRoom}. */
  pushAgain(held: HeldMessage): void {
    this.#memory.pushAgain(held);
  }

  /**
   * Puts frames that stand in `bytes[0, end)` behind everything that waits: on disk, once there is something, as they may be very many.
   * @param sinceMs since when they are there, in unix ms: their age counts from then; 0 if nobody asks
   * @throws DiskQueueError; what could not be put back is not here then
   */
  putBack(bytes: Uint8Array, end: number, count: number, sinceMs: number): void {
    const view = new DataView(bytes.buffer), disk = this.#disk;
    const fits = disk.depth === 0 && this.memoryDepth + count <= this.#context.memQueueSize;
    if (this.#drops || fits) {
      for (let at = 0; at < end;) {
        const next = recordEnd(view, at);
        const held = new HeldMessage(bytes.slice(at, next), 0, NaN);
        held.dueSinceMs = sinceMs;
        this.pushAgain(held);
        at = next;
      }
      return;
    }
    this.#moveToDisk(this.memoryDepth);
    if (disk.depth === 0) this.#dueSinceMs.clear();
    for (let at = 0; count > 0;) {
      const put = this.#context.writer.appendRun(disk, { bytes, view, end }, at, count);
      count -= put;
      for (let i = 0; i < put; i++, at = recordEnd(view, at)) {
        if (sinceMs === 0) continue;
        this.#dueSinceMs.set(messageKey(bytes, at + ID_OFFSET, this.#context.nodeId), sinceMs);
      }
    }
  }

  /**
   * Delivers the oldest messages to `receiver`, at most `max`.
   * @returns how many were taken off the backlog
   */
  deliver(receiver: Receiver, max: number, nowMs: number): number {
    const disk = this.#disk;
    if (disk.depth > 0) {
      const block = this.#nextBlock();
      if (block !== null) {
        const from = block.offset;
        const count = receiver.deliverRun(block, max, nowMs);
        disk.advance(block.offset - from - count * DISK_SAVING_BYTES, count);
        return count;
      }
    }
    return this.#memory.deliver(receiver, max, nowMs);
  }

  peek(offset: number, into: Collector): Walk {
    return walkBacklog(this.#disk, () => this.#memory.present, offset, into);
  }

  get bodyBytes(): number {
    const { bytes, depth } = this.#disk;
    return this.#memory.bodyBytes + bytes - depth * DISK_RECORD_OVERHEAD_BYTES;
  }

  countFresh(max: number, oldest: Stamp): number {
    const block = this.#disk.depth > 0 ? this.#nextBlock() : null;
    if (block !== null) {
      const count = block.countFresh(Math.min(max, block.slab.count - block.position), oldest);
      return count === 0 && this.#isDueSince(block, oldest) ? 1 : count;
    }
    return this.#memory.countFresh(max, oldest);
  }

  takeOldest(): HeldMessage | null {
    const block = this.#disk.depth > 0 ? this.#nextBlock() : null;
    if (block !== null) {
      const { offset } = block, held = copyRecord(block.slab, offset, NaN);
      block.pass(1);
      this.#disk.advance(block.offset - offset - DISK_SAVING_BYTES, 1);
      return held;
    }
    return this.#memory.takeOldest();
  }

  oldestMs(): number | null {
    const block = this.#disk.depth > 0 ? this.#nextBlock() : null;
    if (block !== null) return publishedMs(block.slab.view, block.offset);
    return this.#memory.oldestMs();
  }

  /** Drops the oldest message. False if there is none. */
  dropOldest(): boolean {
    const disk = this.#disk;
    if (disk.depth > 0) {
      const block = this.#nextBlock();
      if (block !== null) {
        const from = block.offset;
        block.pass(1);
        disk.advance(block.offset - from - DISK_SAVING_BYTES, 1);
        return true;
      }
    }
    return this.#memory.dropOldest();
  }

  /**
   * Makes room for `count` more messages in memory by moving the oldest to disk; does what is possible if memory holds fewer than `count` at all.
   * Without a disk nothing happens: see {@link dropExcess}.
   * @throws DiskQueueError; what could not be moved stays
   */
  makeRoom(count: number): void {
    if (this.#drops) return;
    const excess = this.memoryDepth + count - this.#context.memQueueSize;
    this.#moveToDisk(Math.min(excess, this.memoryDepth));
  }

  /** Without a disk, drops the newest messages that are too many for memory. @returns how many those were */
  dropExcess(): number {
    const { memQueueSize } = this.#context;
    const excess = this.memoryDepth - memQueueSize;
    if (!this.#drops || excess <= 0) return 0;
    this.#memory.dropNewest(memQueueSize);
    return excess;
  }

  /** Moves all that is in memory to disk. @throws DiskQueueError when not even the next message fits; what could not be moved stays */
  moveAllToDisk(): void {
    for (let piece = this.memoryDepth; this.memoryDepth > 0;) {
      try {
        this.#moveToDisk(Math.min(piece, this.memoryDepth));
      } catch (error) {
        if (piece === 1 || !(error instanceof DiskQueueError)) throw error;
        piece = Math.ceil(piece / 2); // a part may fit
      }
    }
  }

  /**
   * Puts the first of `held` on disk, behind what is there, and as many of the next as go in one piece.
   * @returns how many
   * @throws DiskQueueError; nothing was written
   */
  writeHeld(held: readonly HeldMessage[]): number {
    return this.#context.writer.appendHeld(this.#disk, held);
  }

  /** Drops everything in memory, the block read from disk included: {@link emptyDisk} or {@link delete} must follow. */
  clearMemory(): void {
    this.#memory.clear();
    this.#dropBlock();
  }

  /** Drops everything on disk. @throws DiskQueueError if a file stays behind; the messages are dropped even so */
  emptyDisk(): void {
    this.#disk.empty();
  }

  /** Takes the next whole block off the disk: the caller hands on its messages, then calls {@link blockTaken}. Null if there is none. */
  takeBlock(): Slab | null {
    return this.#reader.read();
  }

  /** A block from {@link takeBlock} has a new home. @param diskBytes its length on disk */
  blockTaken(diskBytes: number, count: number): void {
    this.#disk.advance(diskBytes, count);
  }

  /** Moves all that is in memory to the end of `log`. @param references how many channels have to finish each message there */
  moveTo(log: Log, references: number): void {
    this.#memory.moveTo(log, references);
  }

  /**
   * Hands out what is on disk, block by block from the place on where it stands; whoever takes one releases its rest. It stays on disk until
   * {@link delete}.
   * @throws DiskQueueError; then {@link leaveBlocks}
   */
  *takeBlocks(): Generator<Cursor, void, void> {
    for (let block; this.#disk.depth > 0 && (block = this.#nextBlock()) !== null;) {
      this.#block = null;
      yield block;
    }
  }

  /** What was handed out by {@link takeBlocks} waits here after all. */
  leaveBlocks(): void {
    this.#dropBlock();
    this.#disk.rewind();
  }

  /** Bytes on disk. @throws DiskQueueError */
  get diskBytes(): number {
    return this.#disk.bytes;
  }

  /** Takes out all that is in memory, the oldest first. */
  *takeMemory(): Generator<HeldMessage, void, void> {
    for (let held; (held = this.#memory.takeOldest()) !== null;) yield held;
  }

  /** For whoever syncs and closes it. */
  get disk(): BacklogDisk {
    return this.#disk;
  }

  /** Deletes the disk queue. @throws DiskQueueError if a file stays behind */
  delete(): void {
    this.#disk.delete();
  }

  #dropBlock(): void {
    if (this.#block === null) return;
    const { slab, position } = this.#block;
    this.#block = null;
    slab.release(slab.count - position);
  }

  /** Whether the next message of the block was due later than it was published. */
  #isDueSince({ slab, offset }: Cursor, oldest: Stamp): boolean {
    if (this.#dueSinceMs.size === 0) return false;
    const key = messageKey(slab.bytes, offset + ID_OFFSET, this.#context.nodeId);
    return (this.#dueSinceMs.get(key) ?? 0) >= oldest.unixMs;
  }

  #nextBlock(): Cursor | null {
    const block = this.#block;
    if (block !== null && block.position < block.slab.count) return block;
    const slab = this.#reader.read();
    return this.#block = slab && new Cursor(slab, slab.start, 0);
  }

  /** Moves the oldest `count` in memory to disk. @throws DiskQueueError; what could not be moved stays */
  #moveToDisk(count: number): void {
    const disk = this.#disk, memory = this.#memory, { writer } = this.#context;
    while (count > 0) {
      const held = memory.nextAgain(Math.min(count, HELD_IN_ONE_PIECE));
      count -= held === null ? memory.moveRun(disk, writer, count) : this.#moveAgain(held);
    }
  }

  /** Moves the first of `held`, which were queued again and are next in memory, to disk. @returns how many */
  #moveAgain(held: readonly HeldMessage[]): number {
    const moved = this.writeHeld(held);
    if (this.#disk.depth === moved) this.#dueSinceMs.clear(); // nothing of before is there any more
    for (const each of held.slice(0, moved)) {
      if (each.dueSinceMs > 0) {
        this.#dueSinceMs.set(each.key(this.#context.nodeId), each.dueSinceMs);
      }
    }
    this.#memory.dropAgain(moved);
    return moved;
  }
}
