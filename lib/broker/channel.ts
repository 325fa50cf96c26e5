import { DiskQueueError } from "../diskqueue/errors.ts";
import { isEphemeralName } from "../wire/names.ts";
import { Backlog } from "./backlog.ts";
import type { Consumer } from "./consumer.ts";
import type { BrokerContext } from "./context.ts";
import { DeadlineHeap } from "./deadline_heap.ts";
import { Fifo } from "./fifo.ts";
import type { HeldMessage } from "./held_message.ts";
import type { LatencyWindow } from "../metrics/latency_window.ts";
import type { Log } from "./log.ts";
import type { Alarm } from "./scheduler.ts";
import { type ChannelStats, latencySummary } from "./stats.ts";
import type { Deliverer } from "./turn.ts";

/** How long to wait before reading again from a disk that could not be read. */
const RETRY_MS = 1000;

/** A consumer gets at most this many messages before the next one has its turn. */
const MESSAGES_PER_ROUND = 128;

/** Why a message could not be finished, requeued or touched. Texts as nsqd's. */
export type NotInFlight = "ID not in flight" | "client does not own message";

/** What a channel asks of its topic. */
export interface ChannelOwner {
  readonly name: string;
  readonly log: Log;
  /** A message was queued again, so that memory is full sooner. */
  onQueuedAgain(): void;
  /** The last consumer of an ephemeral channel left. */
  onAbandoned(channel: Channel): void;
}

/**
 * One reading of a topic: every message of the topic goes to one of the channel's consumers. A message waits in the backlog, is in flight to a
 * consumer until it is finished, and goes back behind the backlog when it is requeued or times out, perhaps after a delay.
 */
export class Channel implements Deliverer {
  readonly ephemeral: boolean;
  paused = false;
  requeueCount = 0;
  timeoutCount = 0;
  /** How long messages took until they were finished, where that is measured. */
  readonly latency: LatencyWindow | null = null;

  readonly #owner: ChannelOwner;
  readonly #context: BrokerContext;
  readonly #backlog: Backlog;
  readonly #diskName: string;
  /** Subscribed consumers. */
  readonly #consumers = new Set<Consumer>();
  /** Consumers that left messages in flight when their connection went. */
  readonly #gone = new Set<Consumer>();
  /** Consumers that may have capacity, by locality (all in the first unless topology-aware). */
  readonly #hungry = [new Fifo<Consumer>(), new Fifo<Consumer>(), new Fifo<Consumer>()] as const;
  readonly #deferred = new DeadlineHeap<HeldMessage>();
  readonly #deferredAlarm: Alarm;
  /** Rings when it is time to try the disk again. */
  readonly #retryAlarm: Alarm;
  readonly #deliveredByLocality = [0, 0, 0];
  readonly #firstIndex: number;
  #deferredPuts = 0;
  /** Whether {@link deliver} will be called at the end of this turn. */
  #dirty = false;
  #closed = false;

