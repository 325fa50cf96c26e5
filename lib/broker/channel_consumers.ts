import type { ChannelRules } from "../policies/rules.ts";
import type { ComingBack } from "./coming_back.ts";
import type { ConsumerSettings, ConsumerSink } from "./consumer_sink.ts";
import type { BrokerContext } from "./context.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Ledger } from "./ledger.ts";
import { IdleExpiry } from "./rules/idle_expiry.ts";
import { RateLimit } from "./rules/rate_limit.ts";
import { SingleConsumer } from "./rules/single_consumer.ts";
import type { Alarm } from "./scheduler.ts";
import { ServingOrder } from "./serving_order.ts";
import type { ChannelStats, ClientStats } from "./stats.ts";
import { type NotInFlight, Subscription, type SubscriptionOwner } from "./subscription.ts";

/** What the consumers of a channel ask of it. */
export interface ConsumersOwner {
  readonly topic: string;
  readonly name: string;
  readonly rules: ChannelRules;
  readonly ledger: Ledger;
  /** Messages that wait. */
  readonly depth: number;
  readonly heldCount: number;
  /** What they do not finish. */
  readonly comingBack: ComingBack;
  /** Somebody can take messages, or may be given some again. */
  wake(): void;
  /** The last consumer has left. */
  onDeserted(): void;
  /** It has had no consumer for as long as a policy says. */
  onIdle(): void;
}

/** The consumers of a channel: who is there, who has what in flight, who is served. */
export class ChannelConsumers implements SubscriptionOwner {
  readonly order: ServingOrder;
  readonly #owner: ConsumersOwner;
  readonly #context: BrokerContext;
  readonly #subscriptions = new Set<Subscription>();
  /** Those that left messages in flight when their connection went. */
  readonly #gone = new Set<Subscription>();
  /** Rings when a policy's rate allows more deliveries. */
  readonly #rateAlarm: Alarm;
  readonly #idleExpiry: IdleExpiry;
  /** Null unless a policy says that one consumer at a time gets messages. */
  #single: SingleConsumer | null = null;
  #closed = false;

  constructor(owner: ConsumersOwner, context: BrokerContext) {
    this.#owner = owner;
    this.#context = context;
    this.order = new ServingOrder(context, owner.ledger);
    this.#rateAlarm = { dueMs: 0, heapIndex: -1, ring: () => owner.wake() };
    this.#idleExpiry = new IdleExpiry(this, context.scheduler, context.clock);
  }

  get count(): number {
    return this.#subscriptions.size;
  }

