/** What a client can be told, and what it takes where it is told nothing. */

import { parseHostPort } from "../../net/host_port.ts";
import { runtime } from "../../net/runtime/this_runtime.ts";
import { ValueError } from "../../value_error.ts";
import type { Logger } from "../../log/logger.ts";
import type { TlsOptions } from "../../tls/client_options.ts";
import { isValidName } from "../../wire/names.ts";
import { PROJECT_VERSION } from "../../version.ts";
import { checkRange, DEFLATE_LEVEL, FIELDS } from "./fields.ts";

export type { TlsOptions };

/** What IDENTIFY and the transport need. Names and defaults are go-nsq's. */
export interface ConnectionOptions {
  /** Default: the host's name up to its first dot. */
  clientId?: string;
  /** Default: the host's name. */
  hostname?: string;
  /** Default: `nsq-ts/` and the version. */
  userAgent?: string;
  /** Default 30 s; -1 for none, which nsqd allows producers only. */
  heartbeatIntervalMs?: number;
  /** What nsqd collects before it writes. Default 16 KB; -1 for no buffer. */
  outputBufferSizeBytes?: number;
  /** How long nsqd collects at most. Default 250 ms; -1 for no limit. */
  outputBufferTimeoutMs?: number;
  /** Default: nsqd's. */
  msgTimeoutMs?: number;
  /** Percentage of the channel's messages that are wanted, the others are dropped; 0 (default) for all. */
  sampleRate?: number;
  /** Given: TLS or no connection. */
  tls?: TlsOptions;
  snappy?: boolean;
  /** Default: whether `deflateLevel` is given. */
  deflate?: boolean;
  /** 1 to 9; 0 for none. */
  deflateLevel?: number;
  authSecret?: string;
  /** Default 1 s; 0 for no limit. */
  dialTimeoutMs?: number;
  /** A connection from which nothing comes for so long is closed. Default 60 s. */
  readTimeoutMs?: number;
  /** A connection that takes nothing for so long is closed. Default 1 s. */
  writeTimeoutMs?: number;
}

/** How messages are consumed. */
export interface ConsumerOptions extends ConnectionOptions {
  topic: string;
  channel: string;
  /** TCP addresses of nsqds, `host:port`. */
  nsqd?: string[];
  /** HTTP addresses of lookupds, `host:port` or URLs. Either these or `nsqd`. */
  lookupd?: string[];
  /**
   * Messages that are handled or wait here at a time, over all connections. Default 1. For the moment in which a share of it moves
   * from one nsqd to another, what is in flight from the first comes on top.
   */
  maxInFlight?: number;
  /** A message that comes more often is given up: finished without being handled. Default 5; 0 for no limit. */
  maxAttempts?: number;
  /** Default 60 s. */
  lookupdPollIntervalMs?: number;
  /** Part of the interval by which the first poll is delayed at random. Default 0.3. */
  lookupdPollJitter?: number;
  /** Default 1 minute; 0 for no limit. */
  lookupdPollTimeoutMs?: number;
  /** Whether `authSecret` is sent to lookupds as a bearer token. Default true. */
  lookupdAuthorization?: boolean;
  /** A message that failed comes back after so long for each attempt. Default 90 s. */
  defaultRequeueDelayMs?: number;
  /** ... but not later than this. Default 15 minutes. */
  maxRequeueDelayMs?: number;
  /** Default `exponential`; `full_jitter`: a random part of that. */
  backoffStrategy?: BackoffStrategy;
  /** Unit of the back-off after failures. Default 1 s. */
  backoffMultiplierMs?: number;
  /** Default 2 minutes; 0 for no back-off. */
  maxBackoffDurationMs?: number;
  /** How often RDY moves between connections when there are more of them than `maxInFlight`. Default 5 s. */
  rdyRedistributeIntervalMs?: number;
  /** A connection without messages for so long hands its RDY on, if others have none. Default 10 s. */
  lowRdyIdleTimeoutMs?: number;
  /** A connection hands its RDY on after so long, if others have none. Default 30 s. */
  lowRdyTimeoutMs?: number;
  /**
   * Connects only to nsqds on which the topic has a channel: whoever just looks on takes nothing that waits for a first channel, and
   * makes no topic. Others are tried again later. Default: false.
   */
  joinOnly?: boolean;
  /** Hears why an nsqd was not connected to because of `joinOnly`. */
  onNotJoined?: (address: string, missing: "topic" | "channel") => void;
  /** Default: warnings and errors, to stderr. */
  logger?: Logger;
  /** Hears of each message that had all its attempts, before it is finished. */
  onGiveUp?: (message: { id: string; attempts: number; body: Uint8Array }) => void;
}

export type BackoffStrategy = "exponential" | "full_jitter";

