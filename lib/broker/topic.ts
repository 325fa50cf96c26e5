import { isEphemeralName } from "../wire/names.ts";
import { DISK_SAVING_BYTES } from "../wire/record.ts";
import { Backlog } from "./backlog.ts";
import { Channel, type ChannelOwner } from "./channel.ts";
import type { BrokerContext } from "./context.ts";
import { HeldMessage, newHeldMessage } from "./held_message.ts";
import { IdSequence } from "./id_sequence.ts";
import { Log } from "./log.ts";
import { MeasuredChannel } from "./measured_channel.ts";
import type { Alarm } from "./scheduler.ts";
import { latencySummary, type TopicStats } from "./stats.ts";

/** How long to wait before trying again to hand on what could not be handed on because the disk failed. */
const RETRY_MS = 1000;

/** Between two blocks that are handed on from disk. An alarm that is due at once would ring in the same turn. */
const HAND_ON_PAUSE_MS = 1;

/** A message that waits for its time at the topic, because the topic cannot hand it on. */
interface DeferredPublish {
  held: HeldMessage;
  dueMs: number;
}

/**
 * A stream of messages. Usually a published message goes to the log, on which every channel has its cursor. While the topic cannot hand on, because it is
 * paused or has no channel (or has not started), messages wait in a backlog of the topic's own, and go over to the log when it can:
 *
 *     publish ─┬─────────────────────────► log ─► channels' cursors
 *              └─► waiting (memory, disk) ──┘
 */
export class Topic implements ChannelOwner {
  readonly ephemeral: boolean;
  readonly log: Log;
  paused = false;
  messageCount = 0;
  /** Sum of the published bodies' bytes. */
  messageBytes = 0;

  readonly #context: BrokerContext;
  readonly #ids = new IdSequence();
  readonly #channels = new Map<string, Channel>();
  #channelList: Channel[] = [];
  /** Messages that wait at the topic stand here. */
  readonly #waitingLog: Log;
  readonly #waiting: Backlog;
  #waitingDeferred: DeferredPublish[] = [];
  #started: boolean;
  /** Whether published messages go straight to the channels. */
  #flowing = false;
  /** Up to this index of the log no channel's memory is full. */
  #fullAtIndex = 0;
  #closed = false;
  readonly #retryAlarm: Alarm;
  readonly #onAbandoned: (topic: Topic) => void;

  /**
   * @param started whether messages may be handed on at once; otherwise {@link start} says when
   * @param onAbandoned called when the last channel of an ephemeral topic is gone
   */
  constructor(
    readonly name: string,
    context: BrokerContext,
    started: boolean,
    onAbandoned: (topic: Topic) => void,
  ) {
    this.ephemeral = isEphemeralName(name);
    this.#context = context;
    this.#started = started;
    this.#onAbandoned = onAbandoned;
    const { pool, clock, nodeId } = context;
    this.log = new Log(pool, clock, nodeId, this.#ids);
    this.#waitingLog = new Log(pool, clock, nodeId, this.#ids);
    const disk = this.ephemeral ? null : context.openDisk(name);
    this.#waiting = new Backlog(this.#waitingLog, disk, context);
    this.#retryAlarm = { dueMs: 0, heapIndex: -1, ring: () => this.#flow() };
  }

  /** Whether the topic was deleted or the broker stops: nothing can be published to it any more. */
  get closed(): boolean {
    return this.#closed;
  }

  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels;
  }

  /** Messages that no channel has yet. */
  get depth(): number {
    return this.#waiting.depth + this.#waitingDeferred.length;
  }

  /**
   * Publishes the body `src[start, end)`, which is copied.
   * @throws Error "exiting" if the topic is being deleted; DiskQueueError if it fits neither in memory nor on disk. It is not queued then.
   */
  publish(src: Uint8Array, start: number, end: number): void {
    this.#prepare(1);
    if (this.#context.memQueueSize === 0) {
      this.#appendThrough([start, end], 1, src);
    } else {
      this.#append(src, start, end);
      this.#settleIfFull();
    }
    this.messageCount++;
    this.messageBytes += end - start;
    this.#wake();
  }

  /**
   * Publishes `count` bodies, all or none: body `i` is `src[spans[2i], spans[2i + 1])`.
   * @throws as {@link publish}
   */
  publishBatch(src: Uint8Array, spans: ArrayLike<number>, count: number): void {
    this.#prepare(count);
    if (count > this.#context.memQueueSize) {
      this.#appendThrough(spans, count, src);
    } else {
      for (let i = 0; i < count; i++) this.#append(src, spans[2 * i]!, spans[2 * i + 1]!);
      this.#settleIfFull();
    }
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += spans[2 * i + 1]! - spans[2 * i]!;
    this.messageCount += count;
    this.messageBytes += bytes;
    this.#wake();
  }

