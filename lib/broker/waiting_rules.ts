import type { ChannelRules } from "../policies/rules.ts";
import { stampOf } from "../wire/record.ts";
import type { ChannelBacklog } from "./channel_backlog.ts";
import type { Clock } from "./clock.ts";
import type { WhyDead } from "./dead/dead_record.ts";
import type { HeldMessage } from "./held_message.ts";
import type { Ledger } from "./ledger.ts";

/** So many messages go in one call, so that everybody else goes on. */
const GONE_AT_ONCE = 500;

/** Messages of a channel that nobody takes are looked at so often in the time that they may wait, */
const LOOKS = 4;
/** but not more often, and not more seldom. In ms. */
const SHORTEST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 30_000;

/** Publishing was refused, as a rule of the topic or of one of its channels says. */
export class PublishRefused extends Error {
  override readonly name = "PublishRefused";

  /** @param code what HTTP answers */
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** What {@link WaitingRules} needs of their channel. */
export interface WaitingRulesOwner {
  readonly topic: string;
  readonly name: string;
  readonly ledger: Ledger;
  /** Delivers what consumers can take at once. */
  deliver(): void;
  /** `held` waited for too long, or is one too many, and is dead. */
  dieWaiting(held: HeldMessage, why: WhyDead): void;
}

/** What policies say about the messages that wait in one channel: how old, how many and how large they may be. */
export class WaitingRules {
  readonly #rules: ChannelRules;
  readonly #backlog: ChannelBacklog;
  readonly #owner: WaitingRulesOwner;
  readonly #clock: Clock;

  constructor(
    rules: ChannelRules,
    backlog: ChannelBacklog,
    owner: WaitingRulesOwner,
    clock: Clock,
  ) {
    this.#rules = rules;
    this.#backlog = backlog;
    this.#owner = owner;
    this.#clock = clock;
  }

  /** Whether they say anything. */
  static apply({ maxAgeMs, maxDepth, maxBytes }: ChannelRules): boolean {
    return Math.min(maxAgeMs, maxDepth, maxBytes) < Infinity;
  }

  /** How many more messages may wait without a look at the rules. */
  get room(): number {
    const { maxDepth, maxBytes } = this.#rules;
    return maxBytes < Infinity ? 0 : Math.max(0, maxDepth - this.#backlog.depth);
  }

  /**
   * Of the next `max` messages to deliver, how many are not too old. If the oldest one is, some that are too old go.
   * @returns null if nothing is left
   * @throws DiskQueueError
   */
  fresh(max: number): number | null {
    if (this.#rules.maxAgeMs === Infinity) return max;
    const count = this.#backlog.countFresh(max, this.#oldest());
    if (count > 0) return count;
    return this.#expireSome(GONE_AT_ONCE) === 0 ? null : 0;
  }

  /** Before `count` messages are published, with `bytes` in their bodies. @throws PublishRefused if they are too many */
  checkRoom(count: number, bytes: number): void {
    if (this.#rules.overflow !== "reject" || this.#hasRoom(count, bytes)) return;
    this.#owner.deliver(); // what consumers take does not wait
    if (this.#hasRoom(count, bytes)) return;
    const { topic, name, ledger } = this.#owner;
    ledger.rejectedCount += count;
    const { maxDepth, maxBytes } = this.#rules;
    const rule = this.#backlog.depth + count > maxDepth
      ? `max_depth is ${maxDepth}`
      : `max_bytes is ${maxBytes}`;
    throw new PublishRefused("CHANNEL_FULL", `channel ${topic}:${name} is full, its ${rule}`);
  }

  /** After messages were added: takes off the oldest that are too many. @returns whether that is done @throws DiskQueueError */
  shed(): boolean {
    if (this.#rules.overflow === "reject" || this.#hasRoom(0, 0)) return true;
    this.#owner.deliver(); // what consumers take does not wait
    for (let left = GONE_AT_ONCE; !this.#hasRoom(0, 0); left--) {
      if (left === 0) return false;
      if (!this.#takeOff("overflow", this.#rules.overflow === "dead_letter")) return true;
    }
    return true;
  }

  /** Takes off what is too many or too old, though nobody asks for it. @returns in how many ms to look again; null for never @throws DiskQueueError */
  sweep(): number | null {
    const { maxAgeMs } = this.#rules;
    if (!this.shed()) return 1;
    if (maxAgeMs === Infinity) return null;
    if (this.#expireSome(GONE_AT_ONCE) === GONE_AT_ONCE) return 1;
    return Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, maxAgeMs / LOOKS));
  }

  /** @returns how many were too old, `max` at most */
  #expireSome(max: number): number {
    const oldest = this.#oldest();
    for (let count = 0; count < max; count++) {
      if (this.#backlog.depth === 0 || this.#backlog.countFresh(1, oldest) > 0) return count;
      if (!this.#takeOff("max_age", this.#rules.expired === "dead_letter")) return count;
    }
    return max;
  }

  /** Takes the oldest message off. False if there is none. */
  #takeOff(why: WhyDead, isDead: boolean): boolean {
    const { ledger } = this.#owner;
    if (isDead) {
      const held = this.#backlog.takeOldest();
      if (held === null) return false;
      if (why === "max_age") ledger.expiredCount++;
      this.#owner.dieWaiting(held, why);
      return true;
    }
    if (!this.#backlog.dropOldest()) return false;
    if (why === "max_age") ledger.expired(1);
    else ledger.dropped(1);
    return true;
  }

  #hasRoom(count: number, bytes: number): boolean {
    const { maxDepth, maxBytes } = this.#rules, backlog = this.#backlog;
    if (backlog.depth + count > maxDepth) return false;
    return maxBytes === Infinity || backlog.bodyBytes + bytes <= maxBytes;
  }

  #oldest() {
    this.#clock.update();
    return stampOf(this.#clock.unixMs - this.#rules.maxAgeMs);
  }
}