/** Options with all their defaults, and how lookupds are asked, which consumers and producers share. */
export type ResolvedConnectionOptions =
  & Required<Omit<ConnectionOptions, "tls">>
  & Required<
    Pick<ConsumerOptions, "lookupdPollIntervalMs" | "lookupdPollJitter" | "lookupdPollTimeoutMs">
  >
  & { tls: TlsOptions | null };

/** Options with all their defaults. */
export type ResolvedConsumerOptions =
  & Required<Omit<ConsumerOptions, "tls" | "logger" | "onGiveUp" | "onNotJoined">>
  & Pick<ConsumerOptions, "logger" | "onGiveUp" | "onNotJoined">
  & { tls: TlsOptions | null };

/** What {@link resolveConnectionOptions} takes from the machine, for tests. */
export type HostnameSource = () => string;

/**
 * Fills in the defaults.
 * @throws ValueError naming the option that is out of range, or those that exclude each other
 */
export function resolveConnectionOptions(
  options: ConnectionOptions,
  hostnameOf: HostnameSource = runtime.hostname,
): ResolvedConnectionOptions {
  const hostname = options.hostname ?? hostnameOf();
  const { tls: tlsWish, deflate = (options.deflateLevel ?? 0) > 0, ...given } = options;
  const isTls = tlsWish !== undefined && tlsWish.enabled !== false;
  const resolved = {
    ...defaultsOf(),
    clientId: hostname.split(".")[0]!,
    hostname,
    userAgent: `nsq-ts/${PROJECT_VERSION}`,
    snappy: false,
    authSecret: "",
    ...withoutUndefined(given),
    deflate,
    deflateLevel: options.deflateLevel || DEFLATE_LEVEL.preset,
    tls: isTls ? tlsWish : null,
  } as ResolvedConnectionOptions;
  checkRanges(resolved);
  checkRange(DEFLATE_LEVEL, resolved.deflateLevel);
  if (resolved.heartbeatIntervalMs > resolved.readTimeoutMs) {
    throw new ValueError(
      `heartbeat_interval (${resolved.heartbeatIntervalMs} ms) must not be longer than` +
        ` read_timeout (${resolved.readTimeoutMs} ms)`,
    );
  }
  if (deflate && resolved.snappy) throw new ValueError("deflate and snappy exclude each other");
  if ((tlsWish?.cert === undefined) !== (tlsWish?.key === undefined)) {
    throw new ValueError("tls_cert and tls_key go together");
  }
  return resolved;
}

/** Checks the options of a connection, each and together. @throws ValueError */
export function checkConnectionOptions(
  options: ConnectionOptions,
  role: "consumer" | "producer",
): void {
  const { heartbeatIntervalMs } = resolveConnectionOptions(options, () => "");
  if (role === "consumer" && heartbeatIntervalMs < 0) {
    throw new ValueError("heartbeat_interval must not be off for a consumer: nsqd requires it");
  }
}

/** As {@link resolveConnectionOptions}, for a consumer. @throws ValueError */
export function resolveConsumerOptions(
  options: ConsumerOptions,
  hostnameOf: HostnameSource = runtime.hostname,
): ResolvedConsumerOptions {
  const { nsqd = [], lookupd = [], topic, channel } = options;
  if (!isValidName(topic)) throw new ValueError(`invalid topic name ${JSON.stringify(topic)}`);
  if (!isValidName(channel)) {
    throw new ValueError(`invalid channel name ${JSON.stringify(channel)}`);
  }
  checkAddresses(nsqd, lookupd);
  checkConnectionOptions(options, "consumer");
  const connection = resolveConnectionOptions(options, hostnameOf);
  return {
    backoffStrategy: "exponential",
    lookupdAuthorization: true,
    joinOnly: false,
    ...connection,
    nsqd: [...new Set(nsqd)],
    lookupd: [...new Set(lookupd)],
  } as ResolvedConsumerOptions;
}

/** @throws ValueError unless there are addresses of one kind, all of them well formed */
export function checkAddresses(nsqd: readonly string[], lookupd: readonly string[]): void {
  if (nsqd.length === 0 && lookupd.length === 0) {
    throw new ValueError("no address of an nsqd or a lookupd");
  }
  if (nsqd.length > 0 && lookupd.length > 0) {
    throw new ValueError("addresses of nsqds and of lookupds exclude each other");
  }
  for (const address of nsqd) {
    if (!parseHostPort(address)?.port) {
      throw new ValueError(`invalid nsqd address ${JSON.stringify(address)} (host:port)`);
    }
  }
}

function defaultsOf(): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const { key, preset } of FIELDS) if (preset !== undefined) defaults[key] = preset;
  return defaults;
}

function checkRanges(options: object): void {
  const values = options as Record<string, unknown>;
  for (const field of FIELDS) {
    const value = values[field.key];
    if (typeof value === "number") checkRange(field, value);
  }
}

function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
