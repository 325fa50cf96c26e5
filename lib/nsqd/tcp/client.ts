import type { Broker } from "../../broker/broker.ts";
import type { Channel } from "../../broker/channel.ts";
import type { Consumer, ConsumerSink } from "../../broker/consumer.ts";
import type { ClientStats } from "../../broker/stats.ts";
import type { Topic } from "../../broker/topic.ts";
import type { Logger } from "../../log/logger.ts";
import type { OutputBuffer } from "../../wire/output_buffer.ts";
import type { NsqdOptions } from "../options.ts";
import type { ClientSettings } from "./settings.ts";

/** Where a connection is in its life. The numbers are nsqd's, as shown in /stats. */
export const ClientState = { Init: 0, Subscribed: 3, Closing: 4 } as const;
export type ClientState = typeof ClientState[keyof typeof ClientState];

/** A topic that a connection publishes to, and how much it has. */
export interface PublishedTopic {
  topic: Topic;
  /** The topic's name as it stood in the command line. */
  nameBytes: Uint8Array;
  count: number;
}

/** What all connections share. */
export interface ClientContext {
  readonly options: NsqdOptions;
  readonly broker: Broker;
  readonly logger: Logger;
}

/** One connection as the commands see it. */
export interface Client {
  readonly context: ClientContext;
  readonly output: OutputBuffer;
  readonly settings: ClientSettings;
  /** Where its messages go to. */
  readonly sink: ConsumerSink;
  /** How it is called in the log: its address. */
  readonly name: string;
  state: ClientState;
  consumer: Consumer | null;
  channel: Channel | null;
  readonly published: Map<string, PublishedTopic>;
}

/** The statistics of a connection. @param topicName the topic whose publish count is shown; empty for any */
export function clientStats(
  client: Client,
  connectedUnixMs: number,
  topicName: string,
): ClientStats {
  const { settings, consumer } = client;
  const published = [...client.published].find(([name]) => topicName === "" || name === topicName);
  return {
    client_id: settings.clientId,
    hostname: settings.hostname,
    version: "V2",
    remote_address: client.name,
    state: client.state,
    ready_count: consumer?.ready ?? 0,
    in_flight_count: consumer?.inFlight.count ?? 0,
    message_count: consumer?.messageCount ?? 0,
    finish_count: consumer?.finishCount ?? 0,
    requeue_count: consumer?.requeueCount ?? 0,
    connect_ts: Math.floor(connectedUnixMs / 1000),
    sample_rate: settings.sampleRate,
    deflate: false,
    snappy: false,
    user_agent: settings.userAgent,
    topology_zone: settings.topologyZone,
    topology_region: settings.topologyRegion,
    ...(published && { pub_counts: [{ topic: published[0], count: published[1].count }] }),
    tls: false,
    tls_cipher_suite: "",
    tls_version: "",
    tls_negotiated_protocol: "",
    tls_negotiated_protocol_is_mutual: false,
  };
}
