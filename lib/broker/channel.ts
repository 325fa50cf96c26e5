import type { DiskQueueError } from "../diskqueue/errors.ts";
import type { KeyEntry } from "../journal/key_table.ts";
import type { LatencyWindow } from "../metrics/latency_window.ts";
import { type ChannelRules, NO_CHANNEL_RULES } from "../policies/rules.ts";
import { isEphemeralName } from "../wire/names.ts";
import { ChannelConsumers, type ConsumersOwner } from "./channel_consumers.ts";
import { ChannelDelivery } from "./channel_delivery.ts";
import { ChannelIntake } from "./channel_intake.ts";
import { ChannelMessages } from "./channel_messages.ts";
import type { ChannelOwner } from "./channel_owner.ts";
import { channelStats } from "./channel_stats.ts";
import type { ChannelStore } from "./channel_store.ts";
import { ComingBack } from "./coming_back.ts";
import type { ConsumerSettings, ConsumerSink } from "./consumer_sink.ts";
import type { BrokerContext } from "./context.ts";
import type { WhyDead } from "./dead/dead_record.ts";
import { DeadLetters } from "./dead/dead_letters.ts";
import { type DeadMessages, Kicks } from "./dead/kick.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Ledger } from "./ledger.ts";
import type { LastWrites } from "./last_writes.ts";
import { openChannelStore } from "./open_channel_store.ts";
import type { ChannelStats } from "./stats.ts";
import type { Subscription } from "./subscription.ts";
import { WaitingWatch } from "./waiting_watch.ts";

/**
 * One reading of a topic: every message of the topic goes to one of the channel's consumers. A message waits in the backlog, is in flight to a
 * consumer until it is finished, and goes back behind the backlog when it is requeued or times out, perhaps after a delay.
 */
export class Channel implements ConsumersOwner {
  readonly ephemeral: boolean;
  paused = false;
  ledger!: Ledger;
  /** Where it keeps its messages. */
  store!: ChannelStore;
  /** What policies say about it. */
  rules: ChannelRules;
  readonly #owner: ChannelOwner;
  readonly #context: BrokerContext;
  readonly #consumers: ChannelConsumers;
  readonly #delivery: ChannelDelivery;
  readonly #dead: DeadLetters;
  readonly #kicks: Kicks;
  /** What it takes in that it does not read from the log. */
  intake!: ChannelIntake;
  /** What becomes of messages that come back. */
  comingBack!: ComingBack;
  /** What is seen and done to its messages from outside. */
  messages!: ChannelMessages;
  #watch!: WaitingWatch;
  #closed = false;

  /** @param floor index in a durable topic of the first message that it is to get, if it is not the next one to be handed on */
  constructor(readonly name: string, owner: ChannelOwner, context: BrokerContext, floor?: number) {
    this.ephemeral = isEphemeralName(name);
    this.#owner = owner;
    this.#context = context;
    this.rules = context.rules.channelRules(owner.name, name);
    const store = openChannelStore(this, owner, context, floor);
    this.ledger = store.ledger;
    this.paused = store.paused;
    this.#consumers = new ChannelConsumers(this, context);
    this.#delivery = new ChannelDelivery(this, store.backlog, this.#consumers, context);
    this.#dead = new DeadLetters(this, context);
    this.#kicks = new Kicks(this.#dead, (...block) => this.intake.putBack(...block), context);
    this.#keepIn(store, floor === undefined ? 0 : store.backlog.depth);
    if (this.rules !== NO_CHANNEL_RULES) this.#obey();
  }

