import type { ClientStats, TopicStats } from "../../broker/stats.ts";
import type { Logger } from "../../log/logger.ts";
import type { NsqdOptions } from "../options.ts";

/** What the HTTP API asks of the nsqd that it belongs to. */
export interface NsqdHost {
  readonly options: NsqdOptions;
  readonly logger: Logger;
  readonly startTime: Date;
  readonly broker: HttpBroker;
  /** Ports really listened on, -1 for a Unix socket. */
  tcpPort(): number;
  httpPort(): number;
  /** Open connections of the V2 protocol. */
  connectionCount(): number;
  /** "OK" when clients can be served, or why they cannot. */
  readiness(): string;
  /** Resolves when topics, channels and their pauses are on disk. */
  persistMetadata(): Promise<void>;
  /** The connections that have published; with a topic, only what they published to it counts. */
  producers(topic: string): ClientStats[];
  /**
   * Changes an option of the running process.
   *
   * @throws HttpError when the value cannot be had
   */
  configure(...change: ConfigChange): void;
}

/** An option that can be changed while running, with its new value. */
export type ConfigChange =
  | [name: "log_level", value: NsqdOptions["logLevel"]]
  | [name: "nsqlookupd_tcp_addresses", value: string[]];

/** The part of the broker that the HTTP API uses. */
export interface HttpBroker {
  /** Creates the topic unless it exists. */
  topic(name: string): HttpTopic;
  existingTopic(name: string): HttpTopic | undefined;
  /** False when there is none of that name. */
  deleteTopic(name: string): boolean;
  /** "OK", or "NOK - " and what is wrong. */
  health(): string;
  /**
   * Empty names select all topics and channels; null when the topic named does not exist, and
   * without the topics that lack the channel named.
   */
  stats(topic: string, channel: string, includeClients: boolean): TopicStats[] | null;
}

/** The part of a topic that the HTTP API uses. Publishing throws when nothing can be stored. */
export interface HttpTopic {
  publish(source: Uint8Array, start: number, end: number): void;
  /** `spans` holds a start and an end in `source` for each of `count` bodies; all or none. */
  publishBatch(source: Uint8Array, spans: Int32Array, count: number): void;
  publishDeferred(source: Uint8Array, start: number, end: number, delayMs: number): void;
  /** Creates the channel unless it exists. */
  channel(name: string): HttpChannel;
  existingChannel(name: string): HttpChannel | undefined;
  /** False when there is none of that name. */
  deleteChannel(name: string): boolean;
  empty(): void;
  pause(): void;
  unpause(): void;
}

/** The part of a channel that the HTTP API uses. */
export interface HttpChannel {
  empty(): void;
  pause(): void;
  unpause(): void;
}
