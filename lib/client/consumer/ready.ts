/** How many messages each nsqd may send: shares `maxInFlight` out over the connections. */

/** A connection, as far as RDY goes. */
export interface ReadyLink {
  /** What nsqd was told last. */
  rdy: number;
  /** When it was told a number above 0. */
  lastRdyMs: number;
  /** When a message came. */
  readonly lastMessageMs: number;
  /** nsqd takes no larger number. */
  readonly maxRdy: number;
  /** It is told nothing more. */
  readonly isClosing: boolean;
  sendRdy(count: number): void;
}

/** What {@link ReadyDistributor} is made with. Durations in ms. */
export interface ReadyOptions {
  maxInFlight: number;
  readonly lowRdyIdleTimeoutMs: number;
  readonly lowRdyTimeoutMs: number;
  nowMs(): number;
  /** A number in [0, 1). */
  random(): number;
}

/** The largest equal share that does not exceed `maxInFlight` together; at least 1 each, where there is any. */
export function equalShare(maxInFlight: number, linkCount: number): number {
  return Math.min(Math.max(1, Math.floor(maxInFlight / linkCount)), maxInFlight);
}

/**
 * Tells the nsqds of one consumer how much they may send, never more than `maxInFlight` together. With more connections than
 * that, some are told 0, and {@link redistribute} lets them have their turn.
 */
export class ReadyDistributor {
  readonly links: Set<ReadyLink> = new Set<ReadyLink>();
  readonly #options: ReadyOptions;
  /** While backing off: at most one message at a time, from one of the connections. */
  #isPaused = false;
  #isTesting = false;

  constructor(options: ReadyOptions) {
    this.#options = options;
  }

  /** What nsqds may send together. */
  get total(): number {
    let total = 0;
    for (const { rdy } of this.links) total += rdy;
    return total;
  }

  get maxInFlight(): number {
    return this.#options.maxInFlight;
  }

  set maxInFlight(count: number) {
    this.#options.maxInFlight = count;
    this.share();
  }

  add(link: ReadyLink): void {
    this.links.add(link);
    this.#linksChanged();
  }

  remove(link: ReadyLink): void {
    this.links.delete(link);
    this.#linksChanged();
  }

  /** Gives every connection its share. Nothing while backing off. */
  share(): void {
    if (this.#isPaused || this.links.size === 0) return;
    const share = equalShare(this.maxInFlight, this.links.size);
    // First those that get less: what they give up is free for the others.
    for (const link of this.links) if (link.rdy > share) this.#set(link, share);
    let surplus = this.total - this.maxInFlight;
    for (const link of this.links) {
      if (surplus <= 0) break;
      surplus -= link.rdy;
      this.#set(link, 0);
    }
    for (const link of this.links) {
      const free = this.maxInFlight - this.total;
      if (free <= 0) break;
      if (link.rdy < share) this.#set(link, Math.min(share, link.rdy + free));
    }
  }

  /** Lets nothing come any more. */
  pause(): void {
    this.#isPaused = true;
    this.#isTesting = false;
    for (const link of this.links) this.#set(link, 0);
  }

  /** Lets one message come from one connection. False if there is none. */
  test(): boolean {
    const links = [...this.links].filter(({ isClosing }) => !isClosing);
    const link = links[Math.floor(this.#options.random() * links.length)];
    if (link === undefined) return false;
    this.#isPaused = true;
    this.#isTesting = true;
    this.#set(link, 1);
    return true;
  }

  /** All is well again. */
  resume(): void {
    this.#isPaused = this.#isTesting = false;
    this.share();
  }

  /** Called regularly: takes RDY from connections that have nothing, or had it long, when others have none. */
  redistribute(): void {
    if (this.#isPaused && !this.#isTesting) return;
    const limit = this.#isTesting ? Math.min(1, this.maxInFlight) : this.maxInFlight;
    if (this.links.size <= limit) return;
    const { lowRdyIdleTimeoutMs, lowRdyTimeoutMs } = this.#options;
    const nowMs = this.#options.nowMs();
    for (const link of this.links) {
      const isIdle = nowMs - link.lastMessageMs > lowRdyIdleTimeoutMs;
      const hadLong = nowMs - link.lastRdyMs > lowRdyTimeoutMs;
      if (link.rdy > 0 && (isIdle || hadLong)) this.#set(link, 0);
    }
    this.#handOut(limit - this.total);
  }

  /** While testing, the connection that was to be tested may be gone. */
  #linksChanged(): void {
    if (this.#isTesting && this.total === 0) this.test();
    else this.share();
  }

  /** Gives 1 each to `free` connections that have none: first to those that have been without for longest. */
  #handOut(free: number): void {
    const waiting = [...this.links].filter(({ rdy, isClosing }) => rdy === 0 && !isClosing)
      .map((link) => ({ link, lot: this.#options.random() }))
      .sort((a, b) => a.link.lastRdyMs - b.link.lastRdyMs || a.lot - b.lot);
    for (const { link } of waiting.slice(0, Math.max(0, free))) this.#set(link, 1);
  }

  #set(link: ReadyLink, wanted: number): void {
    const count = Math.min(wanted, link.maxRdy);
    if (link.isClosing || count === link.rdy) return;
    link.rdy = count;
    if (count > 0) link.lastRdyMs = this.#options.nowMs();
    link.sendRdy(count);
  }
}
