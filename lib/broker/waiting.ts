import type { KeyEntry } from "../journal/key_table.ts";
import { DISK_SAVING_BYTES } from "../wire/record.ts";
import { Backlog, type BacklogContext } from "./backlog.ts";
import type { BacklogDisk } from "./backlog_disk.ts";
import type { Clock } from "./clock.ts";
import { DeadlineHeap, type HeapEntry } from "./deadline_heap.ts";
import type { Fanout } from "./fanout.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Intake } from "./intake.ts";
import { LastWrites } from "./last_writes.ts";
import type { Log } from "./log.ts";
import type { Logger } from "../log/logger.ts";
import type { Collector, Walk } from "./peek/collector.ts";

/** A look at deferred messages lets others be heard after so many. */
const YIELD_EVERY = 200;

/** What waits at a topic, and may be handed on. */
export interface TopicWaiting extends Intake {
  readonly memoryDepth: number;
  readonly diskDepth: number;
  /** Bytes in a disk queue. @throws DiskQueueError */
  readonly diskBytes: number;
  /** From the next message on they wait here, for a reason that is on the disk no later than this. */
  begin(): void;
  /**
   * Hands one block of messages on from the disk. False if there is none.
   * @throws DiskQueueError if it cannot be read
   */
  handOnBlock(to: Fanout, onDiskError: (error: unknown) => void): boolean;
  /** Hands on all the rest. @throws DiskQueueError; nothing is lost */
  handOnMemory(to: Fanout): void;
  /** Deferred messages among them. */
  readonly deferredDepth: number;
  /** Looks at those that are not deferred, from message `offset` on, and changes nothing. */
  peek(offset: number, into: Collector): Walk;
  /** Looks at the deferred ones, the earliest first. */
  peekDeferred(offset: number, into: Collector): Walk;
  /** Drops a deferred message that is not due. False if it does not wait here. */
  cancelDeferred(message: KeyEntry): boolean;
  /** Drops all. @throws DiskQueueError if a file stays behind; all is dropped even so */
  empty(): void;
  /** Drops all, and is of no use after. @throws as {@link empty} */
  delete(): void;
  /** Puts all on disk, and closes it. @returns what is to be tried again; null if nothing */
  close(topic: string): LastWrites | null;
}

/** What waits at a topic until it can be handed on to the channels: in memory and on disk, and the messages that are deferred. */
export class Waiting implements TopicWaiting {
  readonly log: Log;
  readonly references = 1;
  /** All that is not deferred. */
  readonly backlog: Backlog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #nodeId: number;
  #deferred: HeldMessage[] = [];

  /** @param log its own, with the ids of the topic's */
  constructor(
    log: Log,
    disk: BacklogDisk,
    context: BacklogContext & { clock: Clock; logger: Logger },
  ) {
    this.log = log;
    this.#nodeId = context.nodeId;
    this.#clock = context.clock;
    this.#logger = context.logger;
    this.backlog = new Backlog(log, disk, context);
  }

  get memoryDepth(): number {
    return this.backlog.memoryDepth + this.#deferred.length;
  }

  begin(): void {
    // What waits is written at the end.
  }

  get diskBytes(): number {
    return this.backlog.diskBytes;
  }

  get diskDepth(): number {
    return this.backlog.diskDepth;
  }

  get deferredDepth(): number {
    return this.#deferred.length;
  }

  makeRoom(count: number): void {
    this.backlog.makeRoom(count);
  }

  append(src: Uint8Array, start: number, end: number): void {
    if (this.backlog.room > 0) this.log.append(src, start, end, 1);
  }

  appendAll(src: Uint8Array, spans: ArrayLike<number>, count: number): void {
    this.log.appendAll(src, spans, Math.min(count, this.backlog.room), 1);
  }

  shedExcess(): void {
    this.backlog.makeRoom(0);
  }

  hasPassed(index: number): boolean {
    return this.backlog.logIndex > index;
  }

  defer(held: HeldMessage, dueMs: number): void {
    held.dueMs = dueMs;
    this.#deferred.push(held);
  }

  wake(): void {
    // Nobody takes from here.
  }

  handOnBlock(to: Fanout, onDiskError: (error: unknown) => void): boolean {
    const block = this.backlog.takeBlock();
    if (block === null) return false;
    const { count, end } = block;
    block.live = count * to.references;
    to.log.adopt(block);
    try {
      to.shedExcess();
    } catch (error) { // they stay in the channels' memory, beyond the limit
      onDiskError(error);
    }
    this.backlog.blockTaken(end - count * DISK_SAVING_BYTES, count);
    to.wake();
    return true;
  }

  /** What waits in memory is no more than a channel's memory may hold. */
  handOnMemory(to: Fanout): void {
    to.makeRoomInMemory(this.backlog.memoryDepth);
    this.backlog.moveTo(to.log, to.references);
    to.shedExcess();
    for (const held of this.#deferred) to.defer(held, held.dueMs);
    this.#deferred = [];
    to.wake();
  }

  peek(offset: number, into: Collector): Walk {
    return this.backlog.peek(offset, into);
  }

  *peekDeferred(offset: number, into: Collector): Walk {
    const byTime = new DeadlineHeap<HeapEntry & { held: HeldMessage }>();
    for (const held of this.#deferred.slice()) {
      byTime.push({ dueMs: held.dueMs, heapIndex: -1, held });
      if (byTime.size % YIELD_EVERY === 0) yield;
    }
    for (let next; !into.full && (next = byTime.popDue(Infinity)) !== undefined; offset--) {
      if (offset % YIELD_EVERY === 0) yield;
      const { bytes, start, end, attempts, dueMs } = next.held;
      if (offset > 0) continue;
      into.add(bytes, start, end, { attempts, dueUnixMs: this.#clock.unixAt(dueMs) });
    }
  }

  cancelDeferred({ id }: KeyEntry): boolean {
    const at = this.#deferred.findIndex((held) => held.key(this.#nodeId) === id);
    if (at < 0) return false;
    this.#deferred.splice(at, 1)[0]!.gone();
    return true;
  }

  empty(): void {
    this.#clearMemory();
    this.backlog.emptyDisk();
  }

  delete(): void {
    this.#clearMemory();
    this.backlog.delete();
  }

  /** Takes out those that are deferred. */
  takeDeferred(): HeldMessage[] {
    const deferred = this.#deferred;
    this.#deferred = [];
    return deferred;
  }

  /** The deferred last. */
  close(topic: string): LastWrites {
    const memory = this.memoryDepth;
    if (memory > 0) {
      this.#logger.info(`TOPIC(${topic}): flushing ${memory} memory messages to backend`);
    }
    const deferred = this.#deferred.sort((a, b) => a.dueMs - b.dueMs);
    const last = new LastWrites(`topic ${topic}`, this.backlog, [], deferred);
    const unwritten = last.write();
    if (unwritten !== null) {
      const why = unwritten.error.message;
      this.#logger.error(`TOPIC(${topic}): failed to write message to backend - ${why}`);
    }
    return last;
  }

  #clearMemory(): void {
    this.#deferred = [];
    this.backlog.clearMemory();
  }
}
