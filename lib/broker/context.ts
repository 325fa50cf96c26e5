import type { DiskQueue } from "../diskqueue/disk_queue.ts";
import type { Logger } from "../log/logger.ts";
import type { LatencySettings } from "../metrics/latency_window.ts";
import type { ChannelRules, TopicRules } from "../policies/rules.ts";
import type { Barrier } from "../storage/barrier.ts";
import type { BacklogContext } from "./backlog.ts";
import type { Clock } from "./clock.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TopicJournal } from "./durable/topic_journal.ts";
import type { Turn } from "./turn.ts";

/** Where topics and channels have their rules from. */
export interface RulesSource {
  topicRules(topic: string): TopicRules;
  channelRules(topic: string, channel: string): ChannelRules;
}

/** A topic that dead messages are published to. */
export interface DeadLetterTopic {
  /** Publishes the body `src[start, end)`, which is copied. @throws Error why it cannot take it */
  publish(src: Uint8Array, start: number, end: number): void;
}

/** What all topics and channels of one broker share. */
export interface BrokerContext extends BacklogContext {
  clock: Clock;
  scheduler: Scheduler;
  turn: Turn;
  barrier: Barrier;
  logger: Logger;
  /** A number in [0, 1), for sampling. */
  random(): number;
  readonly rules: RulesSource;
  /** `--max-msg-timeout` in ms: how long TOUCH can keep a message in flight. */
  maxMsgTimeoutMs: number;
  /** `--max-channel-consumers`; 0 for any number. */
  maxChannelConsumers: number;
  /** What processing latency is measured for; undefined for no measuring. */
  latency: LatencySettings | undefined;
  /** Whether near consumers are served first. */
  topologyAware: boolean;
  /** Opens the disk queue `name`. */
  openDisk(name: string): DiskQueue;
  /** Opens the journal of a topic; null if it is not durable. @throws what reading it throws */
  openJournal(topic: string): TopicJournal | null;
  /** Whether dead messages of a channel were found at the start. */
  hasDead(topic: string, channel: string): boolean;
  /** Opens the journal of a channel's dead messages. @throws what reading it throws */
  openDead(topic: string, channel: string): TopicJournal;
  /** Such a journal was deleted. */
  forgetJournal(journal: TopicJournal): void;
  /** The topic of this name, made if there is none. @throws Error "exiting" */
  deadLetterTopic(name: string): DeadLetterTopic;
  /** The disk queue `name` was deleted. */
  forgetDisk(name: string): void;
  /** A topic, or with `channel` one of its channels, came or went. @param durable whether it belongs in the metadata file */
  onChange(durable: boolean, topic: string, channel: string): void;
}