  /** Publishes a body that is not to be delivered before `delayMs` have passed. @throws Error "exiting" */
  publishDeferred(src: Uint8Array, start: number, end: number, delayMs: number): void {
    if (delayMs <= 0) return this.publish(src, start, end);
    this.#checkOpen();
    const { clock, nodeId } = this.#context;
    clock.stamp();
    const ids = this.#ids;
    if (ids.next === ids.blockEnd) ids.reserve(clock.unixMs);
    const { stampHigh, stampLow } = clock;
    const held = newHeldMessage(src, start, end, ids.next++, nodeId, stampHigh, stampLow);
    const deferred = { held, dueMs: clock.nowMs + delayMs };
    if (this.#flowing) this.#handOnDeferred(deferred);
    else this.#waitingDeferred.push(deferred);
    this.messageCount++;
    this.messageBytes += end - start;
  }

  /** The channel of this name, made if there is none. @throws Error "exiting" */
  channel(name: string): Channel {
    const existing = this.#channels.get(name);
    if (existing !== undefined) return existing;
    this.#checkOpen();
    const { latency } = this.#context;
    const channel = latency === undefined
      ? new Channel(name, this, this.#context)
      : new MeasuredChannel(name, this, this.#context, latency);
    this.#channels.set(name, channel);
    this.#channelList = [...this.#channels.values()];
    this.#fullAtIndex = 0;
    this.#context.logger.info(`TOPIC(${this.name}): new channel(${name})`);
    this.#context.onChange(!channel.ephemeral && !this.ephemeral, this.name, name);
    this.#flow();
    return channel;
  }

  existingChannel(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** Deletes a channel with all it holds; its consumers are disconnected. False if there is none. */
  deleteChannel(name: string): boolean {
    const channel = this.#channels.get(name);
    if (channel === undefined) return false;
    this.#context.logger.info(`TOPIC(${this.name}): deleting channel ${name}`);
    this.#channels.delete(name);
    this.#channelList = [...this.#channels.values()];
    channel.delete();
    this.#flow();
    this.#context.onChange(!channel.ephemeral && !this.ephemeral, this.name, name);
    if (this.#channels.size === 0 && this.ephemeral && !this.#closed) this.#onAbandoned(this);
    return true;
  }

  /** A channel queued a message again: its memory is full sooner than was thought. */
  onQueuedAgain(): void {
    this.#fullAtIndex = 0;
  }

  /** The last consumer of an ephemeral channel left: the channel goes too. */
  onAbandoned(channel: Channel): void {
    if (this.#channels.get(channel.name) === channel) this.deleteChannel(channel.name);
  }

  /** Messages may be handed on now. */
  start(): void {
    this.#started = true;
    this.#flow();
  }

  pause(): void {
    this.paused = true;
    this.#flow();
  }

  unpause(): void {
    this.paused = false;
    this.#flow();
  }

  /** Drops what waits at the topic; what the channels have stays. @throws DiskQueueError if a file stays behind; all is dropped even so */
  empty(): void {
    this.#waitingDeferred = [];
    this.#waiting.clearMemory();
    this.#waiting.emptyDisk();
  }

  /** Deletes the topic, its channels and files. */
  delete(): void {
    this.#close();
    for (const name of [...this.#channels.keys()]) this.deleteChannel(name);
    this.#waitingDeferred = [];
    this.#waiting.clearMemory();
    try {
      this.#waiting.delete();
    } catch (error) { // a file stays behind; the topic is gone all the same
      this.#logDiskError("delete", error);
    }
    this.#context.forgetDisk(this.name);
  }

  /** Puts everything on disk. */
  close(): void {
    this.#close();
    for (const channel of this.#channelList) channel.close();
    const memory = this.#waiting.memoryDepth + this.#waitingDeferred.length;
    if (memory > 0) {
      const { logger } = this.#context;
      logger.info(`TOPIC(${this.name}): flushing ${memory} memory messages to backend`);
    }
    try {
      this.#waiting.moveAllToDisk();
      this.#waitingDeferred.sort((a, b) => a.dueMs - b.dueMs);
      for (const { held } of this.#waitingDeferred) this.#waiting.writeHeld(held);
    } catch (error) {
      this.#logDiskError("write message to", error);
    }
    this.#waiting.close();
  }

  /** Gives back memory that a topic without traffic does not need. */
  retireIdleMemory(): void {
    this.log.retireIdleTail();
    this.#waitingLog.retireIdleTail();
  }

  /** @param channel only this one; empty for all @param topic as asked for in /stats */
  stats(topic: string, channel: string, includeClients: boolean): TopicStats {
    const names = [...this.#channels.keys()].filter((name) => channel === "" || name === channel);
    return {
      topic_name: this.name,
      channels: names.sort().map((name) => this.#channels.get(name)!.stats(topic, includeClients)),
      depth: this.depth,
      backend_depth: this.#waiting.diskDepth,
      message_count: this.messageCount,
      message_bytes: this.messageBytes,
      paused: this.paused,
      e2e_processing_latency: latencySummary(this.#channelList, this.#context),
    };
  }

  /** Before `count` messages are appended: moves to disk what would exceed memory, and reads the clock. */
  #prepare(count: number): void {
    this.#checkOpen();
    if (!this.#flowing) {
      this.#waiting.makeRoom(count);
    } else if (this.log.endIndex + count > this.#fullAtIndex) {
      this.#makeRoom(count);
    }
    this.#context.clock.stamp();
  }

  /** Makes room for `count` messages in every channel. @throws DiskQueueError */
  #makeRoom(count: number): void {
    for (const channel of this.#channelList) channel.makeRoom(count);
    this.#updateFullAtIndex();
  }

  /** Brings every channel's memory back to its limit. @throws DiskQueueError */
  #settle(): void {
    for (const channel of this.#channelList) channel.settle();
    this.#updateFullAtIndex();
  }

  /** Only what has no disk can be too full now: {@link #prepare} made room in all else. */
  #settleIfFull(): void {
    if (this.#flowing && this.log.endIndex > this.#fullAtIndex) this.#settle();
  }

  /** Whether another message can wait at the topic: an ephemeral one has no disk, and drops what does not fit in memory. */
  get #hasRoom(): boolean {
    return !this.ephemeral || this.#waiting.memoryDepth < this.#context.memQueueSize;
  }

  #updateFullAtIndex(): void {
    // Channels only ever need room later than this, as their cursors move on; onQueuedAgain tells of the exception.
    this.#fullAtIndex = Infinity;
    for (const channel of this.#channelList) {
      this.#fullAtIndex = Math.min(this.#fullAtIndex, channel.fullAtIndex);
    }
  }

  #append(src: Uint8Array, start: number, end: number): void {
    if (this.#flowing) this.log.append(src, start, end, this.#channelList.length);
    else if (this.#hasRoom) this.#waitingLog.append(src, start, end, 1);
  }

  /** Appends more messages than memory may hold: they go on to disk before anybody is told that they were queued. */
  #appendThrough(spans: ArrayLike<number>, count: number, src: Uint8Array): void {
    const log = this.#flowing ? this.log : this.#waitingLog;
    const references = this.#flowing ? this.#channelList.length : 1;
    const mark = log.mark();
    for (let i = 0; i < count; i++) this.#append(src, spans[2 * i]!, spans[2 * i + 1]!);
    try {
      if (this.#flowing) {
        this.#settle();
      } else {
        this.#waiting.makeRoom(0);
      }
    } catch (error) {
      // Where a channel has put some of them on disk already they stay: the publisher is told of the failure and may send them twice.
      const passed = this.#flowing
        ? this.#channelList.some((channel) => channel.logIndex > mark.endIndex)
        : this.#waiting.logIndex > mark.endIndex;
      if (passed) this.#wake();
      else log.truncate(mark, references);
      throw error;
    }
  }

  #wake(): void {
    for (const channel of this.#channelList) channel.wake();
  }

  #handOnDeferred({ held, dueMs }: DeferredPublish): void {
    for (const channel of this.#channelList) {
      channel.putDeferred(new HeldMessage(held.record, held.attempts), dueMs);
    }
  }

  /** Something changed that decides whether messages can be handed on. If they can, those that wait go first. */
  #flow(): void {
    this.#context.scheduler.cancel(this.#retryAlarm);
    const possible = this.#started && !this.paused && this.#channelList.length > 0 && !this.#closed;
    if (!possible) {
      this.#flowing = false;
      return;
    }
    if (this.#flowing) return;
    try {
      if (this.#handOnBlock()) { // the rest in later turns, so that everybody else goes on
        this.#context.scheduler.set(
          this.#retryAlarm,
          this.#context.clock.update() + HAND_ON_PAUSE_MS,
        );
        return;
      }
      this.#handOnMemory();
    } catch (error) {
      this.#logDiskError("write message to", error);
      this.#context.scheduler.set(this.#retryAlarm, this.#context.clock.update() + RETRY_MS);
      return;
    }
    this.#flowing = true;
    for (const deferred of this.#waitingDeferred) this.#handOnDeferred(deferred);
    this.#waitingDeferred = [];
    this.#wake();
  }

  /** Hands one block of messages on from the disk to the channels. False if there is none. */
  #handOnBlock(): boolean {
    const block = this.#waiting.takeBlock();
    if (block === null) return false;
    const { count, end } = block;
    block.live = count * this.#channelList.length;
    this.log.adopt(block);
    try {
      this.#settle();
    } catch (error) {
      this.#logDiskError("write message to", error); // they stay in the channels' memory, beyond the limit
    }
    this.#waiting.blockTaken(end - count * DISK_SAVING_BYTES, count);
    this.#wake();
    return true;
  }

  /** Hands on what waits in memory, which is no more than a channel's memory may hold. */
  #handOnMemory(): void {
    this.#makeRoom(this.#waiting.memoryDepth);
    this.#waiting.moveTo(this.log, this.#channelList.length);
    this.#settle();
  }

  #close(): void {
    this.#closed = true;
    this.#flowing = false;
    this.#context.scheduler.cancel(this.#retryAlarm);
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error("exiting");
  }

  #logDiskError(what: string, error: unknown): void {
    this.#context.logger.error(
      `TOPIC(${this.name}): failed to ${what} backend - ${(error as Error).message}`,
    );
  }
}
