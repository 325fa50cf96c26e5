/**
 * What policies say about one topic or channel, ready to be asked: durations in ms, sizes in bytes.
 * @module
 */

/** Where a message goes that is dead. */
export type DeadLetter =
  | { readonly kind: "bury" }
  | { readonly kind: "drop" }
  | { readonly kind: "topic"; readonly topic: string };

/** What policies say about a channel. */
export interface ChannelRules {
  /** Deliveries after which a message that comes back is dead; Infinity for any number. */
  readonly maxAttempts: number;
  /** The least delay before each redelivery; the last one repeats. Empty for none. */
  readonly backoffMs: readonly number[];
  readonly deadLetter: DeadLetter;
  /** Infinity for any age. */
  readonly maxAgeMs: number;
  readonly expired: "drop" | "dead_letter";
  /** Messages that may wait; Infinity for any number. */
  readonly maxDepth: number;
  /** Bytes of the bodies that may wait; Infinity for any number. */
  readonly maxBytes: number;
  readonly overflow: "reject" | "drop_oldest" | "dead_letter";
  /** Infinity for never. */
  readonly idleExpiryMs: number;
  readonly idleExpiryBacklog: boolean;
  readonly requeueOnDisconnect: boolean;
  /** Deliveries a second; Infinity for any number. */
  readonly ratePerSecond: number;
  readonly singleConsumer: boolean;
}

/** What policies say about a topic. Undefined where they say nothing and a flag counts. */
export interface TopicRules {
  readonly durable: boolean | undefined;
  readonly retainAgeMs: number | undefined;
  readonly retainBytes: number | undefined;
  /** 0 for no window. */
  readonly dedupWindowMs: number;
}

const BURY: DeadLetter = Object.freeze({ kind: "bury" });

/** The rules of a channel that no policy matches. Nobody else has this object: compare with it. */
export const NO_CHANNEL_RULES: ChannelRules = Object.freeze({
  maxAttempts: Infinity,
  backoffMs: Object.freeze([]),
  deadLetter: BURY,
  maxAgeMs: Infinity,
  expired: "drop",
  maxDepth: Infinity,
  maxBytes: Infinity,
  overflow: "reject",
  idleExpiryMs: Infinity,
  idleExpiryBacklog: false,
  requeueOnDisconnect: false,
  ratePerSecond: Infinity,
  singleConsumer: false,
});

/** The rules of a topic that no policy matches. Nobody else has this object: compare with it. */
export const NO_TOPIC_RULES: TopicRules = Object.freeze({
  durable: undefined,
  retainAgeMs: undefined,
  retainBytes: undefined,
  dedupWindowMs: 0,
});
