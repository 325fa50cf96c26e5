import type { ChannelRules } from "../policies/rules.ts";
import type { ChannelStore } from "./channel_store.ts";
import type { Clock } from "./clock.ts";
import type { DeadLetters } from "./dead/dead_letters.ts";
import type { HeldMessage } from "./held_message.ts";

/** What is asked of the channel that messages come back to. */
interface ComingBackOwner {
  readonly rules: ChannelRules;
  /** A message was queued again: there may be too many in memory now, and somebody may want it. */
  queuedAgain(): void;
}

/** What becomes of a message that comes back to its channel, from a consumer or when its time has come: it is queued again, deferred, or dead. */
export class ComingBack {
  readonly #owner: ComingBackOwner;
  readonly #store: ChannelStore;
  readonly #dead: DeadLetters;
  readonly #clock: Clock;

  constructor(
    owner: ComingBackOwner,
    store: ChannelStore,
    dead: DeadLetters,
    { clock }: { clock: Clock },
  ) {
    this.#owner = owner;
    this.#store = store;
    this.#dead = dead;
    this.#clock = clock;
  }

  /** A consumer gave it back, or its connection was lost. @param delayMs until it is queued again, if a policy does not say later; 0 for now */
  requeued(held: HeldMessage, delayMs: number): void {
    const dueMs = this.isDead(held.attempts) ? 0 : this.#dueAgainMs(held, delayMs);
    this.#store.ledger.requeued(held, dueMs);
    this.#comeBack(held, dueMs);
  }

  /** No consumer answered for it in time. */
  timedOut(held: HeldMessage): void {
    const dueMs = this.isDead(held.attempts) ? 0 : this.#dueAgainMs(held, 0);
    this.#store.ledger.timedOut(held, dueMs);
    this.#comeBack(held, dueMs);
  }

  /** It was deferred, and its time has come. */
  due(held: HeldMessage): void {
    if (this.isDead(held.attempts)) return this.dueDead(held);
    if (held.attempts === 0) held.dueSinceMs = this.#clock.unixMs;
    this.queueAgain(held);
  }

  /** Whether a message that comes back after so many deliveries is dead. */
  isDead(attempts: number): boolean {
    return attempts >= this.#owner.rules.maxAttempts;
  }

  /** A deferred message is dead after all: nothing else refers to it. */
  dueDead(held: HeldMessage): void {
    this.#dead.take(held, "max_attempts");
  }

  /** A deferred message was queued. */
  dueQueued(): void {
    this.#owner.queuedAgain();
  }

  /** A dead message cannot go where it should: it stays, until it is `dueMs` (as of Clock.nowMs). */
  keepDead(held: HeldMessage, dueMs: number): void {
    this.#store.ledger.keptDead(held, dueMs);
    this.#store.deferred.add(held, dueMs);
  }

  /** Puts it behind everything that waits. */
  queueAgain(held: HeldMessage): void {
    this.#store.backlog.pushAgain(held);
    this.#owner.queuedAgain();
  }

  /** When a message that comes back is queued again, as of Clock.nowMs; 0 for now. */
  #dueAgainMs({ attempts }: HeldMessage, delayMs: number): number {
    const { backoffMs } = this.#owner.rules;
    const leastMs = backoffMs.length === 0
      ? 0
      : backoffMs[Math.min(attempts, backoffMs.length) - 1]!;
    const waitMs = Math.max(delayMs, leastMs);
    return waitMs === 0 ? 0 : this.#clock.update() + waitMs;
  }

  /** What becomes of a message that comes back from a consumer is decided here. @param dueMs when it is queued again; 0 for now */
  #comeBack(held: HeldMessage, dueMs: number): void {
    if (this.isDead(held.attempts)) this.#dead.take(held, "max_attempts");
    else if (dueMs === 0) this.queueAgain(held);
    else this.#store.deferred.add(held, dueMs);
  }
}
