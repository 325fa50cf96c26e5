import type { DiskQueue } from "../diskqueue/disk_queue.ts";
import type { Logger } from "../log/logger.ts";
import type { LatencySettings } from "../metrics/latency_window.ts";
import type { Glob } from "../policies/glob.ts";
import { NO_CHANNEL_RULES, NO_TOPIC_RULES, type TopicRules } from "../policies/rules.ts";
import { Barrier } from "../storage/barrier.ts";
import type { Channel } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { BrokerContext, RulesSource } from "./context.ts";
import { DiskWriter } from "./disk_format.ts";
import { Health } from "./health.ts";
import { type JournalFigures, Journals, type JournalSource } from "./durable/journals.ts";
import { AllLastWrites, type Unwritten } from "./last_writes.ts";
import { effectOn, type RulesEffect } from "./rules_effect.ts";
import type { Alarm, Scheduler } from "./scheduler.ts";
import { SlabPool } from "./slab.ts";
import type { TopicStats } from "./stats.ts";
import { Topic } from "./topic.ts";
import { Turn } from "./turn.ts";

/** How long a topic must have been quiet before memory it does not need is given back. */
const IDLE_MS = 5000;

/** A topic with more than so much in disk queues becomes durable at the next start: nobody is heard while they are read. */
const MAX_MOVED_BYTES = 256 * 1024 * 1024;

/** Where there are no policies. */
const NO_RULES: RulesSource = {
  topicRules: () => NO_TOPIC_RULES,
  channelRules: () => NO_CHANNEL_RULES,
};

/** What a broker is made with. */
interface BrokerOptions {
  /** `--node-id`, [0, 1024): part of every message id. */
  nodeId: number;
  /** `--mem-queue-size`: messages in memory per channel, and per topic that cannot hand them on. */
  memQueueSize: number;
  maxMsgTimeoutMs: number;
  maxChannelConsumers: number;
  /** `--e2e-processing-latency-*`; left out for no measuring. */
  latency?: LatencySettings | undefined;
  /** `--enable-experiment=topology-aware-consumption`. */
  topologyAware: boolean;
  clock: Clock;
  scheduler: Scheduler;
  /** Where messages in memory are kept; a pool of its own unless given. */
  pool?: SlabPool;
  /** A number in [0, 1). */
  random(): number;
  logger: Logger;
  /** Opens the disk queue `name`, which reports its failures and recoveries. */
  openDisk(name: string, onHealth: (error: Error | null) => void): DiskQueue;
  /** Left out where there are no policies. Call {@link Broker.applyRules} when what it says has changed. */
  rules?: RulesSource;
  /** Left out where no topic is durable. */
  journals?: JournalSource | undefined;
  /** A topic, or with `channel` one of its channels, came or went. @param durable whether it belongs in the metadata file */
  onChange(durable: boolean, topic: string, channel: string): void;
  /**
   * Makes the channels that a new topic should have. Until the promise resolves, messages wait at the topic; null if they need not.
   * It must not reject.
   */
  prepareTopic?(topic: Topic): Promise<void> | null;
  /** Nothing was published or finished for some seconds. Called every some seconds while that is so. */
  onQuiet?(): void;
}

/** All topics of one nsqd. Knows no sockets, and no files but through `openDisk`. */
export class Broker {
  readonly topics = new Map<string, Topic>();
  readonly clock: Clock;
  readonly turn: Turn;
  readonly nodeId: number;
  /** Where answers wait for what they promise: what opens disk queues gives it to them. */
  readonly barrier = new Barrier();
  readonly #context: BrokerContext;
  readonly #onQuiet: () => void;
  readonly #journals: Journals | null;
  readonly #prepareTopic: (topic: Topic) => Promise<void> | null;
  readonly #health = new Health();
  /** Whether topics that are made now wait for {@link Topic.start}. */
  #loading = false;
  #closed = false;
  #draining = false;
  /** What was in memory when the broker ended. */
  #lastWrites: AllLastWrites | null = null;
  readonly #idleAlarm: Alarm;
  /** Messages published and finished until the last look for idle memory. */
  #doneAtLastLook = -1;

