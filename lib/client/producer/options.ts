/** What a producer can be told, and what it takes where it is told nothing. */

import { ValueError } from "../../value_error.ts";
import type { Logger } from "../../log/logger.ts";
import {
  checkAddresses,
  type ConnectionOptions,
  resolveConnectionOptions,
  type ResolvedConnectionOptions,
} from "../options/options.ts";

const DEFAULT_MAX_ATTEMPTS = 5;
const DEFAULT_PUBLISH_TIMEOUT_MS = 30_000;
/** Below nsqd's `--max-body-size` (5 MiB), and enough for a write to be worth its cost. */
const DEFAULT_MAX_BATCH_BYTES = 1024 * 1024;
const DEFAULT_MAX_PENDING = 10_000;

/** How messages are published. */
export interface ProducerOptions extends ConnectionOptions {
  /** TCP addresses of nsqds, `host:port`. Each message goes to one of them. */
  nsqd?: string[];
  /** HTTP addresses of lookupds, `host:port` or URLs: all nsqds that they know. Either these or `nsqd`. */
  lookupd?: string[];
  /** How often a message is tried before its publish is rejected; 1 for never again, 0 for no limit but the time. Default 5. */
  maxAttempts?: number;
  /** In which a publish is acknowledged or rejected. Default 30 s. */
  publishTimeoutMs?: number;
  /** Publishes that come together go out together, up to this size. Default 1 MiB. */
  maxBatchBytes?: number;
  /** Messages that may wait for their answers at a time; publishes beyond wait for room. Default 10,000. */
  maxPending?: number;
  /** Default 60 s. */
  lookupdPollIntervalMs?: number;
  /** Part of the interval by which each poll is delayed at random. Default 0.3. */
  lookupdPollJitter?: number;
  /** Default 1 minute. */
  lookupdPollTimeoutMs?: number;
  /** Whether `authSecret` is sent to lookupds as a bearer token. Default true. */
  lookupdAuthorization?: boolean;
  /** Default: warnings and errors, to stderr. */
  logger?: Logger;
}

/** Options with all their defaults. */
export interface ResolvedProducerOptions {
  readonly connection: ResolvedConnectionOptions;
  readonly nsqd: readonly string[];
  readonly lookupd: readonly string[];
  /** Infinity for no limit. */
  readonly maxAttempts: number;
  readonly publishTimeoutMs: number;
  readonly maxBatchBytes: number;
  readonly maxPending: number;
  readonly lookupdPollIntervalMs: number;
  readonly lookupdPollJitter: number;
  readonly lookupdPollTimeoutMs: number;
  readonly lookupdAuthorization: boolean;
}

/**
 * Fills in the defaults.
 * @throws ValueError naming the option that is out of range, or those that exclude each other
 */
export function resolveProducerOptions(options: ProducerOptions): ResolvedProducerOptions {
  const { nsqd = [], lookupd = [], maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  checkAddresses(nsqd, lookupd);
  const connection = resolveConnectionOptions(options);
  return {
    connection,
    nsqd: [...new Set(nsqd)],
    lookupd: [...new Set(lookupd)],
    maxAttempts: maxAttempts === 0 ? Infinity : atLeastOne("maxAttempts", maxAttempts),
    publishTimeoutMs: atLeastOne(
      "publishTimeoutMs",
      options.publishTimeoutMs ?? DEFAULT_PUBLISH_TIMEOUT_MS,
    ),
    maxBatchBytes: atLeastOne("maxBatchBytes", options.maxBatchBytes ?? DEFAULT_MAX_BATCH_BYTES),
    maxPending: atLeastOne("maxPending", options.maxPending ?? DEFAULT_MAX_PENDING),
    lookupdPollIntervalMs: connection.lookupdPollIntervalMs,
    lookupdPollJitter: connection.lookupdPollJitter,
    lookupdPollTimeoutMs: connection.lookupdPollTimeoutMs,
    lookupdAuthorization: options.lookupdAuthorization ?? true,
  };
}

function atLeastOne(name: string, value: number): number {
  if (value >= 1) return value;
  throw new ValueError(`${name} must be at least 1, not ${value}`);
}
