/** What the two sides of a connection tell each other by IDENTIFY. */

import type { ResolvedConnectionOptions } from "../options/options.ts";

/** nsqd's own default, for one that does not say. */
const DEFAULT_MAX_RDY_COUNT = 2500;

/** What an nsqd answers to IDENTIFY. */
export interface ServerInfo {
  /** "" if it does not say. */
  readonly version: string;
  readonly maxRdyCount: number;
  readonly msgTimeoutMs: number;
  readonly maxMsgTimeoutMs: number;
  readonly isAuthRequired: boolean;
  /** Whether it knows `join_only`, and keeps to it. */
  readonly joinsOnly: boolean;
}

/** The body of IDENTIFY. */
export function identifyFields(
  options: ResolvedConnectionOptions & { joinOnly?: boolean },
): Record<string, unknown> {
  return {
    client_id: options.clientId,
    hostname: options.hostname,
    user_agent: options.userAgent,
    short_id: options.clientId, // for nsqds before 0.2.28
    long_id: options.hostname,
    feature_negotiation: true,
    tls_v1: options.tls !== null,
    snappy: options.snappy,
    deflate: options.deflate,
    ...(options.deflate && { deflate_level: options.deflateLevel }),
    heartbeat_interval: Math.trunc(options.heartbeatIntervalMs),
    sample_rate: options.sampleRate,
    output_buffer_size: options.outputBufferSizeBytes,
    output_buffer_timeout: Math.trunc(options.outputBufferTimeoutMs),
    msg_timeout: Math.trunc(options.msgTimeoutMs),
    ...options.joinOnly === true && { join_only: true },
  };
}

/** What the answer to IDENTIFY says, with what the protocol means where it says nothing. */
export function infoOf(answer: Record<string, unknown>): ServerInfo {
  return {
    version: typeof answer["version"] === "string" ? answer["version"] : "",
    maxRdyCount: numberOf(answer["max_rdy_count"]) || DEFAULT_MAX_RDY_COUNT,
    msgTimeoutMs: numberOf(answer["msg_timeout"]),
    maxMsgTimeoutMs: numberOf(answer["max_msg_timeout"]),
    isAuthRequired: answer["auth_required"] === true,
    joinsOnly: answer["join_only"] === true,
  };
}

/** A field of the answer that is to be a number; 0 for all else. */
export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