  constructor(options: BrokerOptions) {
    this.clock = options.clock;
    this.nodeId = options.nodeId;
    const report = (error: unknown) => options.logger.error(`delivery failed - ${describe(error)}`);
    this.turn = new Turn(options.clock, options.scheduler, report);
    this.#journals = options.journals === undefined ? null : new Journals(
      options.journals,
      this.barrier,
      (name, error) => this.#health.report(name, error),
    );
    this.#context = {
      ...options,
      latency: options.latency,
      pool: options.pool ?? new SlabPool(),
      writer: new DiskWriter(),
      turn: this.turn,
      barrier: this.barrier,
      random: () => options.random(),
      rules: options.rules ?? NO_RULES,
      openDisk: (name) => options.openDisk(name, (error) => this.#health.report(name, error)),
      openJournal: (topic) => this.#journals?.open(topic) ?? null,
      hasDead: (topic, channel) => this.#journals?.hasDead(topic, channel) ?? false,
      openDead: (topic, channel) => this.#journals!.openDead(topic, channel),
      forgetJournal: (journal) => this.#journals!.forget(journal),
      deadLetterTopic: (name) => this.topic(name),
      forgetDisk: (name) => this.#health.forget(name),
      onChange: (durable, topic, channel) =>
        this.#loading || options.onChange(durable, topic, channel),
    };
    this.#onQuiet = () => options.onQuiet?.();
    this.#prepareTopic = (topic) => options.prepareTopic?.(topic) ?? null;
    this.#idleAlarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#retireIdleMemory(nowMs) };
  }

  /** The topic of this name, made if there is none. @throws Error "exiting" */
  topic(name: string): Topic {
    const existing = this.topics.get(name);
    if (existing !== undefined) return existing;
    if (this.#closed) throw new Error("exiting");
    const topic = new Topic(name, this.#context, false, () => this.deleteTopic(name));
    topic.refusesClients = this.#draining;
    this.topics.set(name, topic);
    this.#context.logger.info(`TOPIC(${name}): created`);
    this.#context.onChange(!topic.ephemeral, name, "");
    topic.journal?.make();
    if (!this.#loading) this.#startTopic(topic);
    this.#context.scheduler.setAtLatest(this.#idleAlarm, this.clock.update() + IDLE_MS);
    return topic;
  }

  /** Null where no topic is durable. */
  get journalFigures(): JournalFigures | null {
    return this.#journals?.figures ?? null;
  }

  existingTopic(name: string): Topic | undefined {
    return this.topics.get(name);
  }

  /** Whether clients can publish nothing, so that what is there gets less. */
  get draining(): boolean {
    return this.#draining;
  }

  set draining(draining: boolean) {
    this.#draining = draining;
    for (const topic of this.topics.values()) topic.refusesClients = draining || topic.closed;
  }

  /** @throws Error "draining" if clients can publish nothing now */
  checkPublishing(): void {
    if (this.#draining) throw new Error("draining");
  }

  /**
   * Whether clients may subscribe to this channel. While the broker drains it must exist, or be the first of a topic whose messages wait
   * for one: another would get nothing, and be gone with the broker.
   */
  takesConsumers(topicName: string, channelName: string): boolean {
    if (!this.#draining) return true;
    const topic = this.topics.get(topicName);
    if (topic === undefined) return false;
    return topic.channels.has(channelName) || (topic.channels.size === 0 && topic.depth > 0);
  }

  /** The channel that a client subscribes to, made if there is none. @throws Error "exiting"; "draining" unless it {@link takesConsumers} */
  channelToSubscribe(topicName: string, channelName: string): Channel {
    if (!this.takesConsumers(topicName, channelName)) throw new Error("draining");
    return this.topic(topicName).channel(channelName);
  }

  /** Deletes a topic with all its channels and messages. False if there is none. */
  deleteTopic(name: string): boolean {
    const topic = this.topics.get(name);
    if (topic === undefined) return false;
    this.#context.logger.info(`TOPIC(${name}): deleting`);
    this.topics.delete(name);
    topic.delete();
    if (topic.journal !== null) this.#journals!.forget(topic.journal);
    this.#context.onChange(!topic.ephemeral, name, "");
    return true;
  }

  /** Runs `load`, in which topics and channels may be made: no message moves and no change is reported before it is done. */
  loading(load: () => void): void {
    this.#loading = true;
    try {
      load();
    } finally {
      this.#loading = false;
    }
    for (const topic of this.topics.values()) topic.start();
  }

  /**
   * Policies have changed: what is there obeys the new ones from now on.
   * @returns resolves when topics that have become durable are so on the disk
   */
  async applyRules(): Promise<void> {
    const topics = [...this.topics.values()];
    for (const topic of topics) topic.applyRules();
    await Promise.all(
      topics.filter((topic) => this.#becomesDurable(topic, topic.rules))
        .map((topic) => this.#makeDurable(topic)),
    );
  }

  #becomesDurable(topic: Topic, rules: TopicRules): boolean {
    const isDurable = this.#journals?.isDurable(topic.name, rules) ?? false;
    return isDurable && topic.journal === null;
  }

  /** Whether a topic changes what it is only when the broker starts again: when it is durable no more, or too much of it is on disk. */
  #changesAtNextStart(topic: Topic, rules: TopicRules): boolean {
    if (topic.journal !== null) return this.#journals?.isDurable(topic.name, rules) === false;
    return this.#becomesDurable(topic, rules) && topic.diskQueueBytes > MAX_MOVED_BYTES;
  }

  async #makeDurable(topic: Topic): Promise<void> {
    const { logger } = this.#context;
    try {
      if (topic.diskQueueBytes > MAX_MOVED_BYTES) {
        throw new Error("there is too much in its disk queues");
      }
      logger.info(`TOPIC(${topic.name}): durable now, its messages go to its journal`);
      let safe: Promise<void> | null = null;
      this.barrier.apart(() => safe = topic.becomeDurable());
      await safe;
    } catch (error) {
      logger.error(
        `TOPIC(${topic.name}): cannot be durable before the next start - ${
          (error as Error).message
        }`,
      );
    }
  }

  /** What other rules would do to what is there, of the topics and channels that match. */
  async effectOfRules(rules: RulesSource, topic: Glob, channel: Glob): Promise<RulesEffect> {
    const topics = [...this.topics.values()].filter(({ name }) => topic.matches(name))
      .sort((a, b) => a.name < b.name ? -1 : 1);
    const channels = topics.flatMap((each) =>
      [...each.channels.values()].filter(({ name }) => channel.matches(name))
        .sort((a, b) => a.name < b.name ? -1 : 1)
    );
    const effect: RulesEffect = {
      topics: topics.map(({ name }) => name),
      channels: channels.map((each) => ({ topic: each.topic, channel: each.name })),
      would_drop: 0,
      would_dead_letter: 0,
      at_next_start: topics.filter((each) =>
        this.#changesAtNextStart(each, rules.topicRules(each.name))
      ).map(({ name }) => name),
    };
    this.clock.update();
    for (const each of channels) {
      const wanted = rules.channelRules(each.topic, each.name);
      const { drop, deadLetter } = await effectOn(each, wanted, this.clock.unixMs);
      effect.would_drop += drop;
      effect.would_dead_letter += deadLetter;
    }
    return effect;
  }

  /** "OK", or what is wrong with the disk. */
  health(): string {
    return this.#health.toString();
  }

  /** Statistics of all topics by name, or of `topic`; null if there is no such topic. A topic without `channel` is left out. */
  stats(topic: string, channel: string, includeClients: boolean): TopicStats[] | null {
    const names = topic === "" ? [...this.topics.keys()].sort() : [topic];
    if (topic !== "" && !this.topics.has(topic)) return null;
    return names.map((name) => this.topics.get(name)!)
      .filter((each) => channel === "" || each.channels.has(channel))
      .map((each) => each.stats(topic, channel, includeClients));
  }

  /**
   * Ends what goes on, and writes what is in memory: who kills the process from here on loses nothing. The broker is of no use after;
   * {@link close} is to follow, and has less to wait for when what this returns was synced.
   */
  end(): AllLastWrites {
    this.#closed = true;
    this.#context.scheduler.cancel(this.#idleAlarm);
    const write = () => [...this.topics.values()].flatMap((topic) => topic.close());
    return this.#lastWrites ??= new AllLastWrites(write());
  }

  /** Puts everything on disk. @returns what the disk does not take: called again, it is tried again */
  close(): Unwritten[] {
    return this.end().close();
  }

  /** After {@link close}: commits what happened in durable topics. @returns why that failed; null if it did not */
  async closeJournals(): Promise<Error | null> {
    const failure = await this.#journals?.flush() ?? null;
    if (failure !== null) return failure;
    for (const topic of this.topics.values()) topic.leftQueues?.remove();
    this.#journals?.close();
    return null;
  }

  /** What could not be written is not tried again: closes the files. */
  giveUp(): void {
    this.end().giveUp();
    this.#journals?.close();
  }

  #startTopic(topic: Topic): void {
    const prepared = this.#prepareTopic(topic);
    if (prepared === null) topic.start();
    else topic.prepared = prepared.then(() => topic.start());
  }

  #retireIdleMemory(nowMs: number): void {
    let done = 0;
    for (const topic of this.topics.values()) {
      done += topic.messageCount;
      for (const channel of topic.channels.values()) done += channel.ledger.finishedCount;
      topic.retireIdleMemory();
    }
    if (done === this.#doneAtLastLook) {
      this.#context.pool.trim();
      this.#onQuiet();
    }
    this.#doneAtLastLook = done;
    if (this.topics.size > 0) this.#context.scheduler.set(this.#idleAlarm, nowMs + IDLE_MS);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
