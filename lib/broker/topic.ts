import type { TopicRules } from "../policies/rules.ts";
import { isEphemeralName } from "../wire/names.ts";
import { Channel } from "./channel.ts";
import type { ChannelOwner } from "./channel_owner.ts";
import type { BrokerContext } from "./context.ts";
import type { Fanout } from "./fanout.ts";
import { HandingOn, type HandingOnTopic } from "./handing_on.ts";
import { newHeldMessage } from "./held_message.ts";
import { IdSequence } from "./id_sequence.ts";
import { appendThrough, type Intake } from "./intake.ts";
import type { LastWrites } from "./last_writes.ts";
import type { Log } from "./log.ts";
import type { Peeked, PeekedTopicState, PeekRequest } from "./peek/collector.ts";
import { peekTopic } from "./peek/topic_peek.ts";
import { PublishKeys } from "./publish_keys.ts";
import type { TopicStats } from "./stats.ts";
import type { LeftQueues } from "./durable/left_queues.ts";
import { MovingIn } from "./durable/moving_in.ts";
import type { TopicJournal } from "./durable/topic_journal.ts";
import { topicStats } from "./topic_stats.ts";
import { openTopicStore, storeOf, type TopicStore } from "./topic_store.ts";
import type { TopicWaiting, Waiting } from "./waiting.ts";

/**
 * A stream of messages. Usually a published message goes to the {@link Fanout}: the log, on which every channel has its cursor. While the topic cannot
 * hand on, because it is paused or has no channel (or has not started), messages are {@link TopicWaiting}, and go over when it can:
 *
 *     publish ─► intake ─┬─────────────────────────► log ─► channels' cursors
 *                        └─► waiting (memory, disk) ──┘
 */
export class Topic implements ChannelOwner, HandingOnTopic {
  readonly ephemeral: boolean;
  readonly channels = new Map<string, Channel>();
  /** Null unless the topic is durable. */
  journal!: TopicJournal | null;
  /** What policies say about it. */
  rules: TopicRules;
  paused = false;
  /** Whether it was deleted or the broker stops: nothing can be published to it any more. */
  closed = false;
  /** Whether clients can publish nothing now: it is closed, or the broker drains. What the broker itself publishes is not concerned. */
  refusesClients = false;
  /** Resolves when it has the channels that it has elsewhere; null when nobody was asked for them. */
  prepared: Promise<void> | null = null;
  /** Its disk queues from before it became durable. */
  leftQueues: LeftQueues | null = null;
  messageCount = 0;
  /** Sum of the published bodies' bytes. */
  messageBytes = 0;