  constructor(readonly name: string, owner: ChannelOwner, context: BrokerContext) {
    this.ephemeral = isEphemeralName(name);
    this.#owner = owner;
    this.#context = context;
    // A channel of an ephemeral topic may well be durable itself, as in nsqd.
    this.#diskName = `${owner.name}:${name}`;
    const disk = this.ephemeral ? null : context.openDisk(this.#diskName);
    this.#backlog = new Backlog(owner.log, disk, context);
    this.#firstIndex = owner.log.endIndex;
    this.#retryAlarm = { dueMs: 0, heapIndex: -1, ring: () => this.wake() };
    this.#deferredAlarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#ringDeferred(nowMs) };
  }

  get depth(): number {
    return this.#backlog.depth;
  }

  get consumers(): ReadonlySet<Consumer> {
    return this.#consumers;
  }

  /** The index of the topic's log up to which this channel takes messages without first moving some to disk. */
  get fullAtIndex(): number {
    return this.#backlog.fullAtIndex;
  }

  /** Index in the topic's log of the next message to deliver. */
  get logIndex(): number {
    return this.#backlog.logIndex;
  }

  /**
   * Makes room in memory for `count` messages that are about to be published.
   * @throws DiskQueueError if there was none on disk; nothing is lost
   */
  makeRoom(count: number): void {
    this.#backlog.makeRoom(count);
  }

  /**
   * Brings memory back to its limit after messages were added: the oldest go to disk, or, from an ephemeral channel that has none, the newest are
   * dropped that no consumer can take now.
   * @throws DiskQueueError if the disk did not take them; they stay in memory
   */
  settle(): void {
    if (this.ephemeral) {
      if (this.#backlog.fullAtIndex >= this.#owner.log.endIndex) return;
      this.deliver();
      this.#backlog.dropExcess();
    } else {
      this.#backlog.makeRoom(0);
    }
  }

  /** There may be something to deliver: does so at the end of this turn, if a consumer can take it. */
  wake(): void {
    if (this.#dirty || this.paused) return;
    const [zone, region, global] = this.#hungry;
    if (zone.length + region.length + global.length === 0) return;
    this.#dirty = true;
    this.#context.turn.addDeliverer(this);
  }

  /** Delivers what can be delivered. */
  deliver(): void {
    this.#dirty = false;
    if (this.paused || this.#closed) return;
    const nowMs = this.#context.clock.update();
    try {
      for (const hungry of this.#hungry) {
        while (this.#backlog.depth > 0) {
          const consumer = hungry.peek();
          if (consumer === undefined || !this.#serve(consumer, hungry, nowMs)) break;
        }
      }
    } catch (error) {
      if (!(error instanceof DiskQueueError)) throw error;
      this.#logDiskError("read message from", error);
      this.#context.scheduler.set(this.#retryAlarm, nowMs + RETRY_MS);
    }
  }

  /** Subscribes `consumer`. @throws Error with nsqd's text if the channel is full or gone */
  addConsumer(consumer: Consumer): void {
    if (this.#closed) throw new Error("exiting");
    const { maxChannelConsumers } = this.#context;
    if (maxChannelConsumers !== 0 && this.#consumers.size >= maxChannelConsumers) {
      throw new Error(
        `consumers for ${this.#owner.name}:${this.name} exceeds limit of ${maxChannelConsumers}`,
      );
    }
    this.#consumers.add(consumer);
  }

  /** The connection of `consumer` is gone. Its messages stay in flight until their timeout. */
  removeConsumer(consumer: Consumer): void {
    if (!this.#consumers.delete(consumer)) return;
    consumer.gone = true;
    if (consumer.queued) this.#queueOf(consumer).remove(consumer);
    consumer.queued = false;
    if (consumer.inFlight.count > 0) this.#gone.add(consumer);
    else this.#cancelTimeout(consumer);
    if (this.ephemeral && this.#consumers.size === 0 && !this.#closed) {
      this.#owner.onAbandoned(this);
    }
  }

  /** RDY. */
  setReady(consumer: Consumer, count: number): void {
    consumer.ready = count;
    this.offer(consumer);
  }

  /** `consumer` may have become able to take messages. */
  offer(consumer: Consumer): void {
    if (consumer.queued || consumer.capacity <= 0 || this.#closed) return;
    consumer.queued = true;
    this.#queueOf(consumer).push(consumer);
    if (this.#backlog.depth > 0) this.wake();
  }

  /** FIN of the message whose id stands at `bytes[at]`. False if it is not in flight to `consumer`: see {@link whyNotInFlight}. */
  finish(consumer: Consumer, bytes: Uint8Array, at: number): boolean {
    if (!consumer.inFlight.finish(bytes, at)) return false;
    consumer.finishCount++;
    if (!consumer.queued) this.offer(consumer);
    return true;
  }

  /** REQ. @param delayMs until the message is queued again; 0 for now */
  requeue(consumer: Consumer, bytes: Uint8Array, at: number, delayMs: number): boolean {
    const held = consumer.inFlight.take(bytes, at);
    if (held === undefined) return false;
    this.requeueCount++;
    consumer.requeueCount++;
    if (delayMs === 0) this.#queueAgain(held);
    else this.#defer(held, this.#context.clock.update() + delayMs);
    this.offer(consumer);
    return true;
  }

  /** TOUCH. */
  touch(consumer: Consumer, bytes: Uint8Array, at: number): boolean {
    const { clock, maxMsgTimeoutMs } = this.#context;
    const touched = consumer.inFlight.touch(bytes, at, clock.update(), maxMsgTimeoutMs);
    if (touched) this.#watchTimeouts(consumer);
    return touched;
  }

  /** Why `finish`, `requeue` or `touch` said no. */
  whyNotInFlight(bytes: Uint8Array, at: number): NotInFlight {
    for (const consumers of [this.#consumers, this.#gone]) {
      for (const consumer of consumers) {
        if (consumer.inFlight.has(bytes, at)) return "client does not own message";
      }
    }
    return "ID not in flight";
  }

  /** A message published with a delay. @param dueMs when it is queued, as of Clock.nowMs */
  putDeferred(held: HeldMessage, dueMs: number): void {
    this.#deferredPuts++;
    this.#defer(held, dueMs);
  }

  pause(): void {
    this.paused = true;
  }

  unpause(): void {
    this.paused = false;
    this.wake();
  }

  /** Drops everything: waiting, deferred and in flight. @throws DiskQueueError if a file stays behind; all is dropped even so */
  empty(): void {
    this.#clear();
    try {
      this.#backlog.emptyDisk();
    } finally {
      for (const consumer of this.#consumers) this.offer(consumer);
    }
  }

  /** Drops all that is in memory. */
  #clear(): void {
    for (const consumer of this.#gone) {
      consumer.inFlight.clear();
      this.#cancelTimeout(consumer);
    }
    this.#gone.clear();
    for (const consumer of this.#consumers) consumer.inFlight.clear();
    this.#deferred.clear();
    this.#context.scheduler.cancel(this.#deferredAlarm);
    this.#backlog.clearMemory();
  }

  /** Drops everything, closes the connections of its consumers, deletes its files. */
  delete(): void {
    this.#close();
    this.#clear();
    try {
      this.#backlog.delete();
    } catch (error) { // a file stays behind; the channel is gone all the same
      this.#logDiskError("delete", error);
    }
    this.#context.forgetDisk(this.#diskName);
  }

  /**
   * Closes the connections of its consumers and puts all messages on disk: first what is there, then what was in flight, what waited, what was
   * deferred.
   */
  close(): void {
    this.#close();
    const inFlight: HeldMessage[] = [];
    for (const consumer of [...this.#consumers, ...this.#gone]) {
      inFlight.push(...consumer.inFlight.takeAll());
      this.#cancelTimeout(consumer);
    }
    inFlight.sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
    const deferred = [...this.#deferred.entries()].sort((a, b) => a.dueMs - b.dueMs);
    const memory = this.#backlog.memoryDepth;
    if (inFlight.length + memory + deferred.length > 0) {
      this.#context.logger.info(
        `CHANNEL(${this.name}): flushing ${memory} memory ${inFlight.length} in-flight ` +
          `${deferred.length} deferred messages to backend`,
      );
    }
    this.#context.scheduler.cancel(this.#deferredAlarm);
    try {
      for (const held of inFlight) this.#backlog.writeHeld(held);
      this.#backlog.moveAllToDisk();
      for (const held of deferred) this.#backlog.writeHeld(held);
    } catch (error) {
      this.#logDiskError("write message to", error);
    }
    this.#backlog.close();
  }

  /** @param topic as asked for in /stats, for the producers' counts; clients are listed unless `includeClients` is false */
  stats(topic: string, includeClients: boolean): ChannelStats {
    let inFlight = 0;
    for (const consumer of this.#consumers) inFlight += consumer.inFlight.count;
    for (const consumer of this.#gone) inFlight += consumer.inFlight.count;
    const [zone, region, global] = this.#deliveredByLocality as [number, number, number];
    return {
      channel_name: this.name,
      depth: this.depth,
      backend_depth: this.#backlog.diskDepth,
      in_flight_count: inFlight,
      deferred_count: this.#deferred.size,
      message_count: this.#owner.log.endIndex - this.#firstIndex + this.#deferredPuts,
      ...(zone > 0 && { zone_local_msg_count: zone }),
      ...(region > 0 && { region_local_msg_count: region }),
      ...(global > 0 && { global_msg_count: global }),
      requeue_count: this.requeueCount,
      timeout_count: this.timeoutCount,
      client_count: this.#consumers.size,
      clients: includeClients ? [...this.#consumers].map((c) => c.sink.stats(topic)) : null,
      paused: this.paused,
      e2e_processing_latency: latencySummary([this], this.#context),
    };
  }

  /** Where `consumer` waits for messages. */
  #queueOf(consumer: Consumer): Fifo<Consumer> {
    return this.#hungry[this.#context.topologyAware ? consumer.settings.locality : 0];
  }

  /** Delivers one round to `consumer`, the first of `hungry`. False if there was nothing to deliver after all. */
  #serve(consumer: Consumer, hungry: Fifo<Consumer>, nowMs: number): boolean {
    const capacity = consumer.capacity;
    if (capacity <= 0) {
      hungry.shift();
      consumer.queued = false;
      return true;
    }
    const max = Math.min(capacity, MESSAGES_PER_ROUND);
    const { sampleRate, locality } = consumer.settings;
    if (sampleRate > 0 && Math.floor(this.#context.random() * 100) > sampleRate) {
      this.#backlog.dropOldest();
      return true;
    }
    const taken = this.#backlog.deliver(consumer, sampleRate > 0 ? 1 : max, nowMs);
    if (taken === 0) return false;
    this.#deliveredByLocality[locality]! += taken;
    this.#watchTimeouts(consumer);
    hungry.shift();
    consumer.queued = consumer.capacity > 0;
    if (consumer.queued) hungry.push(consumer);
    return true;
  }

  /** Sees to it that a timeout of `consumer` will be noticed: one alarm each, which rings at its earliest deadline or before. */
  #watchTimeouts(consumer: Consumer): void {
    const alarm = consumer.timeoutAlarm ??= {
      dueMs: 0,
      heapIndex: -1,
      ring: (nowMs) => this.#ringTimeouts(consumer, nowMs),
    };
    this.#context.scheduler.setAtLatest(alarm, consumer.inFlight.nextDeadlineMs());
  }

  #cancelTimeout(consumer: Consumer): void {
    if (consumer.timeoutAlarm !== null) this.#context.scheduler.cancel(consumer.timeoutAlarm);
  }

  #ringTimeouts(consumer: Consumer, nowMs: number): void {
    const { inFlight } = consumer;
    for (let held = inFlight.takeTimedOut(nowMs); held; held = inFlight.takeTimedOut(nowMs)) {
      this.timeoutCount++;
      this.#queueAgain(held);
    }
    if (inFlight.count > 0) {
      this.#watchTimeouts(consumer);
    } else if (consumer.gone) {
      this.#gone.delete(consumer);
      this.#cancelTimeout(consumer);
    }
    this.offer(consumer);
  }

  #defer(held: HeldMessage, dueMs: number): void {
    held.dueMs = dueMs;
    this.#deferred.push(held);
    this.#context.scheduler.setAtLatest(this.#deferredAlarm, dueMs);
  }

  #ringDeferred(nowMs: number): void {
    for (let held = this.#deferred.popDue(nowMs); held; held = this.#deferred.popDue(nowMs)) {
      this.#queueAgain(held);
    }
    const next = this.#deferred.peek();
    if (next !== undefined) this.#context.scheduler.set(this.#deferredAlarm, next.dueMs);
  }

  #queueAgain(held: HeldMessage): void {
    this.#backlog.pushAgain(held);
    this.#owner.onQueuedAgain();
    try {
      this.settle();
    } catch (error) { // it stays in memory, beyond the limit
      this.#logDiskError("write message to", error);
    }
    this.wake();
  }

  #logDiskError(what: string, error: unknown): void {
    this.#context.logger.error(
      `CHANNEL(${this.name}): failed to ${what} backend - ${(error as Error).message}`,
    );
  }

  #close(): void {
    this.#closed = true;
    this.#context.scheduler.cancel(this.#retryAlarm);
    for (const consumer of this.#consumers) {
      consumer.gone = true;
      consumer.sink.close();
    }
  }
}
