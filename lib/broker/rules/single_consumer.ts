import type { Subscription } from "../subscription.ts";

/** One consumer of a channel is served until it leaves, the others stand by: in the order in which they became ready. */
export class SingleConsumer {
  #served: Subscription | null;
  /** Those that could take messages now. */
  readonly #standby = new Set<Subscription>();

  /** @param served who goes on being served */
  constructor(served: Subscription | null) {
    this.#served = served;
  }

  /** `subscription` can take messages. False if it stands by. */
  admits(subscription: Subscription): boolean {
    this.#served ??= subscription;
    if (subscription === this.#served) return true;
    this.#standby.add(subscription);
    return false;
  }

  /** It can take no more, for good. @returns who is served in its place; null if it was not served, or nobody is ready */
  leaves(subscription: Subscription): Subscription | null {
    this.#standby.delete(subscription);
    if (subscription !== this.#served) return null;
    this.#served = null;
    for (const each of this.#standby) {
      this.#standby.delete(each);
      if (each.staysInLine()) return this.#served = each;
    }
    return null;
  }

  /** Whether others are served in its place. */
  keepsWaiting(subscription: Subscription): boolean {
    return this.#served !== null && this.#served !== subscription;
  }

  /** Whether it could take messages now, and gets none. */
  standsBy(subscription: Subscription): boolean {
    return this.#standby.has(subscription);
  }

  /** Those that could take messages now; they do not stand by any more. */
  takeAll(): Subscription[] {
    const all = [...this.#standby];
    this.#standby.clear();
    return all;
  }
}
