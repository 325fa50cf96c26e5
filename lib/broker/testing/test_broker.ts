import { DiskQueue } from "../../diskqueue/disk_queue.ts";
import { MemoryLogger } from "../../log/testing/memory_logger.ts";
import { SimulatedDisk } from "../../storage/testing/simulated_disk.ts";
import { DiskSpace } from "../../storage/disk_space.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../../wire/record.ts";
import {
  type ChannelRules,
  NO_CHANNEL_RULES,
  NO_TOPIC_RULES,
  type TopicRules,
} from "../../policies/rules.ts";
import type { LatencySettings } from "../../metrics/latency_window.ts";
import { CommitGroup } from "../../journal/commit_group.ts";
import { Journal } from "../../journal/journal.ts";
import { SpareSegments } from "../../journal/spare_segments.ts";
import type { RetentionLimits } from "../../journal/retention.ts";
import { Broker } from "../broker.ts";
import { Clock } from "../clock.ts";
import { Scheduler } from "../scheduler.ts";
import { CheckedPool } from "./checked_pool.ts";
import { ManualTime } from "./manual_time.ts";

/** What a test may choose. */
export interface TestBrokerOptions {
  memQueueSize?: number;
  maxMsgTimeoutMs?: number;
  maxChannelConsumers?: number;
  topologyAware?: boolean;
  latency?: LatencySettings | undefined;
  random?: () => number;
  maxBytesPerFile?: number;
  /** Which topics are durable; default: none. */
  isDurable?: (topic: string) => boolean;
  segmentBytes?: number;
  retention?: RetentionLimits;
  /** What policies say about all channels; can be changed with {@link TestBroker.setRules}. */
  rules?: Partial<ChannelRules>;
  /** The same of all topics. */
  topicRules?: Partial<TopicRules>;
  disk?: SimulatedDisk;
  time?: ManualTime;
}

/** A broker on a simulated disk and a clock that stands still. */
export class TestBroker {
  readonly time: ManualTime;
  readonly disk: SimulatedDisk;
  readonly pool = new CheckedPool();
  readonly space = new DiskSpace();
  readonly logger = new MemoryLogger();
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly group: CommitGroup;
  readonly broker: Broker;
  /** Changes of topics and channels that belong into the metadata file. */
  durableChanges = 0;
  /** What was thrown where nobody waits for it. */
  readonly failures: unknown[] = [];
  #rules: ChannelRules;

  constructor(options: TestBrokerOptions = {}) {
    const time = this.time = options.time ?? new ManualTime();
    const disk = this.disk = options.disk ?? new SimulatedDisk();
    const { logger } = this;
    this.#rules = options.rules === undefined
      ? NO_CHANNEL_RULES
      : { ...NO_CHANNEL_RULES, ...options.rules };
    this.clock = new Clock(time);
    this.scheduler = new Scheduler(this.clock, time, (error) => this.failures.push(error));
    this.group = new CommitGroup({
      files: disk,
      dataPath: "/d",
      timers: time,
      monotonicMs: () => time.monotonicMs(),
      largeBytes: 1000, // so that commits are both large and small
      soon: queueMicrotask,
    });
    const segmentBytes = options.segmentBytes ?? 100_000;
    const spares = new SpareSegments({
      dataPath: "/d",
      files: disk,
      logger,
      timers: time,
      monotonicMs: () => time.monotonicMs(),
      segmentBytes,
      ...{ chunkBytes: segmentBytes / 4, pauseMs: 0 },
      isIdle: () => true,
      freeBytes: () => null,
    });
    spares.removeLeft();
    const open = (topic: string, onHealth: (error: Error | null) => void) =>
      new Journal({
        topic,
        dataPath: "/d",
        files: disk,
        group: this.group,
        logger,
        unixMs: () => time.unixMs(),
        segmentBytes,
        spares,
        retention: options.retention ?? {},
        onHealth,
      });
    this.broker = new Broker({
      nodeId: 1,
      memQueueSize: options.memQueueSize ?? 10_000,
      maxMsgTimeoutMs: options.maxMsgTimeoutMs ?? 5000,
      maxChannelConsumers: options.maxChannelConsumers ?? 0,
      latency: options.latency,
      topologyAware: options.topologyAware ?? false,
      clock: this.clock,
      scheduler: this.scheduler,
      pool: this.pool,
      random: options.random ?? (() => 0.5),
      logger,
      rules: {
        topicRules: () => ({ ...NO_TOPIC_RULES, ...options.topicRules }),
        channelRules: () => this.#rules,
      },
      openDisk: (name, onHealth) =>
        DiskQueue.open({
          name,
          dataPath: "/d",
          maxBytesPerFile: options.maxBytesPerFile ?? 2000,
          minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
          usualRecordBytes: 1024 * 1024 + DISK_MESSAGE_OVERHEAD_BYTES,
          syncEvery: 50,
          syncTimeoutMs: 2000,
          files: disk,
          timers: time,
          logger,
          space: this.space,
          barrier: this.broker.barrier,
          onHealth,
        }),
      journals: {
        group: this.group,
        spares,
        isDurable: options.isDurable ?? (() => false),
        open,
        hasDead: (name) => disk.list("/d").some((file) => file.startsWith(`${name}.journal.`)),
        openDead: open,
      },
      onChange: (durable) => {
        if (durable) this.durableChanges++;
      },
    });
  }

  /** All channels have these rules from now on. */
  setRules(rules: Partial<ChannelRules>): void {
    this.#rules = { ...NO_CHANNEL_RULES, ...rules };
    this.broker.applyRules();
  }

  /** Lets the end of the turn happen, and the fsyncs that are under way. */
  async turn(): Promise<void> {
    for (let i = 0; i < TICKS; i++) await null;
    if (this.failures.length > 0) throw this.failures[0];
    const failed = this.logger.lines.find((line) => line.includes("delivery failed"));
    if (failed !== undefined) throw new Error(failed);
  }

  /** Lets `ms` pass and everything happen that is due then. */
  async advance(ms: number): Promise<void> {
    this.time.advance(ms);
    await this.turn();
  }
}

/** More than the longest chain of promises in one sync of a disk queue. */
const TICKS = 30;

/** Publishes one message with this text as its body. */
export function publish(
  topic: { publish(src: Uint8Array, start: number, end: number): void },
  text: string,
) {
  const body = new TextEncoder().encode(text);
  topic.publish(body, 0, body.length);
}

/** The arguments of `publishBatch` for messages with these texts. */
export function batchOf(texts: readonly string[]): [Uint8Array, number[], number] {
  const body = new TextEncoder().encode(texts.join(""));
  const spans: number[] = [];
  let at = 0;
  for (const text of texts) spans.push(at, at += text.length);
  return [body, spans, texts.length];
}
