import { publishedMs, RECORD_OVERHEAD_BYTES, type Stamp } from "../../wire/record.ts";
import type { JournalChannel } from "../../journal/journal_channel.ts";
import { AgainQueue } from "./again_queue.ts";
import type { BacklogContext } from "../backlog.ts";
import type { ChannelBacklog } from "../channel_backlog.ts";
import { Cursor } from "../cursor.ts";
import { copyRecord, type HeldMessage } from "../held_message.ts";
import { FreshSince } from "./fresh_since.ts";
import type { Log } from "../log.ts";
import type { Collector, Walk } from "../peek/collector.ts";
import { walkJournal } from "../peek/journal_walk.ts";
import { ReadBack } from "./read_back.ts";
import type { Receiver } from "../receiver.ts";
import type { TopicJournal } from "./topic_journal.ts";

/**
 * What waits in a channel of a durable topic. All of it stands in the journal, so what does not fit in memory is forgotten there and read back:
 *
 *     oldest                                                                 newest
 *     to be read back  ─►  block that was  ─►  log from the cursor on, and between its records what was queued again
 *
 * What waits to be read back is neither finished nor an exception: exceptions are in flight, deferred, or queued again.
 */
export class JournalBacklog implements ChannelBacklog {
  readonly #log: Log;
  readonly #journal: TopicJournal;
  readonly #channel: JournalChannel;
  readonly #context: BacklogContext;
  readonly #readBack: ReadBack;
  readonly #again = new AgainQueue();
  readonly #freshSince = new FreshSince();
  /** Deferred messages that became due while they waited in the topic. */
  #parked: number[] = [];
  /** Next in the log. */
  #cursor: Cursor;

