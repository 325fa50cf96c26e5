/** What a client program is asked, as JSON in its first argument, and what it prints, as one line of JSON. */

/** After `warmUp` messages, `count` more are timed. */
export interface ClientJob {
  action: "consume" | "produce";
  /** HOST:PORT of the broker. */
  address: string;
  topic: string;
  channel: string;
  warmUp: number;
  count: number;
  /** Bytes of a body, for `produce`. */
  size: number;
  /** Publishes that wait for their answers at a time, for `produce`. */
  concurrency: number;
  /** For `consume`. */
  maxInFlight: number;
}

/** What was done in the timed part. */
export interface ClientResult {
  count: number;
  seconds: number;
}
