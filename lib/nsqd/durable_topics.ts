import type { JournalSource } from "../broker/durable/journals.ts";
import { journalToQueues, queuesToJournal } from "../broker/durable/conversion.ts";
import type { DiskQueue } from "../diskqueue/disk_queue.ts";
import { type FileIndex, indexFiles } from "../diskqueue/file_index.ts";
import { CommitGroup } from "../journal/commit_group.ts";
import { Journal, SEGMENT_BYTES } from "../journal/journal.ts";
import { indexSegments, journaledTopics } from "../journal/segments.ts";
import type { RetentionLimits } from "../journal/retention.ts";
import { SpareSegments } from "../journal/spare_segments.ts";
import type { Logger } from "../log/logger.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { syncAll } from "../storage/sync_all.ts";
import { systemTimers, type Timers } from "../storage/timers.ts";
import { isEphemeralName, isValidName } from "../wire/names.ts";
import { NO_TOPIC_RULES, type TopicRules } from "../policies/rules.ts";
import type { Glob } from "../policies/glob.ts";
import type { TopicMetadata } from "./metadata.ts";

/** Segments are made ahead when no commit has run for so long. */
const IDLE_MS = 20;

/** What durable topics need. */
export interface DurableTopicsOptions {
  dataPath: string;
  files: FileSystem;
  logger: Logger;
  nodeId: number;
  /** `--durable` */
  patterns: readonly Glob[];
  retention: RetentionLimits;
  /** What policies say, which beat the flags. Left out where there are none. */
  topicRules?(topic: string): TopicRules;
  /** The system's unless given. */
  timers?: Timers;
  /** Room on the disk of the data path; null if it is not known. */
  freeBytes?(): number | null;
  /** Opens the disk queue of this name. @param index what the data path holds */
  openDisk(name: string, index: FileIndex): DiskQueue;
}

/** Which topics of the data path are durable, and how those become so, or cease to be, that were not, or were. */
export class DurableTopics implements JournalSource {
  readonly group: CommitGroup;
  readonly spares: SpareSegments;
  readonly #options: DurableTopicsOptions;
  /** Journals whose messages are in disk queues now. */
  #superfluous: Journal[] = [];
  /** While topics are loaded: the segments that the data path has of each, and those that have to be synced. */
  #segments: Map<string, number[]> | null = null;
  #unsynced: string[] = [];
  /** Names of which the data path may have segments; null before it was read. Reading it for each topic that is made takes long where there are thousands. */
  #mayHaveSegments: Set<string> | null = null;
  /**
   * Of topics that were deleted while files of theirs were being removed in the background, who may do so late: the number of the last one. A topic of
   * the same name would lose a file that has the same number.
   */
  readonly #lastNumbers = new Map<string, number>();

  constructor(options: DurableTopicsOptions) {
    this.#options = options;
    const { files, dataPath, logger, timers = systemTimers } = options;
    const monotonicMs = () => performance.now();
    this.group = new CommitGroup({ files, dataPath, timers, monotonicMs });
    this.spares = new SpareSegments({
      ...{ dataPath, files, logger, timers, monotonicMs },
      segmentBytes: SEGMENT_BYTES,
      isIdle: () => this.group.isIdle(IDLE_MS),
      freeBytes: () => options.freeBytes?.() ?? null,
    });
  }

  isDurable(topic: string, rules = this.#rulesOf(topic)): boolean {
    if (isEphemeralName(topic)) return false;
    return rules.durable ?? this.#options.patterns.some((pattern) => pattern.matches(topic));
  }

