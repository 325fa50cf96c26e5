/**
 * Figures of topics, channels and clients. Fields and their order are those of nsqadmin's API, so
 * that an answer is one of these objects and nothing has to be renamed on the way.
 */

import { type Json, listOf, numberOf, objectOf, textOf } from "./fields.ts";
import { type Latency, latencyFrom } from "./latency.ts";

/** Messages by how near their consumer was; left out when 0. */
export interface LocalityCounts {
  zone_local_msg_count?: number;
  region_local_msg_count?: number;
  global_msg_count?: number;
}

/** A topic on one node, or (`node` is `*`) on all of them. */
export interface TopicStats extends LocalityCounts {
  /** Name of the node, see `nodeName`. */
  node: string;
  hostname: string;
  topic_name: string;
  depth: number;
  memory_depth: number;
  backend_depth: number;
  message_count: number;
  delivery_msg_count: number;
  /** What was put together; null for one node's own figures. */
  nodes: TopicStats[] | null;
  channels: ChannelStats[] | null;
  paused: boolean;
  e2e_processing_latency: Latency;
  /** Of a durable topic only, as what follows. */
  durable?: boolean;
  /** Bytes of its journal on the disk. */
  journal_bytes?: number;
  /** RFC 3339: all messages published since then are kept. */
  retained_from?: string;
}

/** A channel on one node, or (`node` is `*`) on all of them. */
export interface ChannelStats extends LocalityCounts {
  node: string;
  hostname: string;
  topic_name: string;
  channel_name: string;
  depth: number;
  memory_depth: number;
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  requeue_count: number;
  timeout_count: number;
  message_count: number;
  /** Left out when 0. */
  delivery_msg_count?: number;
  client_count: number;
  /** How long the oldest waiting message has waited; left out by brokers that do not say. */
  oldest_age_ms?: number;
  /** Messages that are kept aside as dead; left out by brokers without policies, as what follows. */
  dead_count?: number;
  expired_count?: number;
  rejected_count?: number;
  dropped_count?: number;
  /** Messages that a seek has passed over. */
  skipped_count?: number;
  nodes: ChannelStats[] | null;
  /** Null when they were not asked for. */
  clients: ClientStats[] | null;
  paused: boolean;
  e2e_processing_latency: Latency;
}

/** A consumer's connection. */
export interface ClientStats {
  node: string;
  remote_address: string;
  version: string;
  client_id: string;
  hostname: string;
  user_agent: string;
  /** Seconds since 1970. */
  connect_ts: number;
  /** For how long, in ns. */
  connected: number;
  in_flight_count: number;
  ready_count: number;
  finish_count: number;
  requeue_count: number;
  message_count: number;
  sample_rate: number;
  deflate: boolean;
  snappy: boolean;
  authed: boolean;
  auth_identity: string;
  auth_identity_url: string;
  node_topology_region?: string;
  node_topology_zone?: string;
  topology_region?: string;
  topology_zone?: string;
  tls: boolean;
  tls_cipher_suite: string;
  tls_version: string;
  tls_negotiated_protocol: string;
  tls_negotiated_protocol_is_mutual: boolean;
}

