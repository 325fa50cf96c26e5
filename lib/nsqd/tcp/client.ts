import type { Broker } from "../../broker/broker.ts";
import type { ConsumerSink } from "../../broker/consumer_sink.ts";
import type { ClientStats } from "../../broker/stats.ts";
import type { Subscription } from "../../broker/subscription.ts";
import type { Topic } from "../../broker/topic.ts";
import type { Logger } from "../../log/logger.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import type { StreamUpgrades } from "../../wire/streams/upgrades.ts";
import type { ErrorCode } from "../../wire/errors.ts";
import type { OutputBuffer } from "../../wire/output_buffer.ts";
import type { Authorizer, ClientAuth } from "../auth/authorizer.ts";
import type { NsqdOptions } from "../options.ts";
import type { ClientSettings } from "./settings.ts";
import type { TlsFacts, TlsStream } from "../../tls/stream.ts";

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
  /** How a connection goes on over TLS or compressed. */
  readonly streams: StreamUpgrades<TlsStream>;
  /** Null if clients need no authorization. */
  readonly authorizer: Authorizer | null;
}

/** What a connection was upgraded to since it began. */
export interface Upgrades {
  tls: TlsFacts | null;
  compression: "none" | "snappy" | "deflate";
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
  /** What it reads; null before SUB. */
  subscription: Subscription | null;
  readonly published: Map<string, PublishedTopic>;
  /** What it may do; null if that is everything. */
  readonly auth: ClientAuth | null;
  readonly upgrades: Upgrades;
  /** Nothing but IDENTIFY is carried out before the connection has TLS. */
  tlsRequired: boolean;
  /**
   * Answers OK to what was done since the barrier's begin. It does not leave before that is as safe as it has to be.
   * @param onFailure the error that leaves in its place if it cannot be made so
   */
  acknowledge(onFailure: ErrorCode): void;
  /**
   * Replaces the connection's stream, once everything has been sent over the one before, and sends OK over the new one.
   * @param make given the stream so far, and what was received over it already
   * @throws FatalClientError if `make` fails; the connection is closed then
   */
  upgrade<S extends ByteStream>(
    make: (stream: ByteStream, received: Uint8Array) => S | Promise<S>,
  ): Promise<S>;
}

/** The part of the statistics that a connection without a subscription has nothing to say to. */
const NOT_SUBSCRIBED: ReturnType<Subscription["stats"]> = {
  ready_count: 0,
  in_flight_count: 0,
  message_count: 0,
  finish_count: 0,
  requeue_count: 0,
};

/** The statistics of a connection. @param topicName the topic whose publish count is shown; empty for any */
export function clientStats(
  client: Client,
  connectedUnixMs: number,
  topicName: string,
): ClientStats {
  const { settings, subscription, upgrades, auth } = client;
  const published = [...client.published].find(([name]) => topicName === "" || name === topicName);
  return {
    client_id: settings.clientId,
    hostname: settings.hostname,
    version: "V2",
    remote_address: client.name,
    state: client.state,
    ...(subscription?.stats() ?? NOT_SUBSCRIBED),
    connect_ts: Math.floor(connectedUnixMs / 1000),
    sample_rate: settings.sampleRate,
    deflate: upgrades.compression === "deflate",
    snappy: upgrades.compression === "snappy",
    user_agent: settings.userAgent,
    ...(auth !== null && auth.permissionCount > 0 && { authed: true }),
    ...(auth !== null && auth.identity !== "" && { auth_identity: auth.identity }),
    ...(auth !== null && auth.identityUrl !== "" && { auth_identity_url: auth.identityUrl }),
    topology_zone: settings.topologyZone,
    topology_region: settings.topologyRegion,
    ...(published && { pub_counts: [{ topic: published[0], count: published[1].count }] }),
    tls: upgrades.tls !== null,
    tls_cipher_suite: upgrades.tls?.cipherSuite ?? "",
    tls_version: upgrades.tls?.version ?? "",
    tls_negotiated_protocol: "",
    tls_negotiated_protocol_is_mutual: false,
  };
}
