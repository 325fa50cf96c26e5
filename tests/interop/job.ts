/**
 * What the tests ask of a client program, and what it says back.
 *
 * Every program under `programs/` wraps one client library and takes a {@link Job} as JSON in its
 * first argument. It prints one {@link ClientEvent} a line and exits 0, or exits otherwise with
 * the reason on stderr. Bodies travel as base64, so that any byte can be published.
 *
 * A consumer does with a message what the first word of its body (up to `|`) asks for:
 *
 * | first word   | the consumer                                                             |
 * |--------------|--------------------------------------------------------------------------|
 * | `requeue:MS` | requeues it for MS milliseconds at its first attempt, then finishes it    |
 * | `touch:N`    | touches it N times, half a message timeout apart, then finishes it        |
 * | `fail`       | requeues it without delay until the library gives up (`maxAttempts`)      |
 * | `hold`       | keeps it until `maxInFlight` messages are held, then finishes them all    |
 * | other        | finishes it                                                              |
 */

/** How a client connects; plain when nothing is said. */
export interface ConnectionJob {
  /** host:port of the broker */
  address: string;
  /** path of the certificate authority to trust: TLS is asked for */
  tlsCa?: string;
  /** paths of the client's certificate and key (go-nsq only) */
  tlsCert?: string;
  tlsKey?: string;
  compression?: "snappy" | "deflate";
  /** what AUTH is sent with (go-nsq only) */
  authSecret?: string;
}

/** Publishes every body: one command each, one MPUB for all, or one DPUB each. */
export interface PublishJob extends ConnectionJob {
  action: "publish";
  topic: string;
  /** base64 */
  bodies: string[];
  mode: PublishMode;
  /** for `deferred` */
  delayMs: number;
}

/** Consumes until `expect` messages are finished or given up, then closes its connections. */
export interface ConsumeJob extends ConnectionJob {
  action: "consume";
  /** host:port of lookupds to ask every second for brokers, in place of `address` (not ansq) */
  lookupdHttpAddresses?: string[];
  topic: string;
  channel: string;
  maxInFlight: number;
  msgTimeoutMs: number;
  maxAttempts: number;
  expect: number;
}

export type Job = PublishJob | ConsumeJob;
export type PublishMode = "single" | "multi" | "deferred";

/**
 * One line of a program's output:
 * - `published`: the broker has acknowledged all (`count`);
 * - `message`: the library has handed a message to its handler;
 * - `discarded`: the library has given the message up;
 * - `held`: `count` messages were in flight at once;
 * - `closed`: the connection is closed and the program ends.
 */
export interface ClientEvent {
  event: "published" | "message" | "discarded" | "held" | "closed";
  /** Unix time in ms at which the program reported it */
  atMs: number;
  /** base64 */
  body?: string;
  attempts?: number;
  /** 16 hex characters */
  id?: string;
  count?: number;
}