  /** Messages that they have not answered, those of connections that are gone among them. */
  get inFlightCount(): number {
    let count = 0;
    for (const subscription of this.#subscriptions) count += subscription.inFlightCount;
    for (const subscription of this.#gone) count += subscription.inFlightCount;
    return count;
  }

  get ledger(): Ledger {
    return this.#owner.ledger;
  }

  get rules(): ChannelRules {
    return this.#owner.rules;
  }

  get heldCount(): number {
    return this.#owner.heldCount;
  }

  /** Subscribes the connection behind `sink`. @throws Error with nsqd's text if there are too many */
  subscribe(sink: ConsumerSink, settings: ConsumerSettings): Subscription {
    const { maxChannelConsumers } = this.#context, { topic, name } = this.#owner;
    if (maxChannelConsumers !== 0 && this.count >= maxChannelConsumers) {
      throw new Error(`consumers for ${topic}:${name} exceeds limit of ${maxChannelConsumers}`);
    }
    const subscription = new Subscription(sink, settings, this, this.#context);
    this.#subscriptions.add(subscription);
    this.#idleExpiry.watch();
    return subscription;
  }

  left(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    if (subscription.inFlightCount > 0) {
      if (this.rules.requeueOnDisconnect && !this.#closed) this.#takeBack(subscription);
      else this.#gone.add(subscription);
    }
    this.standsDown(subscription);
    if (this.count > 0 || this.#closed) return;
    this.#idleExpiry.begins();
    this.#owner.onDeserted();
  }

  forget(subscription: Subscription): void {
    this.#gone.delete(subscription);
  }

  enterLine(subscription: Subscription): void {
    if (this.#single !== null && !this.#single.admits(subscription)) return;
    this.order.enter(subscription);
    if (this.#owner.depth > 0) this.#owner.wake();
  }

  leaveLine(subscription: Subscription): void {
    if (this.#single?.standsBy(subscription)) return;
    this.order.leave(subscription);
  }

  standsDown(subscription: Subscription): void {
    const next = this.#single?.leaves(subscription) ?? null;
    if (next !== null) this.enterLine(next);
  }

  keepsWaiting(subscription: Subscription): boolean {
    return this.#single?.keepsWaiting(subscription) ?? false;
  }

  requeued(held: HeldMessage, delayMs: number): void {
    this.#owner.comingBack.requeued(held, delayMs);
  }

  timedOut(held: HeldMessage): void {
    this.#owner.comingBack.timedOut(held);
  }

  deletedInFlight(held: HeldMessage): void {
    this.ledger.deleted(held);
    held.gone();
  }

  whyNotInFlight(bytes: Uint8Array, at: number): NotInFlight {
    for (const subscription of this.all()) {
      if (subscription.has(bytes, at)) return "client does not own message";
    }
    return "ID not in flight";
  }

  onIdle(): void {
    this.#owner.onIdle();
  }

  /** They may be able to take messages again. */
  resume(): void {
    for (const subscription of this.#subscriptions) subscription.resume();
  }

  /** Drops what is in flight. */
  drop(): void {
    for (const subscription of this.all()) subscription.drop();
    this.#gone.clear();
  }

  /** Takes out all that is in flight; nothing will be answered any more. */
  takeAll(): HeldMessage[] {
    return this.all().flatMap((each) => each.takeAll());
  }

  /** All that is in flight, which stays so: each on its own, outside the log. */
  inFlightOutOfLog(): HeldMessage[] {
    return this.all().flatMap((each) => [...each.inFlightOutOfLog()]);
  }

  /** What becomes of messages is entered in another book from now on. */
  changeLedger(): void {
    const { ledger } = this.#owner;
    this.order.ledger = ledger;
    for (const each of this.all()) each.ledger = ledger;
  }

  /** The channel is closing: their connections end. */
  end(): void {
    this.#closed = true;
    this.#context.scheduler.cancel(this.#rateAlarm);
    this.#idleExpiry.stop();
    for (const subscription of this.#subscriptions) subscription.end();
  }

  /** After a round of deliveries: if the rate allows no more for now, they go on when it does. */
  watchRate(): void {
    const { limit } = this.order, { scheduler, clock } = this.#context;
    if (limit === null || this.#owner.depth === 0 || this.order.empty) return;
    if (limit.allowed(clock.nowMs) === 0) scheduler.set(this.#rateAlarm, limit.nextMs);
  }

  /** Policies have changed: what they say of consumers is in force from now on. */
  obeyRules(): void {
    const { ratePerSecond, singleConsumer, requeueOnDisconnect } = this.rules;
    if (ratePerSecond !== (this.order.limit?.perSecond ?? Infinity)) this.#limit(ratePerSecond);
    if (singleConsumer !== (this.#single !== null)) this.#serveSingle(singleConsumer);
    this.#idleExpiry.watch();
    if (!requeueOnDisconnect || this.#gone.size === 0) return;
    for (const subscription of this.#gone) this.#takeBack(subscription);
    this.#gone.clear();
  }

  /** Messages that would be gone at once under `rules`, with the channel. */
  lostWhenIdle(rules: ChannelRules): number {
    return this.#idleExpiry.wouldDrop(rules);
  }

  /** @param topic as asked for in /stats, for the producers' counts */
  clientStats(topic: string): ClientStats[] {
    return [...this.#subscriptions].map((each) => each.sink.stats(topic));
  }

  /** The part of the channel's statistics that only policies bring about. */
  rulesStats(): Pick<ChannelStats, "rate_limit" | "rate_limited" | "expires_in_ms"> {
    const { limit } = this.order, { expiresInMs } = this.#idleExpiry;
    return {
      ...(limit !== null && {
        rate_limit: limit.perSecond,
        rate_limited: this.#rateAlarm.heapIndex >= 0,
      }),
      ...(expiresInMs !== null && { expires_in_ms: expiresInMs }),
    };
  }

  /** Those who have messages in flight, or may have. */
  all(): Subscription[] {
    return [...this.#subscriptions, ...this.#gone];
  }

  #limit(perSecond: number): void {
    const { scheduler, clock } = this.#context;
    this.order.limit = perSecond === Infinity ? null : new RateLimit(perSecond, clock.update());
    scheduler.cancel(this.#rateAlarm);
    this.#owner.wake();
  }

  /** From now on one consumer is served, the one that was the first to come; or all are. */
  #serveSingle(isSingle: boolean): void {
    const inLine = this.#single?.takeAll() ?? this.order.takeAll();
    const first = [...this.#subscriptions].find(({ isReady }) => isReady) ?? null;
    this.#single = isSingle ? new SingleConsumer(first) : null;
    for (const each of inLine) if (each.staysInLine()) this.enterLine(each);
  }

  /** What a lost connection had in flight comes back. */
  #takeBack(subscription: Subscription): void {
    for (const held of subscription.takeAll()) this.requeued(held, 0);
  }
}
