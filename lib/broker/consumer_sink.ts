import type { ClientStats } from "./stats.ts";

/** How near a consumer is to the broker, for topology-aware consumption: nearer ones are served first. */
export const Locality = { Zone: 0, Region: 1, Global: 2 } as const;
export type Locality = typeof Locality[keyof typeof Locality];

/**
 * Where a consumer's messages go: the connection, as far as the broker knows it. Message frames cross here as bytes, a run of them in one call,
 * so what stands behind it may as well be another thread's.
 */
export interface ConsumerSink {
  /** Bytes that it takes before its client has read some; below 0 nothing is delivered. See {@link Subscription.resume}. */
  readonly roomBytes: number;
  /** Sends the whole message frames `bytes[start, end)`, which are copied, at the end of this turn. */
  send(bytes: Uint8Array, start: number, end: number): void;
  /** Sends a copy of the message frame `bytes[start, end)`, as that of a message that was delivered `attempts` times before. */
  sendAgain(bytes: Uint8Array, start: number, end: number, attempts: number): void;
  /** The channel is gone: close the connection. */
  close(): void;
  /** @param topic whose publish count is shown; empty for any */
  stats(topic: string): ClientStats;
}

/** What a connection asked for when it subscribed. */
export interface ConsumerSettings {
  msgTimeoutMs: number;
  /** Percent of messages wanted; 0 for all. */
  sampleRate: number;
  locality: Locality;
}
