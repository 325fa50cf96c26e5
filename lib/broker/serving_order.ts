import type { ChannelBacklog } from "./channel_backlog.ts";
import { Fifo } from "./fifo.ts";
import type { Ledger } from "./ledger.ts";
import type { RateLimit } from "./rules/rate_limit.ts";
import type { Subscription } from "./subscription.ts";

/** A consumer gets at most this many messages before the next one has its turn. */
const MESSAGES_PER_ROUND = 128;

/** Those who left stay in line until their turn comes, but only so many. */
const LEFT_IN_LINE = 32;

/** So many rounds take no time that anybody would notice. */
const ROUNDS_BETWEEN = 16;

/** How a channel serves its consumers. */
interface ServingSettings {
  /** Whether near consumers are served first. */
  topologyAware: boolean;
  /** A number in [0, 1), for sampling. */
  random(): number;
}

/** Knows which messages are too old. */
interface Freshness {
  /** Of the next `max` messages, how many may be delivered; 0 if some in front were not and are gone; null if nothing is left. @throws DiskQueueError */
  fresh(max: number): number | null;
}

/** Who is served next: the consumers of a channel that can take messages, in lines by locality, each for one round. */
export class ServingOrder {
  /** Null for as many deliveries as consumers take. */
  limit: RateLimit | null = null;
  readonly #settings: ServingSettings;
  /** Hears of what is delivered, and dropped. */
  ledger: Ledger;
  /** By locality, the nearest first; all in the first unless topology-aware. */
  readonly #lines = [
    new Fifo<Subscription>(),
    new Fifo<Subscription>(),
    new Fifo<Subscription>(),
  ] as const;

  /** Asked before messages are delivered, where policies say how old they may be. */
  freshness: Freshness | null = null;

  /** Who have left while they stood in line, and may do so still. */
  #left = 0;

  constructor(settings: ServingSettings, ledger: Ledger) {
    this.#settings = settings;
    this.ledger = ledger;
  }

  /** Whether nobody can take messages. */
  get empty(): boolean {
    const [first, second, third] = this.#lines;
    return first.length + second.length + third.length === 0;
  }

  /** Takes all out. */
  takeAll(): Subscription[] {
    const all: Subscription[] = [];
    for (const line of this.#lines) {
      for (let next = line.shift(); next !== undefined; next = line.shift()) all.push(next);
    }
    this.#left = 0;
    return all;
  }

  enter(subscription: Subscription): void {
    this.#lineOf(subscription).push(subscription);
  }

  /** It is closed. */
  leave(subscription: Subscription): void {
    if (++this.#left < LEFT_IN_LINE || this.#left * 2 < this.#lineOf(subscription).length) return;
    this.#left = 0;
    for (const line of this.#lines) line.keep((each) => each.open);
  }

  /**
   * Delivers from `backlog` until it is empty, nobody can take any more, the {@link limit} is reached, or `goesOn`, which is asked now and then, says no.
   * @returns whether all was done
   * @throws DiskQueueError if it could not be read
   */
  serve(backlog: ChannelBacklog, nowMs: number, goesOn: () => boolean): boolean {
    let rounds = 0;
    for (const line of this.#lines) {
      while (backlog.depth > 0) {
        if (++rounds % ROUNDS_BETWEEN === 0 && !goesOn()) return false;
        const next = line.peek();
        if (next === undefined || !this.#serveOne(next, line, backlog, nowMs)) break;
      }
    }
    return true;
  }

  #lineOf({ settings }: Subscription): Fifo<Subscription> {
    return this.#lines[this.#settings.topologyAware ? settings.locality : 0];
  }

  /** One round for the first of `line`. False if there was nothing to deliver after all, or nothing may be now. */
  #serveOne(
    first: Subscription,
    line: Fifo<Subscription>,
    backlog: ChannelBacklog,
    nowMs: number,
  ): boolean {
    const { capacity } = first;
    if (capacity > 0) {
      const allowed = this.limit === null ? MESSAGES_PER_ROUND : this.limit.allowed(nowMs);
      if (allowed === 0) return false;
      const { sampleRate, locality } = first.settings;
      if (sampleRate > 0 && Math.floor(this.#settings.random() * 100) > sampleRate) {
        if (backlog.dropOldest()) this.ledger.dropped(1);
        return true;
      }
      let max = sampleRate > 0 ? 1 : Math.min(capacity, MESSAGES_PER_ROUND, allowed);
      if (this.freshness !== null) {
        const fresh = this.freshness.fresh(max);
        if (fresh === null) return false;
        if (fresh === 0) return true;
        max = fresh;
      }
      const count = backlog.deliver(first, max, nowMs);
      if (count === 0) return false;
      this.limit?.delivered(count);
      this.ledger.delivered(count, locality);
    }
    line.shift();
    if (first.staysInLine()) line.push(first);
    return true;
  }
}
