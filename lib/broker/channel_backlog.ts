import type { Stamp } from "../wire/record.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Collector, Walk } from "./peek/collector.ts";
import type { Receiver } from "./receiver.ts";

/** The messages that wait in one channel, first in first out. */
export interface ChannelBacklog {
  /** Messages waiting in memory. */
  readonly memoryDepth: number;
  /** Messages waiting on disk, also those that have been read but not delivered. */
  readonly diskDepth: number;
  readonly depth: number;
  /** Bytes in a disk queue. @throws DiskQueueError */
  readonly diskBytes: number;
  /** Log index of the next record: all before it are delivered, on disk, or dropped. */
  readonly logIndex: number;
  /** The log index up to which it can grow before memory is full. */
  readonly fullAtIndex: number;
  /** Puts `held` behind everything that waits. It may have to go to disk: see {@link makeRoom}. */
  pushAgain(held: HeldMessage): void;
  /**
   * Delivers the oldest messages to `receiver`, at most `max`.
   * @returns how many were taken off the backlog
   */
  deliver(receiver: Receiver, max: number, nowMs: number): number;
  /** Looks at what waits, from message `offset` on, and changes nothing. What it throws is what reading throws. */
  peek(offset: number, into: Collector): Walk;
  /** Bytes of the bodies that wait; where only a journal has them, about. */
  readonly bodyBytes: number;
  /**
   * Of the messages that {@link deliver} would deliver next, at most `max`, how many come before one that is older than `oldest`: its age counts
   * from its publishing, or from when it was due if that was with a delay.
   * @throws DiskQueueError
   */
  countFresh(max: number, oldest: Stamp): number;
  /** Takes the oldest message off. Null if there is none. @throws DiskQueueError */
  takeOldest(): HeldMessage | null;
  /** When the oldest message was published, ms since 1970; null if nothing waits. @throws DiskQueueError */
  oldestMs(): number | null;
  /** Drops the oldest message. False if there is none. */
  dropOldest(): boolean;
  /**
   * Makes room for `count` more messages in memory; does what is possible if memory holds fewer than `count` at all.
   * @throws DiskQueueError; what could not be moved stays
   */
  makeRoom(count: number): void;
  /** Without a disk, drops the newest messages that are too many for memory. @returns how many those were */
  dropExcess(): number;
  /** Drops everything in memory: {@link emptyDisk} or {@link delete} must follow. */
  clearMemory(): void;
  /** Drops everything on disk. @throws DiskQueueError if a file stays behind; the messages are dropped even so */
  emptyDisk(): void;
  /** Drops everything, for good. @throws DiskQueueError if a file stays behind */
  delete(): void;
}
