import type { ChannelRules } from "../../policies/rules.ts";
import type { Clock } from "../clock.ts";
import type { Alarm, Scheduler } from "../scheduler.ts";

/** How often is looked whether a channel that is to go has nothing left, at most and at least. */
const LOOK_MS = [100, 30_000] as const;

/** What this asks of its channel. */
export interface IdleExpiryOwner {
  readonly rules: ChannelRules;
  /** Consumers. */
  readonly count: number;
  /** Messages that would be lost with it, dead ones among them. */
  readonly heldCount: number;
  /** It has had no consumer for too long: it is deleted. */
  onIdle(): void;
}

/** Deletes a channel that has had no consumer for as long as a policy says. */
export class IdleExpiry {
  readonly #owner: IdleExpiryOwner;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  /** As of Clock.nowMs. */
  #idleSinceMs: number;

  constructor(owner: IdleExpiryOwner, scheduler: Scheduler, clock: Clock) {
    this.#owner = owner;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#idleSinceMs = clock.nowMs;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#ring(nowMs) };
  }

  /** The last consumer has left. */
  begins(): void {
    this.#idleSinceMs = this.#clock.update();
    this.watch();
  }

  /** Its rules have changed, or a consumer has come. */
  watch(): void {
    const { rules: { idleExpiryMs }, count } = this.#owner;
    if (count > 0 || idleExpiryMs === Infinity) this.#scheduler.cancel(this.#alarm);
    else this.#scheduler.set(this.#alarm, this.#idleSinceMs + idleExpiryMs);
  }

  stop(): void {
    this.#scheduler.cancel(this.#alarm);
  }

  /** ms until it goes; null if it does not. What it holds keeps it, unless the policy says otherwise. */
  get expiresInMs(): number | null {
    const { rules: { idleExpiryMs }, count } = this.#owner;
    if (count > 0 || idleExpiryMs === Infinity) return null;
    return Math.max(0, Math.round(this.#idleSinceMs + idleExpiryMs - this.#clock.nowMs));
  }

  /** Messages that would be dropped at once under `rules`. */
  wouldDrop(rules: ChannelRules): number {
    if (this.#owner.count > 0 || !rules.idleExpiryBacklog) return 0;
    const isDue = this.#idleSinceMs + rules.idleExpiryMs <= this.#clock.nowMs;
    return isDue ? this.#owner.heldCount : 0;
  }

  #ring(nowMs: number): void {
    const { rules: { idleExpiryMs, idleExpiryBacklog }, heldCount } = this.#owner;
    if (heldCount === 0 || idleExpiryBacklog) return this.#owner.onIdle();
    const [leastMs, mostMs] = LOOK_MS;
    this.#scheduler.set(
      this.#alarm,
      nowMs + Math.min(Math.max(idleExpiryMs / 4, leastMs), mostMs),
    );
  }
}
