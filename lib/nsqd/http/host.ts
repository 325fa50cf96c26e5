import type { ChannelMessages } from "../../broker/channel_messages.ts";
import type { DeadMessages } from "../../broker/dead/kick.ts";
import type { Peeked, PeekedTopicState, PeekRequest } from "../../broker/peek/collector.ts";
import type { ClientStats, TopicStats } from "../../broker/stats.ts";
import type { JournalFigures } from "../../broker/durable/journals.ts";
import type { RulesEffect } from "../../broker/rules_effect.ts";
import type { ProcessFigures } from "../../metrics/process_figures.ts";
import type { IoThreadFigures } from "../../io_threads/io_thread.ts";
import type { Glob } from "../../policies/glob.ts";
import type { PolicySet } from "../../policies/policy_set.ts";
import type { PolicyStore } from "../../policies/policy_store.ts";
import type { Barrier } from "../../storage/barrier.ts";
import type { Logger } from "../../log/logger.ts";
import type { Guard } from "../../http/api.ts";
import type { HttpAccess } from "../auth/http_access.ts";
import type { HttpConsumers } from "../consumers/http_consumers.ts";
import type { DiskSpace } from "./disk_space.ts";
import type { DrainEnd, DrainState } from "../drain.ts";
import type { NsqdOptions } from "../options.ts";

/** What the HTTP API asks of the nsqd that it belongs to. */
export interface NsqdHost {
  readonly options: NsqdOptions;
  readonly logger: Logger;
  readonly startTime: Date;
  readonly process: Pick<ProcessFigures, "families">;
  readonly broker: HttpBroker;
  readonly policies: PolicyStore;
  /** Room on the disk of the data path; null where it is not known. */
  readonly disk: { now(): Promise<DiskSpace | null> };
  readonly drain: HttpDrain;
  readonly access: HttpAccess;
  /** Who may call what, by `--http-auth-file`; null: everybody everything. */
  readonly guard: Guard | null;
  readonly consumers: HttpConsumers;
  /** Ports really listened on, -1 for a Unix socket. */
  tcpPort(): number;
  httpPort(): number;
  /** Open connections of the V2 protocol. */
  connectionCount(): number;
  /** One for each I/O thread. */
  ioThreads(): readonly IoThreadFigures[];
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

/** The part of a {@link Drain} that the HTTP API uses. */
export interface HttpDrain {
  /** @param deadlineMs from now; Infinity for none */
  begin(deadlineMs: number): void;
  cancel(): void;
  /** Resolves when the drain ends. */
  over(): Promise<DrainEnd>;
  /** Null unless the broker drains. */
  state(): DrainState | null;
}

/** An option that can be changed while running, with its new value. */
export type ConfigChange =
  | [name: "log_level", value: NsqdOptions["logLevel"]]
  | [name: "nsqlookupd_tcp_addresses", value: string[]];

/** The part of the broker that the HTTP API uses. */
export interface HttpBroker {
  readonly barrier: Barrier;
  /** Figures of the commits of durable topics; null where there are none. */
  readonly journalFigures: JournalFigures | null;
  /** Whether clients can publish nothing, so that what is there gets less. */
  readonly draining: boolean;
  /** Whether clients may subscribe to a channel of that name, or make it. */
  takesConsumers(topic: string, channel: string): boolean;
  /** Creates the topic unless it exists. */
  topic(name: string): HttpTopic;
  existingTopic(name: string): HttpTopic | undefined;
  /** False when there is none of that name. */
  deleteTopic(name: string): boolean;
  /** What would become of what is there with other policies, of the topics and channels that match. */
  effectOfRules(policies: PolicySet, topic: Glob, channel: Glob): Promise<RulesEffect>;
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
  /** Resolves when it has the channels that lookupds know; null when none was asked. */
  readonly prepared: Promise<void> | null;
  publish(source: Uint8Array, start: number, end: number): void;
  /** `spans` holds a start and an end in `source` for each of `count` bodies; all or none. */
  publishBatch(source: Uint8Array, spans: Int32Array, count: number): void;
  publishDeferred(source: Uint8Array, start: number, end: number, delayMs: number): void;
  /** As the two above, with a key; false when one with that key is there already, so that it was not queued. */
  publishKeyed(
    key: string,
    source: Uint8Array,
    start: number,
    end: number,
    delayMs: number,
  ): boolean;
  /** Drops what was published with a delay and this key, and is not due. How many, and from how many channels; null if there was nothing. */
  cancel(key: string): { count: number; channels: number } | null;
  /** Null unless the topic is durable. */
  readonly journal: HttpTopicJournal | null;
  /** Whether it was deleted, or the broker stops. */
  readonly closed: boolean;
  /** Creates the channel unless it exists. @param floor index of the first message that a new one is to get, if the topic is durable */
  channel(name: string, floor?: number): HttpChannel;
  existingChannel(name: string): HttpChannel | undefined;
  /** False when there is none of that name. */
  deleteChannel(name: string): boolean;
  /** Looks at what waits at the topic itself, and changes nothing. */
  peek(state: PeekedTopicState, request: PeekRequest): Promise<Peeked>;
  empty(): void;
  pause(): void;
  unpause(): void;
}

/** The part of a durable topic's journal that the HTTP API uses. */
export interface HttpTopicJournal {
  /** The oldest message that is kept; the next one if none is. */
  readonly firstIndex: number;
  /** Index of the next message. */
  readonly endIndex: number;
  /** Index of the first message that is kept and was published at or after `unixMs`. */
  indexAt(unixMs: number): number;
}

/** What is seen and done to the messages of a channel from outside. */
export type HttpChannelMessages = Pick<
  ChannelMessages,
  "peek" | "count" | "kickDeferred" | "kickDeferredOne" | "delete"
>;

/** The part of a channel that the HTTP API uses. */
export interface HttpChannel {
  readonly ephemeral: boolean;
  readonly messages: HttpChannelMessages;
  readonly dead: Pick<DeadMessages, "count" | "kick" | "kickOne" | "empty">;
  /** Begins anew with the message `index` of a durable topic. */
  moveTo(index: number): void;
  empty(): void;
  pause(): void;
  unpause(): void;
}
