/** Load on a cluster, wherever it is made, and what came of it. */

/** What went through. */
export interface Tally {
  readonly acknowledged: number;
  /** Refused for certain: nobody has them, and whoever published knows. */
  readonly refused: number;
  /** Published without an answer: may be there. */
  readonly unknown: number;
  /** Seen more than once, over all channels. */
  readonly duplicates: number;
  /** Acknowledged, and not seen on a channel: "channel number". */
  readonly lost: readonly string[];
}

/** Producers and consumers at work. */
export interface Load {
  /** Messages so far. */
  readonly acknowledged: number;
  /** Resolves when `count` more messages are acknowledged: load is on. @throws Error if that takes too long */
  flows(count: number): Promise<void>;
  /** Publishes no more, and waits for what was acknowledged. */
  finish(): Promise<Tally>;
}
