/**
 * The shape of the broker's statistics, as `/stats?format=json` shows them.
 *
 * Field names and their order are the JSON's names and order, so an object that is filled in this
 * order needs no translation. Optional fields are left out of the JSON when they are zero, empty
 * or false: whoever fills them leaves them out too.
 */

import { type LatencySettings, LatencyWindow } from "../metrics/latency_window.ts";
import type { Clock } from "./clock.ts";

/** One computed percentile of the time from publishing to finishing a message. */
export interface LatencyPercentile {
  /** In (0, 1], e.g. 0.99. */
  quantile: number;
  /** Nanoseconds. */
  value: number;
}

/** End-to-end processing latency of a channel, or of all channels of a topic together. */
export interface LatencySummary {
  count: number;
  /** Null when no percentiles were asked for. */
  percentiles: LatencyPercentile[] | null;
}

/** What is shown while end-to-end latency is not measured. */
export const NO_LATENCY: LatencySummary = Object.freeze({ count: 0, percentiles: null });

/** The latency of `channels` together; without any, as without measuring, there are no percentiles. */
export function latencySummary(
  channels: readonly { readonly latency: LatencyWindow | null }[],
  { latency, clock }: { latency: LatencySettings | undefined; clock: Clock },
): LatencySummary {
  const windows = channels.map((channel) => channel.latency).filter((window) => window !== null);
  if (latency === undefined || windows.length === 0) return NO_LATENCY;
  return LatencyWindow.figures(windows, latency, clock.update());
}

/** How many messages a connection has published to one topic. */
export interface PublishCount {
  topic: string;
  count: number;
}

/** One connection, a consumer or a producer. */
export interface ClientStats {
  client_id: string;
  hostname: string;
  /** Protocol version, always "V2". */
  version: string;
  /** "host:port", an IPv6 host in brackets. */
  remote_address: string;
  /** 0 init, 1 disconnected, 2 connected, 3 subscribed, 4 closing. */
  state: number;
  ready_count: number;
  in_flight_count: number;
  message_count: number;
  zone_local_msg_count?: number;
  region_local_msg_count?: number;
  global_msg_count?: number;
  finish_count: number;
  requeue_count: number;
  /** Unix time, seconds. */
  connect_ts: number;
  /** Percent of messages wanted, 0 for all. */
  sample_rate: number;
  deflate: boolean;
  snappy: boolean;
  user_agent: string;
  authed?: boolean;
  auth_identity?: string;
  auth_identity_url?: string;
  topology_zone: string;
  topology_region: string;
  pub_counts?: PublishCount[];
  tls: boolean;
  tls_cipher_suite: string;
  tls_version: string;
  tls_negotiated_protocol: string;
  tls_negotiated_protocol_is_mutual: boolean;
}

/** One channel of a topic. */
export interface ChannelStats {
  channel_name: string;
  /** Messages waiting, in memory and on disk. */
  depth: number;
  /** Messages waiting on disk. */
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  message_count: number;
  zone_local_msg_count?: number;
  region_local_msg_count?: number;
  global_msg_count?: number;
  requeue_count: number;
  timeout_count: number;
  client_count: number;
  /** Null when clients were not asked for, [] when there are none. */
  clients: ClientStats[] | null;
  paused: boolean;
  e2e_processing_latency: LatencySummary;
}

/** One topic, its channels sorted by name. */
export interface TopicStats {
  topic_name: string;
  channels: ChannelStats[];
  /** Messages that no channel has yet, in memory and on disk. */
  depth: number;
  /** Messages that no channel has yet, on disk. */
  backend_depth: number;
  message_count: number;
  /** Sum of the body sizes published. */
  message_bytes: number;
  paused: boolean;
  e2e_processing_latency: LatencySummary;
}