  readonly #context: BrokerContext;
  readonly #ids = new IdSequence();
  #fanout!: Fanout;
  #waiting!: TopicWaiting;
  /** Null before the first message with a key. */
  #keys: PublishKeys | null = null;
  #handingOn: HandingOn;
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
    this.rules = context.rules.topicRules(name);
    this.#onAbandoned = onAbandoned;
    this.#keepIn(openTopicStore(name, context, this.#ids));
    this.#handingOn = this.#newHandingOn(started);
    if (this.journal !== null) this.#restore(this.journal);
  }

  #newHandingOn(started: boolean): HandingOn {
    const onDiskError = (error: unknown) => this.#logDiskError("write message to", error);
    return new HandingOn(this, this.#fanout, this.#waiting, this.#context, started, onDiskError);
  }

  /**
   * It becomes durable, with all that it has. @returns resolves when the journal is safe, or that has failed for now
   * @throws what opening a journal and reading disk queues throws; nothing has changed then
   */
  becomeDurable(): Promise<void> {
    this.#checkOpen();
    const moving = new MovingIn(this, this.#waiting as Waiting, this.#context),
      { journal } = moving;
    const { started } = this.#handingOn;
    this.#handingOn.close();
    this.#keepIn(storeOf(journal, this.#context, this.#ids));
    moving.finish();
    this.#fanout.channels = [...this.channels.values()];
    this.#keys = this.#keys?.movedTo(journal, (id) => moving.indexOf(id)) ?? null;
    this.#handingOn = this.#newHandingOn(started);
    this.#handingOn.update();
    return (this.leftQueues = moving.leftQueues()).gone;
  }

  #keepIn({ journal, fanout, waiting }: TopicStore): void {
    this.journal = journal;
    this.#fanout = fanout;
    this.#waiting = waiting;
  }

  /** What the channels read. */
  get log(): Log {
    return this.#fanout.log;
  }

  /** Messages that no channel has yet. */
  get depth(): number {
    return this.#waiting.memoryDepth + this.#waiting.diskDepth;
  }

  /**
   * Publishes the body `src[start, end)`, which is copied.
   * @throws Error "exiting" if the topic is being deleted; DiskQueueError if it fits neither in memory nor on disk. It is not queued then.
   */
  publish(src: Uint8Array, start: number, end: number): void {
    const intake = this.#prepare(1, end - start);
    if (this.#context.memQueueSize === 0) {
      appendThrough(intake, [start, end], 1, src);
    } else {
      intake.append(src, start, end);
      intake.shedExcess(); // only what has no disk can be too full now
    }
    this.#published(1, end - start);
    intake.wake();
  }

  /**
   * Publishes `count` bodies, all or none: body `i` is `src[spans[2i], spans[2i + 1])`.
   * @throws as {@link publish}
   */
  publishBatch(src: Uint8Array, spans: ArrayLike<number>, count: number): void {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += spans[2 * i + 1]! - spans[2 * i]!;
    const intake = this.#prepare(count, bytes);
    if (count > this.#context.memQueueSize) {
      appendThrough(intake, spans, count, src);
    } else {
      intake.appendAll(src, spans, count);
      intake.shedExcess();
    }
    this.#published(count, bytes);
    intake.wake();
  }

  /** Publishes a body that is not to be delivered before `delayMs` have passed. @throws Error "exiting" */
  publishDeferred(src: Uint8Array, start: number, end: number, delayMs: number): void {
    if (delayMs <= 0) return this.publish(src, start, end);
    this.#checkOpen();
    const { clock, nodeId } = this.#context;
    clock.stamp();
    const id = this.#ids.take(clock.unixMs);
    const held = newHeldMessage(src, start, end, id, nodeId, clock.stampHigh, clock.stampLow);
    this.#handingOn.intake.defer(held, clock.nowMs + delayMs);
    this.#published(1, end - start);
  }

  /**
   * Publishes a body with a key, at once or, with a delay, later. A second one with that key within the topic's `dedup_window` is not queued.
   * @returns whether it was queued; if not, the answer waits for what the first one's publisher was promised
   * @throws as {@link publish}
   */
  publishKeyed(key: string, src: Uint8Array, start: number, end: number, delayMs: number): boolean {
    this.#checkOpen();
    const { clock, barrier } = this.#context, { dedupWindowMs } = this.rules;
    clock.update();
    const keys = this.#keys ??= new PublishKeys(this.journal, barrier);
    return keys.publish(key, clock.unixMs, delayMs, dedupWindowMs, () => {
      this.publishDeferred(src, start, end, delayMs);
      return this.#ids.next - 1;
    });
  }

  /** Drops the messages that were published with a delay and this key, and are not due. @returns how many, and from how many channels, which is none while they wait at the topic; null if there was none */
  cancel(key: string): { count: number; channels: number } | null {
    this.#context.clock.update();
    return this.#keys?.cancel(key, this.#context.clock.unixMs, this.#waiting, this.channels) ??
      null;
  }

  /**
   * The channel of this name, made if there is none.
   * @param floor index in a durable topic of the first message that a new one is to get, if it is not the next one
   * @throws Error "exiting"
   */
  channel(name: string, floor?: number): Channel {
    const existing = this.channels.get(name);
    if (existing !== undefined) return existing;
    this.#checkOpen();
    const channel = new Channel(name, this, this.#context, floor);
    this.channels.set(name, channel);
    this.#fanout.channels = [...this.channels.values()];
    this.#context.logger.info(`TOPIC(${this.name}): new channel(${name})`);
    this.#context.onChange(!channel.ephemeral && !this.ephemeral, this.name, name);
    this.#handingOn.update();
    return channel;
  }

  existingChannel(name: string): Channel | undefined {
    return this.channels.get(name);
  }

  /** Deletes a channel with all it holds; its consumers are disconnected. False if there is none. */
  deleteChannel(name: string): boolean {
    const channel = this.channels.get(name);
    if (channel === undefined) return false;
    this.#context.logger.info(`TOPIC(${this.name}): deleting channel ${name}`);
    this.channels.delete(name);
    this.#fanout.channels = [...this.channels.values()];
    channel.delete();
    this.#handingOn.update();
    this.#context.onChange(!channel.ephemeral && !this.ephemeral, this.name, name);
    if (this.channels.size === 0 && this.ephemeral && !this.closed) this.#onAbandoned(this);
    return true;
  }

  onQueuedAgain(): void {
    this.#fanout.onQueuedAgain();
  }

  onAbandoned(channel: { readonly name: string }): void {
    if (this.channels.get(channel.name) === channel) this.deleteChannel(channel.name);
  }

  /** Messages may be handed on now. */
  start(): void {
    this.#handingOn.start();
  }

  pause(): void {
    this.paused = true;
    this.journal?.pause(true);
    this.#handingOn.update();
  }

  unpause(): void {
    this.paused = false;
    this.journal?.pause(false);
    this.#handingOn.update();
  }

  /** Policies have changed. */
  applyRules(): void {
    this.rules = this.#context.rules.topicRules(this.name);
    for (const channel of this.channels.values()) channel.applyRules();
    this.#fanout.onQueuedAgain();
  }

  /** Bytes in disk queues, its channels' and its own. @throws DiskQueueError */
  get diskQueueBytes(): number {
    const ofChannels = this.#fanout.channels.map(({ store }) => store.backlog.diskBytes);
    return ofChannels.reduce((sum, bytes) => sum + bytes, this.#waiting.diskBytes);
  }

  /** Looks at what waits at the topic, as no channel has it yet, and changes nothing. @throws what reading a disk throws */
  peek(state: PeekedTopicState, request: PeekRequest): Promise<Peeked> {
    this.#context.clock.update();
    return peekTopic(this.#waiting, state, request);
  }

  /** Drops what waits at the topic; what the channels have stays. @throws DiskQueueError if a file stays behind; all is dropped even so */
  empty(): void {
    this.#waiting.empty();
  }

  /** Deletes the topic, its channels and files. */
  delete(): void {
    this.#close();
    for (const name of [...this.channels.keys()]) this.deleteChannel(name);
    try {
      this.#waiting.delete();
    } catch (error) { // a file stays behind; the topic is gone all the same
      this.#logDiskError("delete", error);
    }
    this.#context.forgetDisk(this.name);
    this.leftQueues?.remove();
  }

  /** Writes everything to disk. @returns what is to be synced and closed, and tried again if the disk did not take everything */
  close(): LastWrites[] {
    this.#close();
    const channels = this.#fanout.channels.map((channel) => channel.close());
    const last = [...channels, this.#waiting.close(this.name)];
    this.journal?.journal.end();
    this.leftQueues?.stop();
    return last.filter((each) => each !== null);
  }

  /** Gives back memory that a topic without traffic does not need. */
  retireIdleMemory(): void {
    this.log.retireIdleTail();
    this.#waiting.log.retireIdleTail();
    this.journal?.journal.rest();
  }

  /** @param channel only this one; empty for all @param topic as asked for in /stats */
  stats(topic: string, channel: string, includeClients: boolean): TopicStats {
    const channels = [...this.channels.values()]
      .filter(({ name }) => channel === "" || name === channel)
      .sort((a, b) => a.name < b.name ? -1 : 1);
    const ofChannels = channels.map((each) => each.stats(topic, includeClients));
    return topicStats(this, ofChannels, this.#waiting, this.#keys, this.#context);
  }

  /** Before `count` messages are published, with `bytes` in their bodies: makes room for them and reads the clock. @returns where they go */
  #prepare(count: number, bytes: number): Intake {
    this.#checkOpen();
    const intake = this.#handingOn.intake;
    intake.makeRoom(count, bytes);
    this.#context.clock.stamp();
    return intake;
  }

  /** So many messages were published: queued or deferred, and the publisher will be told so. */
  #published(count: number, bodyBytes: number): void {
    this.messageCount += count;
    this.messageBytes += bodyBytes;
  }

  /** What the journal knows: pause and channels. */
  #restore(own: TopicJournal): void {
    const { journal } = own;
    if (journal.state.keys.size > 0) this.#keys = new PublishKeys(own, this.#context.barrier);
    this.paused = journal.state.paused;
    for (const name of [...journal.channels.keys()]) this.channel(name);
  }

  #close(): void {
    this.closed = this.refusesClients = true;
    this.#handingOn.close();
  }

  #checkOpen(): void {
    if (this.closed) throw new Error("exiting");
  }

  #logDiskError(what: string, error: unknown): void {
    this.#context.logger.error(
      `TOPIC(${this.name}): failed to ${what} backend - ${(error as Error).message}`,
    );
  }
}
