import type { DiskQueue } from "../diskqueue/disk_queue.ts";
import type { Logger } from "../log/logger.ts";
import type { LatencySettings } from "../metrics/latency_window.ts";
import type { Clock } from "./clock.ts";
import type { BrokerContext } from "./context.ts";
import { DiskWriter } from "./disk_format.ts";
import { Health } from "./health.ts";
import type { Alarm, Scheduler } from "./scheduler.ts";
import { SlabPool } from "./slab.ts";
import type { TopicStats } from "./stats.ts";
import { Topic } from "./topic.ts";
import { Turn } from "./turn.ts";

/** How long a topic must have been quiet before memory it does not need is given back. */
const IDLE_MS = 5000;

/** What a broker is made with. */
export interface BrokerOptions {
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
  /** A topic, or with `channel` one of its channels, came or went. @param durable whether it belongs in the metadata file */
  onChange(durable: boolean, topic: string, channel: string): void;
  /**
   * Makes the channels that a new topic should have. Until the promise resolves, messages wait at the topic; null if they need not.
   * It must not reject.
   */
  prepareTopic?(topic: Topic): Promise<void> | null;
}

/** All topics of one nsqd. Knows no sockets, and no files but through `openDisk`. */
export class Broker {
  readonly topics = new Map<string, Topic>();
  readonly clock: Clock;
  readonly turn: Turn;
  readonly nodeId: number;
  readonly #context: BrokerContext;
  readonly #prepareTopic: (topic: Topic) => Promise<void> | null;
  readonly #health = new Health();
  /** Whether topics that are made now wait for {@link Topic.start}. */
  #loading = false;
  #closed = false;
  readonly #idleAlarm: Alarm;
  #publishedAtLastLook = -1;

  constructor(options: BrokerOptions) {
    this.clock = options.clock;
    this.nodeId = options.nodeId;
    this.turn = new Turn((error) => options.logger.error(`delivery failed - ${describe(error)}`));
    this.#context = {
      ...options,
      latency: options.latency,
      pool: options.pool ?? new SlabPool(),
      writer: new DiskWriter(),
      turn: this.turn,
      random: () => options.random(),
      openDisk: (name) => options.openDisk(name, (error) => this.#health.report(name, error)),
      forgetDisk: (name) => this.#health.forget(name),
      onChange: (durable, topic, channel) =>
        this.#loading || options.onChange(durable, topic, channel),
    };
    this.#prepareTopic = (topic) => options.prepareTopic?.(topic) ?? null;
    this.#idleAlarm = { dueMs: 0, heapIndex: -1, ring: (nowMs) => this.#retireIdleMemory(nowMs) };
  }

  /** The topic of this name, made if there is none. @throws Error "exiting" */
  topic(name: string): Topic {
    const existing = this.topics.get(name);
    if (existing !== undefined) return existing;
    if (this.#closed) throw new Error("exiting");
    const topic = new Topic(name, this.#context, false, () => this.deleteTopic(name));
    this.topics.set(name, topic);
    this.#context.logger.info(`TOPIC(${name}): created`);
    this.#context.onChange(!topic.ephemeral, name, "");
    if (!this.#loading) this.#startTopic(topic);
    this.#context.scheduler.setAtLatest(this.#idleAlarm, this.clock.update() + IDLE_MS);
    return topic;
  }

  existingTopic(name: string): Topic | undefined {
    return this.topics.get(name);
  }

  /** Deletes a topic with all its channels and messages. False if there is none. */
  deleteTopic(name: string): boolean {
    const topic = this.topics.get(name);
    if (topic === undefined) return false;
    this.#context.logger.info(`TOPIC(${name}): deleting`);
    this.topics.delete(name);
    topic.delete();
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

  /** Puts everything on disk. The broker is of no use after. */
  close(): void {
    this.#closed = true;
    this.#context.scheduler.cancel(this.#idleAlarm);
    for (const topic of this.topics.values()) topic.close();
  }

  #startTopic(topic: Topic): void {
    const prepared = this.#prepareTopic(topic);
    if (prepared === null) topic.start();
    else prepared.then(() => topic.start());
  }

  #retireIdleMemory(nowMs: number): void {
    let published = 0;
    for (const topic of this.topics.values()) {
      published += topic.messageCount;
      topic.retireIdleMemory();
    }
    if (published === this.#publishedAtLastLook) this.#context.pool.trim();
    this.#publishedAtLastLook = published;
    if (this.topics.size > 0) this.#context.scheduler.set(this.#idleAlarm, nowMs + IDLE_MS);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
