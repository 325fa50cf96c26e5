import { DiskQueueError } from "../diskqueue/errors.ts";
import type { ChannelRules } from "../policies/rules.ts";
import type { ChannelBacklog } from "./channel_backlog.ts";
import type { Clock } from "./clock.ts";
import type { Alarm, Scheduler } from "./scheduler.ts";
import { WaitingRules, type WaitingRulesOwner } from "./waiting_rules.ts";

/** How long to wait before reading again from a disk that could not be read. */
const RETRY_MS = 1000;

/** What the watch needs of its channel. */
interface WaitingWatchOwner extends WaitingRulesOwner {
  logReadError(error: DiskQueueError): void;
}

/** Sees to it that what waits in a channel obeys the policies: when something is added, and from time to time, though nothing is. */
export class WaitingWatch {
  readonly #backlog: ChannelBacklog;
  readonly #owner: WaitingWatchOwner;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  /** Null where policies say nothing of what may wait. */
  #rules: WaitingRules | null = null;

  constructor(
    backlog: ChannelBacklog,
    owner: WaitingWatchOwner,
    { scheduler, clock }: { scheduler: Scheduler; clock: Clock },
  ) {
    this.#backlog = backlog;
    this.#owner = owner;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: () => this.#do((rules) => rules.sweep()) };
  }

  /** @returns the rules, where they say how old messages may be */
  obey(rules: ChannelRules): WaitingRules | null {
    this.stop();
    if (!WaitingRules.apply(rules)) return null;
    this.#rules = new WaitingRules(rules, this.#backlog, this.#owner, this.#clock);
    this.#scheduler.set(this.#alarm, this.#clock.update() + 1);
    return rules.maxAgeMs < Infinity ? this.#rules : null;
  }

  /** How many more messages may wait without a look at the rules. */
  get room(): number {
    return this.#rules === null ? Infinity : this.#rules.room;
  }

  /** Before `count` messages are published, with `bytes` in their bodies. @throws PublishRefused */
  checkRoom(count: number, bytes: number): void {
    this.#rules?.checkRoom(count, bytes);
  }

  /** Messages were added. */
  added(): void {
    if (this.#rules !== null) this.#do((rules) => rules.shed() ? null : 1);
  }

  /** Age of the oldest message that waits, since it was published, in whole ms; 0 if none does. */
  oldestAgeMs(): number {
    try {
      this.#clock.update();
      const oldestMs = this.#backlog.oldestMs();
      return oldestMs === null ? 0 : Math.max(0, Math.round(this.#clock.unixMs - oldestMs));
    } catch (error) {
      if (!(error instanceof DiskQueueError)) throw error;
      this.#owner.logReadError(error);
      return 0;
    }
  }

  /** Nothing is watched any more. */
  stop(): void {
    this.#rules = null;
    this.#scheduler.cancel(this.#alarm);
  }

  /** @param act says in how many ms to look again; null for never */
  #do(act: (rules: WaitingRules) => number | null): void {
    if (this.#rules === null) return;
    let lookInMs: number | null = RETRY_MS;
    try {
      lookInMs = act(this.#rules);
    } catch (error) {
      if (!(error instanceof DiskQueueError)) throw error;
      this.#owner.logReadError(error);
    }
    if (lookInMs === null) return;
    this.#scheduler.setAtLatest(this.#alarm, this.#clock.update() + lookInMs);
  }
}