/** Whose answer is read, and when. */
export interface StatsOrigin {
  /** Name of the node. */
  readonly node: string;
  readonly hostname: string;
  readonly topologyZone: string;
  readonly topologyRegion: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const NS_PER_SECOND = 1e9;

/** Reads the topics of an nsqd's `/stats?format=json`. */
export function topicStatsFrom(answer: unknown, origin: StatsOrigin): TopicStats[] {
  return listOf(objectOf(answer).topics).map((each) => topicFrom(objectOf(each), origin));
}

function topicFrom(topic: Json, origin: StatsOrigin): TopicStats {
  const name = textOf(topic.topic_name);
  const channels = listOf(topic.channels);
  return {
    node: origin.node,
    hostname: origin.hostname,
    topic_name: name,
    ...depthsFrom(topic),
    message_count: numberOf(topic.message_count),
    delivery_msg_count: deliveryCount(topic),
    ...localityCounts(topic),
    nodes: null,
    channels: Array.isArray(topic.channels)
      ? channels.map((each) => channelFrom(objectOf(each), name, origin))
      : null,
    paused: topic.paused === true,
    e2e_processing_latency: latencyFrom(topic.e2e_processing_latency),
    ...topic.durable === true && {
      durable: true,
      journal_bytes: numberOf(topic.journal_bytes),
      retained_from: textOf(topic.retained_from),
    },
  };
}

function channelFrom(channel: Json, topicName: string, origin: StatsOrigin): ChannelStats {
  const { clients } = channel;
  const deliveries = deliveryCount(channel);
  return {
    node: origin.node,
    hostname: origin.hostname,
    topic_name: topicName,
    channel_name: textOf(channel.channel_name),
    ...depthsFrom(channel),
    in_flight_count: numberOf(channel.in_flight_count),
    deferred_count: numberOf(channel.deferred_count),
    requeue_count: numberOf(channel.requeue_count),
    timeout_count: numberOf(channel.timeout_count),
    message_count: numberOf(channel.message_count),
    ...deliveries !== 0 && { delivery_msg_count: deliveries },
    ...localityCounts(channel),
    client_count: numberOf(channel.client_count),
    ...given(channel, "oldest_age_ms"),
    ...given(channel, "dead_count"),
    ...given(channel, "expired_count"),
    ...given(channel, "rejected_count"),
    ...given(channel, "dropped_count"),
    ...given(channel, "skipped_count"),
    nodes: null,
    clients: Array.isArray(clients)
      ? clients.map((each) => clientFrom(objectOf(each), origin))
      : null,
    paused: channel.paused === true,
    e2e_processing_latency: latencyFrom(channel.e2e_processing_latency),
  };
}

function clientFrom(client: Json, origin: StatsOrigin): ClientStats {
  const connectTs = numberOf(client.connect_ts);
  return {
    node: origin.node,
    remote_address: textOf(client.remote_address),
    version: textOf(client.version),
    client_id: textOf(client.client_id),
    hostname: textOf(client.hostname),
    user_agent: textOf(client.user_agent),
    connect_ts: connectTs,
    connected: (Math.floor(origin.nowMs / 1000) - connectTs) * NS_PER_SECOND,
    in_flight_count: numberOf(client.in_flight_count),
    ready_count: numberOf(client.ready_count),
    finish_count: numberOf(client.finish_count),
    requeue_count: numberOf(client.requeue_count),
    message_count: numberOf(client.message_count),
    sample_rate: numberOf(client.sample_rate),
    deflate: client.deflate === true,
    snappy: client.snappy === true,
    authed: client.authed === true,
    auth_identity: textOf(client.auth_identity),
    auth_identity_url: textOf(client.auth_identity_url),
    ...topology("node_topology_region", origin.topologyRegion),
    ...topology("node_topology_zone", origin.topologyZone),
    ...topology("topology_region", textOf(client.topology_region)),
    ...topology("topology_zone", textOf(client.topology_zone)),
    tls: client.tls === true,
    tls_cipher_suite: textOf(client.tls_cipher_suite),
    tls_version: textOf(client.tls_version),
    tls_negotiated_protocol: textOf(client.tls_negotiated_protocol),
    tls_negotiated_protocol_is_mutual: client.tls_negotiated_protocol_is_mutual === true,
  };
}

/** A figure that not all brokers have. */
function given(channel: Json, name: keyof ChannelStats): Partial<ChannelStats> {
  return typeof channel[name] === "number" ? { [name]: channel[name] } : {};
}

type TopologyField = Extract<keyof ClientStats, `${string}topology${string}`>;

function topology(field: TopologyField, value: string): Partial<ClientStats> {
  return value === "" ? {} : { [field]: value };
}

function depthsFrom(fields: Json) {
  const depth = numberOf(fields.depth), backendDepth = numberOf(fields.backend_depth);
  return { depth, memory_depth: depth - backendDepth, backend_depth: backendDepth };
}

const LOCALITY_FIELDS = [
  "zone_local_msg_count",
  "region_local_msg_count",
  "global_msg_count",
] as const;

function deliveryCount(fields: Json): number {
  return LOCALITY_FIELDS.reduce((sum, field) => sum + numberOf(fields[field]), 0);
}

function localityCounts(fields: Json): LocalityCounts {
  const counts: LocalityCounts = {};
  for (const field of LOCALITY_FIELDS) {
    const count = numberOf(fields[field]);
    if (count !== 0) counts[field] = count;
  }
  return counts;
}

/** What of a node's answer does not belong to a topic. */
export interface NodeHealth {
  readonly node: string;
  readonly version: string;
  /** "OK", or why not. */
  readonly health: string;
  /** Seconds since 1970. */
  readonly start_time: number;
  /** Heap and buffers in use; 0 where it does not say. */
  readonly memoryBytes?: number;
  /** Of the disk with the data path; left out by brokers that do not say. */
  readonly disk?: { readonly freeBytes: number; readonly sizeBytes: number };
  /** Whether it refuses publishers until all it has is consumed; only our brokers say so. */
  readonly isDraining?: boolean;
}

export function nodeHealthFrom(answer: unknown, node: string): NodeHealth {
  const { version, health, start_time, memory, disk, draining } = objectOf(answer);
  const { free_bytes, size_bytes } = objectOf(disk);
  return {
    memoryBytes: numberOf(objectOf(memory).heap_in_use_bytes),
    ...numberOf(size_bytes) > 0 &&
      { disk: { freeBytes: numberOf(free_bytes), sizeBytes: numberOf(size_bytes) } },
    node,
    version: textOf(version),
    health: textOf(health),
    start_time: numberOf(start_time),
    ...draining === true && { isDraining: true },
  };
}