  #keepIn(store: ChannelStore, takenIn: number): void {
    const context = this.#context, journal = this.durable ? this.#owner.journal : null;
    this.store = store;
    this.ledger = store.ledger;
    this.comingBack = new ComingBack(this, store, this.#dead, context);
    this.intake = new ChannelIntake(this, this.#owner, store, takenIn, context);
    this.messages = new ChannelMessages(this, store, journal, context);
    this.#watch = new WaitingWatch(store.backlog, this, context);
  }

  /** What is in flight, each message on its own, outside the log. */
  inFlightOutOfLog(): HeldMessage[] {
    return [...this.#consumers.inFlightOutOfLog(), ...this.#dead.pending()];
  }

  /** Its topic keeps messages elsewhere from now on: what waited and was deferred is there already. @returns where */
  reopen(): ChannelStore {
    const { ledger, messageCount } = this;
    this.#watch.stop();
    this.store.deferred.stop();
    const store = openChannelStore(this, this.#owner, this.#context);
    store.ledger.continueFrom(ledger);
    this.#keepIn(store, messageCount - ledger.deferredCount);
    this.#consumers.changeLedger();
    this.#delivery.backlog = store.backlog;
    this.#obey();
    return store;
  }

  get depth(): number {
    return this.store.backlog.depth;
  }

  /** Messages that consumers have not answered, those of connections that are gone and dead ones on their way to the disk among them. */
  get inFlightCount(): number {
    return this.#consumers.inFlightCount + this.#dead.pendingCount;
  }

  get deferredCount(): number {
    return this.store.deferredCount;
  }

  /** Messages that it was ever given. */
  get messageCount(): number {
    return this.intake.messageCount;
  }

  /** Bytes of the bodies that wait; where only a journal has them, about. */
  get bodyBytes(): number {
    return this.store.backlog.bodyBytes;
  }

  get consumerCount(): number {
    return this.#consumers.count;
  }

  /** Messages that would be lost with the channel, dead ones among them. */
  get heldCount(): number {
    return this.depth + this.inFlightCount + this.deferredCount + this.#dead.count;
  }

  /** Messages that were given up, and are kept aside. */
  get dead(): DeadMessages {
    return this.#kicks;
  }

  get topic(): string {
    return this.#owner.name;
  }

  /** Whether it was deleted, or the broker stops. */
  get closed(): boolean {
    return this.#closed;
  }

  subscriptions(): Iterable<Subscription> {
    return this.#consumers.all();
  }

  /** Whether its topic's journal knows it. */
  get durable(): boolean {
    return this.#owner.journal !== null && !this.ephemeral;
  }

  get latency(): LatencyWindow | null {
    return this.ledger.latency;
  }

  /** The index of the topic's log up to which this channel takes messages without first moving some to disk. */
  get fullAtIndex(): number {
    return Math.min(this.store.backlog.fullAtIndex, this.#owner.log.endIndex + this.#watch.room);
  }

  /** Index in the topic's log of the next message to deliver. */
  get logIndex(): number {
    return this.store.backlog.logIndex;
  }

  /** Asked before `count` messages are published, with `bytes` in their bodies. @throws PublishRefused */
  checkRoom(count: number, bytes: number): void {
    this.#watch.checkRoom(count, bytes);
  }

  /**
   * Makes room in memory for `count` messages that are about to be published.
   * @throws DiskQueueError if there was none on disk; nothing is lost
   */
  makeRoom(count: number): void {
    this.store.backlog.makeRoom(count);
  }

  /**
   * Brings memory back to its limit after messages were added: the oldest go to disk, or, from an ephemeral channel that has none, the newest are
   * dropped that no consumer can take now.
   * @throws DiskQueueError if the disk did not take them; they stay in memory
   */
  shedExcess(): void {
    if (!this.ephemeral) this.store.backlog.makeRoom(0);
    else if (this.store.backlog.fullAtIndex < this.#owner.log.endIndex) {
      this.deliver();
      this.ledger.dropped(this.store.backlog.dropExcess());
    }
    this.#watch.added();
  }

  dieWaiting(held: HeldMessage, why: WhyDead): void {
    this.#dead.take(held, why);
  }

  /** There may be something to deliver. */
  wake(): void {
    this.#delivery.wake();
  }

  deliver(): void {
    this.#delivery.deliver();
  }

  /** Subscribes the connection behind `sink`. @throws Error with nsqd's text if the channel is full or gone */
  subscribe(sink: ConsumerSink, settings: ConsumerSettings): Subscription {
    if (this.#closed) throw new Error("exiting");
    return this.#consumers.subscribe(sink, settings);
  }

  onDeserted(): void {
    if (this.ephemeral) this.#owner.onAbandoned(this);
  }

  /** It has had no consumer for as long as a policy says. */
  onIdle(): void {
    const { barrier, logger } = this.#context;
    logger.info(`CHANNEL(${this.name}): had no consumer for too long`);
    barrier.apart(() => this.#owner.onAbandoned(this));
  }

  /** Drops a message that was published with a delay and a key, and is not due. False if it is not there. */
  cancelDeferred(message: KeyEntry): boolean {
    const isCancelled = this.store.cancelDeferred(message);
    if (isCancelled) this.ledger.dropped(1);
    return isCancelled;
  }

  /** Begins anew with the message `index` of a durable topic. What is in flight is forgotten. @throws Error if the journal does not know the channel */
  moveTo(index: number): void {
    const skipped = this.store.unfinishedBefore(index);
    this.ledger.skipped(skipped);
    this.intake.moveTo(index, this.#clear() - skipped);
    this.#consumers.resume();
    this.wake();
  }

  /** Policies have changed: what is there obeys the new ones from now on. */
  applyRules(): void {
    this.rules = this.#context.rules.channelRules(this.#owner.name, this.name);
    this.#obey();
  }

  #obey(): void {
    this.#consumers.order.freshness = this.#watch.obey(this.rules);
    this.#consumers.obeyRules();
  }

  /** Messages that would be gone with the channel at once under `rules`, as nobody consumes it. */
  lostWhenIdle(rules: ChannelRules): number {
    return this.#consumers.lostWhenIdle(rules);
  }

  pause(): void {
    this.paused = true;
    this.store.setPaused(true);
  }

  unpause(): void {
    this.paused = false;
    this.store.setPaused(false);
    this.wake();
  }

  /** Drops everything: waiting, deferred and in flight. @throws DiskQueueError if a file stays behind; all is dropped even so */
  empty(): void {
    this.ledger.dropped(this.#clear());
    try {
      this.store.backlog.emptyDisk();
    } finally {
      this.#consumers.resume();
    }
  }

  /** Forgets all that is in memory; what is on disk must follow. @returns how many messages that were not finished are gone with both */
  #clear(): number {
    const count = this.depth + this.inFlightCount + this.deferredCount;
    this.#consumers.drop();
    this.#dead.clear();
    this.store.deferred.clear();
    this.store.backlog.clearMemory();
    return count;
  }

  /** Drops everything, closes the connections of its consumers, deletes its files. */
  delete(): void {
    this.#close();
    this.ledger.dropped(this.#clear());
    try {
      this.#dead.delete();
      this.store.delete();
    } catch (error) { // a file stays behind; the channel is gone all the same
      this.#logDiskError("delete", error);
    }
  }

  /** Closes the connections of its consumers and writes all messages to disk. @returns what is to be synced and closed; null if nothing */
  close(): LastWrites | null {
    this.#close();
    const last = this.store.close([...this.#consumers.takeAll(), ...this.#dead.takePending()]);
    this.#dead.close();
    return last;
  }

  /** @param topic as asked for in /stats, for the producers' counts; clients are listed unless `includeClients` is false */
  stats(topic: string, includeClients: boolean): ChannelStats {
    const parts = {
      store: this.store,
      consumers: this.#consumers,
      watch: this.#watch,
      context: this.#context,
    };
    return channelStats(this, parts, includeClients ? this.#consumers.clientStats(topic) : null);
  }

  /** A message was queued again: there may be too many in memory now, and somebody may want it. */
  queuedAgain(): void {
    this.#owner.onQueuedAgain();
    try {
      this.shedExcess();
    } catch (error) { // it stays in memory, beyond the limit
      this.#logDiskError("write message to", error);
    }
    this.wake();
  }

  logReadError(error: DiskQueueError): void {
    this.#logDiskError("read message from", error);
  }

  #logDiskError(what: string, error: unknown): void {
    this.#context.logger.error(
      `CHANNEL(${this.name}): failed to ${what} backend - ${(error as Error).message}`,
    );
  }

  #close(): void {
    this.#closed = true;
    this.#kicks.close();
    this.#delivery.stop();
    this.#watch.stop();
    this.store.deferred.stop();
    this.#consumers.end();
  }
}
