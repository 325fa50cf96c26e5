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
interface LatencyPercentile {
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
interface PublishCount {
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
  /** While another consumer of the channel gets all messages, as a policy allows one only. */
  standby?: true;
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
  /** Messages that consumers have finished. */
  finish_count: number;
  /** Messages that were given up, and are kept aside. */
  dead_count: number;
  /** Messages that were too old to be delivered. */
  expired_count: number;
  /** Messages refused at publishing, as too many waited. */
  rejected_count: number;
  /** Messages that are gone without having been finished: too many, dead and not kept, sampled, emptied. */
  dropped_count: number;
  /** Messages that a seek has passed over, and that do not come again. */
  skipped_count: number;
  /** Age of the oldest message that waits, since it was published; 0 when none does. */
  oldest_age_ms: number;
  /** Deliveries a second that a policy allows. */
  rate_limit?: number;
  /** With a limit: whether messages wait for it now. */
  rate_limited?: boolean;
  /** Where a policy deletes channels without consumers, and there are none: how long this one has left, ms. */
  expires_in_ms?: number;
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
  /** Of a durable topic only, as what follows. */
  durable?: true;
  /** Bytes of the topic's journal on disk. */
  journal_bytes?: number;
  /** RFC 3339: all messages published since then are kept, and a channel may begin with any. */
  retained_from?: string;
  /** Keys that are remembered. Of a topic that messages with keys were published to only, as what follows. */
  key_count?: number;
  /** Keys that were forgotten too early, as there were too many. */
  key_evicted_count?: number;
  /** Publishes that were answered and not queued: their key was known. */
  duplicate_count?: number;
}
