import { DiskQueue } from "../../diskqueue/disk_queue.ts";
import { MemoryLogger } from "../../diskqueue/testing/harness.ts";
import { SimulatedDisk } from "../../diskqueue/testing/simulated_disk.ts";
import { DISK_MESSAGE_OVERHEAD_BYTES } from "../../wire/record.ts";
import type { LatencySettings } from "../../metrics/latency_window.ts";
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
  disk?: SimulatedDisk;
  time?: ManualTime;
}

/** A broker on a simulated disk and a clock that stands still. */
export class TestBroker {
  readonly time: ManualTime;
  readonly disk: SimulatedDisk;
  readonly pool = new CheckedPool();
  readonly logger = new MemoryLogger();
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly broker: Broker;
  /** Changes of topics and channels that belong into the metadata file. */
  durableChanges = 0;
  /** What was thrown where nobody waits for it. */
  readonly failures: unknown[] = [];

  constructor(options: TestBrokerOptions = {}) {
    const time = this.time = options.time ?? new ManualTime();
    const disk = this.disk = options.disk ?? new SimulatedDisk();
    const { logger } = this;
    this.clock = new Clock(time);
    this.scheduler = new Scheduler(this.clock, time, (error) => this.failures.push(error));
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
      openDisk: (name, onHealth) =>
        DiskQueue.open({
          name,
          dataPath: "/d",
          maxBytesPerFile: options.maxBytesPerFile ?? 2000,
          minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
          maxRecordBytes: 1024 * 1024 + DISK_MESSAGE_OVERHEAD_BYTES,
          syncEvery: 50,
          syncTimeoutMs: 2000,
          files: disk,
          timers: time,
          logger,
          onHealth,
        }),
      onChange: (durable) => {
        if (durable) this.durableChanges++;
      },
    });
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
