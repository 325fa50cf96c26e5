import type { ChannelStore } from "./channel_store.ts";
import type { Clock } from "./clock.ts";
import type { BrokerContext } from "./context.ts";
import type { DeadMessage } from "./dead/dead_record.ts";
import type { DeadMessages } from "./dead/kick.ts";
import type { TopicJournal } from "./durable/topic_journal.ts";
import {
  Collector,
  type Peeked,
  type PeekedChannelState,
  type PeekRequest,
  type Walk,
} from "./peek/collector.ts";
import type { FoundDeferred } from "./deferred.ts";
import { inSlices } from "./peek/slices.ts";
import type { Alarm } from "./scheduler.ts";
import type { Subscription } from "./subscription.ts";

/** So long messages are kicked before others are heard, in ms. */
const SLICE_MS = 5;

/** With a rate, so many pieces a second. */
const PIECES_PER_SECOND = 20;

/** Dead messages are read in pieces of so many: their bodies may be large. */
const DEAD_AT_ONCE = 4;

/** The channel whose messages are looked at, and acted on, from outside. */
export interface ChannelMessagesOwner {
  readonly depth: number;
  readonly inFlightCount: number;
  readonly deferredCount: number;
  readonly closed: boolean;
  readonly dead: DeadMessages;
  /** Those who have messages in flight, or may have. */
  subscriptions(): Iterable<Subscription>;
}

/** What is seen and done from outside to the messages of a channel, each on its own. */
export class ChannelMessages {
  readonly #owner: ChannelMessagesOwner;
  readonly #store: ChannelStore;
  readonly #journal: TopicJournal | null;
  readonly #context: BrokerContext;

  /** @param journal that knows the channel; null if none does */
  constructor(
    owner: ChannelMessagesOwner,
    store: ChannelStore,
    journal: TopicJournal | null,
    context: BrokerContext,
  ) {
    this.#owner = owner;
    this.#store = store;
    this.#journal = journal;
    this.#context = context;
  }

  /** Looks at the messages in a state, and changes nothing. @throws what reading a disk throws */
  async peek(state: PeekedChannelState, request: PeekRequest): Promise<Peeked> {
    const into = new Collector(request), { offset } = request;
    this.#context.clock.update();
    const total = this.count(state);
    if (state === "in_flight") this.#peekInFlight(offset, into);
    else if (state === "dead") await inSlices(this.#peekDead(offset, request.count, into));
    else await inSlices(this.#walkOf(state).peek(offset, into));
    return { total, messages: into.messages };
  }

  /** How many messages are in a state. */
  count(state: PeekedChannelState): number {
    const { dead, depth, inFlightCount, deferredCount } = this.#owner;
    return { dead: dead.count, queued: depth, in_flight: inFlightCount, deferred: deferredCount }[
      state
    ];
  }

  /**
   * Queues deferred messages now, those first that are due first. Resolves when that is done, and as safe as their topic is.
   * @param count at most so many @param ratePerSecond at most so many a second; Infinity for all at once
   * @returns how many
   * @throws Error if it cannot be made safe; they are queued
   */
  async kickDeferred(count: number, ratePerSecond: number): Promise<number> {
    const each = this.#store.deferred.kickEach();
    const startMs = this.#clock.update();
    const piece = Math.max(1, Math.floor(ratePerSecond / PIECES_PER_SECOND));
    let kicked = 0, isDone = false;
    while (!isDone && kicked < count && !this.#owner.closed) {
      const pieceEnd = Math.min(count, kicked + piece), untilMs = this.#clock.update() + SLICE_MS;
      while (!isDone && kicked < pieceEnd && this.#clock.update() < untilMs) {
        isDone = each.next().done ?? false;
        if (!isDone) kicked++;
      }
      const nextMs = startMs + kicked / ratePerSecond * 1000;
      if (!isDone && kicked < count) await this.#until(Math.max(nextMs, this.#clock.nowMs + 1));
    }
    if (kicked > 0) await this.#committed();
    return kicked;
  }

  /** As {@link kickDeferred}, of one. False if there is none with this id. */
  async kickDeferredOne(id: string): Promise<boolean> {
    const found = await this.#findDeferred(id);
    if (found === null) return false;
    found.kick();
    await this.#committed();
    return true;
  }

  /** Drops a message that is dead, deferred or in flight. @returns what it was; null if there is none with this id */
  async delete(id: string): Promise<"dead" | "deferred" | "in_flight" | null> {
    if (this.#deleteInFlight(id)) {
      await this.#committed();
      return "in_flight";
    }
    if (await this.#owner.dead.delete(id)) return "dead";
    const found = await this.#findDeferred(id);
    if (found === null) return null;
    found.drop();
    this.#store.ledger.dropped(1);
    await this.#committed();
    return "deferred";
  }

  #walkOf(state: "queued" | "deferred"): Pick<ChannelStore["deferred"], "peek"> {
    return state === "queued" ? this.#store.backlog : this.#store.deferred;
  }

  #peekInFlight(offset: number, into: Collector): void {
    for (const subscription of this.#owner.subscriptions()) {
      if (into.full) return;
      const count = subscription.inFlightCount;
      if (offset < count) subscription.peek(offset, into);
      offset = Math.max(0, offset - count);
    }
  }

  *#peekDead(offset: number, count: number, into: Collector): Walk {
    for (let seen = 0; seen < count && !into.full; seen += DEAD_AT_ONCE) {
      const wanted = Math.min(DEAD_AT_ONCE, count - seen);
      const some: DeadMessage[] = this.#owner.dead.list(offset + seen, wanted);
      for (const each of some) into.addDead(each);
      if (some.length < wanted) return;
      yield;
    }
  }

  #deleteInFlight(id: string): boolean {
    const bytes = new TextEncoder().encode(id);
    for (const subscription of this.#owner.subscriptions()) {
      if (subscription.delete(bytes, 0)) return true;
    }
    return false;
  }

  #findDeferred(id: string): Promise<FoundDeferred | null> {
    return inSlices(this.#store.deferred.find(id));
  }

  get #clock(): Clock {
    return this.#context.clock;
  }

  /** Resolves when what was done is as safe as the topic is. @throws Error if it cannot be made so */
  async #committed(): Promise<void> {
    const { barrier } = this.#context;
    const { required, promise } = barrier.apart(() => this.#journal?.requireCommit());
    await barrier.passed(required);
    if (promise?.error != null) throw promise.error;
  }

  #until(dueMs: number): Promise<void> {
    const { scheduler } = this.#context;
    return new Promise((resolve) => {
      const alarm: Alarm = { dueMs: 0, heapIndex: -1, ring: () => resolve() };
      scheduler.set(alarm, dueMs);
    });
  }
}