  /**
   * Begins with what the journal knows.
   * @param onLost told how many messages are gone because they could not be read
   */
  constructor(
    log: Log,
    journal: TopicJournal,
    channel: JournalChannel,
    context: BacklogContext,
    onLost: (count: number) => void,
  ) {
    this.#log = log;
    this.#journal = journal;
    this.#channel = channel;
    this.#context = context;
    this.#readBack = new ReadBack(log, journal, channel, context, onLost);
    this.#cursor = Cursor.atEndOf(log);
    const { state } = channel, end = this.#end;
    const again: number[] = [];
    let exceptions = 0;
    state.exceptions.forEach((index, _attempts, dueMs) => {
      if (index < end) exceptions++;
      if (dueMs === 0) (index < end ? again : this.#parked).push(index);
    });
    this.#readBack.restart(state.finished.floor, end, state.depth(end) - exceptions);
    for (const index of again.sort((a, b) => a - b)) this.#again.push(index, index, null);
  }

  get memoryDepth(): number {
    return this.#log.endIndex - this.#cursor.index + this.#again.heldCount;
  }

  get diskDepth(): number {
    return this.#readBack.depth + this.#again.length - this.#again.heldCount;
  }

  get depth(): number {
    return this.#log.endIndex - this.#cursor.index + this.#again.length + this.#readBack.depth;
  }

  readonly diskBytes = 0;

  get logIndex(): number {
    return this.#cursor.index;
  }

  get fullAtIndex(): number {
    return this.#cursor.index - this.#again.heldCount + this.#context.memQueueSize;
  }

  pushAgain(held: HeldMessage): void {
    this.#again.push(held.index, this.#end, held);
  }

  deliver(receiver: Receiver, max: number, nowMs: number): number {
    const block = this.#readBack.nextBlock();
    if (this.#again.dueIndex <= this.#position(block)) {
      return this.#deliverAgain(receiver, max, nowMs);
    }
    if (block !== null) {
      const from = block.offset, count = this.#deliverRun(block, receiver, max, nowMs);
      this.#readBack.passed(count, block.offset - from);
      return count;
    }
    if (this.#cursor.index === this.#log.endIndex) return 0;
    this.#cursor.findNext();
    return this.#deliverRun(this.#cursor, receiver, max, nowMs);
  }

  *peek(offset: number, into: Collector): Walk {
    const { state } = this.#channel;
    yield* walkJournal(
      {
        journal: this.#journal.journal,
        from: this.#readBack.nextIndex ?? this.#position(null),
        end: this.#end,
        finished: state.finished,
        exceptions: state.exceptions,
        attempts: (index) => state.attempts(index),
        again: this.#again,
      },
      offset,
      into,
    );
  }

  /** Whether the message is the channel's: others wait at the topic still. */
  wasHandedOn(index: number): boolean {
    return index < this.#end;
  }

  get bodyBytes(): number {
    const log = this.#log, inLog = log.endIndex - this.#cursor.index;
    const again = this.#again.length, readBack = this.#readBack;
    return log.bytesFrom(this.#cursor) + readBack.bytes -
      (inLog + readBack.depth) * RECORD_OVERHEAD_BYTES +
      (again === 0 ? 0 : again * (readBack.usualBytes - RECORD_OVERHEAD_BYTES));
  }

  countFresh(max: number, oldest: Stamp): number {
    const block = this.#readBack.nextBlock(), again = this.#again;
    if (again.dueIndex <= this.#position(block)) {
      const { index, held: inMemory } = again.peek();
      if (this.#freshSince.wasDue(index, oldest)) return 1;
      const held = inMemory ?? this.#readBack.readOne(index);
      return held !== null && held.isOlder(oldest) ? 0 : 1;
    }
    if (block === null && this.#cursor.index === this.#log.endIndex) return 0;
    const cursor = block ?? this.#cursor;
    cursor.findNext();
    const { slab, position } = cursor;
    const count = cursor.countFresh(Math.min(max, slab.count - position), oldest);
    return count === 0 && this.#freshSince.wasPutBack(slab.indexAt(position), oldest) ? 1 : count;
  }

  /** The age of the messages `[from, to)` counts from `sinceMs` on. */
  putBackSince(from: number, to: number, sinceMs: number): void {
    this.#freshSince.putBack(from, to, sinceMs);
  }

  takeOldest(): HeldMessage | null {
    const block = this.#readBack.nextBlock();
    while (this.#again.dueIndex <= this.#position(block)) {
      const { index, held: inMemory } = this.#again.peek();
      const held = inMemory ?? this.readBack(index);
      this.#shiftAgain(index);
      if (held !== null) return held;
    }
    if (block === null && this.#cursor.index === this.#log.endIndex) return null;
    const cursor = block ?? this.#cursor;
    cursor.findNext();
    const { slab, offset, position } = cursor;
    const held = copyRecord(slab, offset, slab.indexAt(position));
    this.#pass(cursor);
    return held;
  }

  oldestMs(): number | null {
    const block = this.#readBack.nextBlock();
    if (this.#again.dueIndex <= this.#position(block)) {
      const { index, held: inMemory } = this.#again.peek();
      const held = inMemory ?? this.#readBack.readOne(index);
      return held?.publishedMs ?? null;
    }
    if (block === null && this.#cursor.index === this.#log.endIndex) return null;
    const cursor = block ?? this.#cursor;
    cursor.findNext();
    return publishedMs(cursor.slab.view, cursor.offset);
  }

  dropOldest(): boolean {
    const block = this.#readBack.nextBlock();
    if (this.#again.dueIndex <= this.#position(block)) {
      const { index, held } = this.#again.peek();
      this.#channel.finish(index);
      this.#shiftAgain(index);
      held?.gone();
      return true;
    }
    if (block === null && this.#cursor.index === this.#log.endIndex) return false;
    const cursor = block ?? this.#cursor;
    cursor.findNext();
    this.#channel.finish(cursor.slab.indexAt(cursor.position));
    this.#pass(cursor);
    return true;
  }

  makeRoom(count: number): void {
    const excess = this.memoryDepth + count - this.#context.memQueueSize;
    if (excess <= 0) return;
    const inLog = Math.min(excess, this.#log.endIndex - this.#cursor.index);
    this.#readBack.forget(this.#cursor, inLog);
    this.#again.forgetBodies(Math.min(excess - inLog, this.#again.heldCount));
  }

  dropExcess(): number {
    return 0;
  }

  /** Messages that waited in the topic are the channel's now: those up to `to`, `count` of which are not deferred. The log leaves them out. */
  takeWaiting(to: number, count: number): void {
    this.#readBack.forget(this.#cursor, this.#log.endIndex - this.#cursor.index);
    this.#readBack.append(this.#end, to, count);
    const { cancelled } = this.#journal.journal.state;
    for (const index of this.#parked) {
      if (!cancelled.has(index)) this.#again.push(index, to, null);
    }
    this.#parked = [];
  }

  /** What waited in the topic was dropped. */
  waitingDropped(): void {
    this.#parked = [];
  }

  /** A deferred message is due: it is queued behind everything that waits. */
  pushDue(index: number, unixMs: number): void {
    if (this.#channel.state.attempts(index) === 0) this.#freshSince.due(index, unixMs);
    if (index >= this.#end) this.#parked.push(index);
    else this.#again.push(index, this.#end, null);
  }

  /** How many of the channel's deferred messages are still the topic's, which cannot hand them on. */
  get waitingDeferred(): number {
    return this.#journal.journal.state.waitingDeferred.size - this.#parked.length;
  }

  clearMemory(): void {
    this.#readBack.forget(this.#cursor, this.#log.endIndex - this.#cursor.index);
    this.#again.clear();
    this.#freshSince.clearDue();
    this.#readBack.dropBlock();
  }

  emptyDisk(): void {
    this.moveTo(this.#end);
  }

  /** After {@link clearMemory}: begins anew with the message `index`, or the next one that is published. */
  moveTo(index: number): void {
    const end = this.#end, { waitingDeferred } = this.#journal.journal.state;
    const next = Math.min(index, end);
    this.#readBack.restart(next, end, end - next);
    this.#channel.moveTo(next);
    this.#parked = [];
    const deferred: [number, number, number][] = [];
    waitingDeferred.forEach((...each) => deferred.push(each));
    for (const each of deferred) this.#channel.except(...each);
    this.#journal.requireCommit();
  }

  delete(): void {
    this.#journal.deleteChannel(this.#channel);
  }

  /** Index of the topic's next message, as far as the channels know. */
  get #end(): number {
    return this.#log.endIndex + this.#log.indexOffset;
  }

  /** Index of the next message to deliver that was not queued again. */
  #position(block: Cursor | null): number {
    if (block !== null) return block.slab.indexAt(block.position);
    const cursor = this.#cursor;
    if (cursor.index === this.#log.endIndex) return this.#end;
    cursor.findNext();
    return cursor.slab.indexAt(cursor.position);
  }

  #deliverRun(cursor: Cursor, receiver: Receiver, max: number, nowMs: number): number {
    const { slab, position } = cursor;
    max = cursor.countBefore(max, this.#again.dueIndex);
    const count = receiver.deliverRun(cursor, max, nowMs);
    const channel = this.#channel, { state } = channel, { delivered } = state;
    for (let at = position; at < position + count; at++) {
      const index = slab.indexAt(at);
      if (index >= delivered) break;
      channel.except(index, state.attempts(index) + 1, 0);
    }
    channel.deliver(slab.indexAt(position + count - 1) + 1);
    return count;
  }

  #deliverAgain(receiver: Receiver, max: number, nowMs: number): number {
    const position = this.#position(this.#readBack.nextBlock());
    let count = 0, hasRoom = true;
    for (; hasRoom && count < max && this.#again.dueIndex <= position; count++) {
      const { index, held: inMemory } = this.#again.peek();
      const held = inMemory ?? this.readBack(index);
      this.#shiftAgain(index);
      if (held === null) continue;
      hasRoom = receiver.deliverHeld(held, nowMs);
      this.#channel.except(index, held.attempts, 0);
    }
    return count;
  }

  /** A message that only the journal has; null if it cannot be read, and it is lost then. @throws DiskQueueError */
  readBack(index: number): HeldMessage | null {
    return this.#readBack.readOrLose(index);
  }

  /** Passes over the next message of the log or the block. */
  #pass(cursor: Cursor): void {
    const from = cursor.offset;
    cursor.pass(1);
    if (cursor !== this.#cursor) this.#readBack.passed(1, cursor.offset - from);
  }

  #shiftAgain(index: number): void {
    this.#again.shift();
    this.#freshSince.shifted(index);
  }
}