  #rulesOf(topic: string): TopicRules {
    return this.#options.topicRules?.(topic) ?? NO_TOPIC_RULES;
  }

  /** What a topic retains, asked anew each time: a policy may change it. */
  #retentionOf(topic: string): RetentionLimits {
    const { retention } = this.#options, rulesOf = () => this.#rulesOf(topic);
    return {
      get ageMs() {
        return limitOf(rulesOf().retainAgeMs, retention.ageMs);
      },
      get bytes() {
        return limitOf(rulesOf().retainBytes, retention.bytes);
      },
    };
  }

  open(topic: string, onHealth: (error: Error | null) => void = () => {}): Journal {
    return this.#open(topic, this.#retentionOf(topic), onHealth);
  }

  hasDead(name: string): boolean {
    return this.#segments?.has(name) ?? false;
  }

  openDead(name: string, onHealth: (error: Error | null) => void): Journal {
    return this.#open(name, {}, onHealth);
  }

  #open(
    topic: string,
    retention: RetentionLimits,
    onHealth: (error: Error | null) => void,
  ): Journal {
    const { files, dataPath, logger } = this.#options;
    const unixMs = () => Date.now();
    const isLoading = this.#segments !== null;
    const isNew = this.#mayHaveSegments?.has(topic) === false;
    this.#mayHaveSegments?.add(topic);
    return new Journal({
      topic,
      dataPath,
      files,
      group: this.group,
      logger,
      unixMs,
      retention,
      onHealth,
      lastNumber: this.#lastNumbers.get(topic),
      onDeleted: (lastNumber) => this.#onDeleted(topic, lastNumber),
      spares: this.spares,
      numbers: isNew ? [] : this.#segments?.get(topic),
      ...(isLoading && { syncLater: (path: string) => this.#unsynced.push(path) }),
    });
  }

  #onDeleted(topic: string, lastNumber: number): void {
    this.#mayHaveSegments?.delete(topic);
    if (lastNumber > 0) this.#lastNumbers.set(topic, lastNumber);
  }

  /**
   * Runs `load`, which opens the journals of many topics: the data path is read once for all, and what has to be synced is so at once.
   * @throws what loading and syncing throws
   */
  async loading(load: () => void): Promise<void> {
    const { files, dataPath } = this.#options;
    this.#segments = indexSegments(files, dataPath);
    this.#mayHaveSegments = new Set(this.#segments.keys());
    try {
      load();
    } finally {
      this.#segments = null;
    }
    await this.group.hold(this.#syncAll());
  }

  async #syncAll(): Promise<void> {
    const { files, dataPath } = this.#options, unsynced = this.#unsynced.splice(0);
    if (unsynced.length === 0) return;
    await syncAll(unsynced, (path) => files.syncData(path));
    await files.syncData(dataPath);
  }

  /**
   * Before topics are made: puts messages where they belong by what is durable now.
   * @param known topics of the metadata file
   * @returns these, and all that only journals know
   * @throws what reading and writing throws; nothing is lost then
   */
  async convert(known: readonly TopicMetadata[]): Promise<TopicMetadata[]> {
    this.spares.removeLeft();
    const topics = new Map(known.map((topic) => [topic.name, topic]));
    for (const name of this.#namesOfJournals()) {
      if (this.isDurable(name)) topics.set(name, topics.get(name) ?? newTopic(name));
      else topics.set(name, this.#toQueues(name, topics.get(name) ?? newTopic(name)));
    }
    const { files, dataPath } = this.#options;
    const index = indexFiles(files, dataPath);
    for (const topic of topics.values()) {
      if (this.isDurable(topic.name)) await this.#toJournal(topic, index);
    }
    return [...topics.values()];
  }

  /** Once the metadata knows all topics: removes the journals of those that are not durable any more. @throws what removing throws */
  async removeSuperfluous(): Promise<void> {
    for (const journal of this.#superfluous) journal.delete();
    this.#superfluous = [];
    await this.group.flush();
  }

  #namesOfJournals(): Set<string> {
    const { files, dataPath } = this.#options;
    return new Set(journaledTopics(files, dataPath).filter(isValidName));
  }

  /** @returns the topic with what the journal knows of it */
  #toQueues(name: string, known: TopicMetadata): TopicMetadata {
    const { logger, openDisk, nodeId, files, dataPath } = this.#options;
    const journal = this.open(name);
    logger.info(`TOPIC(${name}): not durable any more, its messages go to disk queues`);
    journalToQueues({
      topic: name,
      journal,
      group: this.group,
      nodeId,
      openDisk: (queue) => openDisk(queue, indexFiles(files, dataPath)),
    });
    this.#superfluous.push(journal);
    const channels = new Map((known.channels ?? []).map((channel) => [channel.name, channel]));
    for (const { state: { name, paused } } of journal.channels.values()) {
      channels.set(name, { name, paused });
    }
    return { name, paused: journal.state.paused, channels: [...channels.values()] };
  }

  async #toJournal(topic: TopicMetadata, index: FileIndex): Promise<void> {
    const { logger, openDisk, nodeId } = this.#options, { name } = topic;
    const prefix = `${name}:`;
    const queued = [...index.keys()].filter((queue) => queue.startsWith(prefix))
      .map((queue) => queue.slice(prefix.length));
    const hasOwn = index.has(name);
    if (!hasOwn && queued.length === 0) return;
    const journal = this.open(name);
    for (const channel of topic.channels ?? []) {
      if (isEphemeralName(channel.name) || journal.channels.has(channel.name)) continue;
      const made = journal.createChannel(channel.name, journal.endIndex).channel;
      if (channel.paused) made.pause(true);
    }
    if (topic.paused && !journal.state.paused) journal.pause(true);
    logger.info(`TOPIC(${name}): durable now, the messages of its disk queues go to its journal`);
    await queuesToJournal(
      {
        topic: name,
        journal,
        group: this.group,
        nodeId,
        openDisk: (each) => openDisk(each, index),
      },
      queued.filter((channel) => journal.channels.has(channel)),
      hasOwn,
    );
    journal.end();
    await this.group.flush();
    journal.close();
  }
}

/** @param byPolicy 0 for nothing; undefined if no policy says anything */
function limitOf(byPolicy: number | undefined, byFlag: number | undefined): number | undefined {
  return byPolicy === undefined ? byFlag : byPolicy === 0 ? undefined : byPolicy;
}

function newTopic(name: string): TopicMetadata {
  return { name, paused: false, channels: null };
}
