import type { DiskQueue } from "../diskqueue/disk_queue.ts";
import type { Logger } from "../log/logger.ts";
import type { LatencySettings } from "../metrics/latency_window.ts";
import type { BacklogContext } from "./backlog.ts";
import type { Clock } from "./clock.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Turn } from "./turn.ts";

/** What all topics and channels of one broker share. */
export interface BrokerContext extends BacklogContext {
  clock: Clock;
  scheduler: Scheduler;
  turn: Turn;
  logger: Logger;
  /** A number in [0, 1), for sampling. */
  random(): number;
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
  /** The disk queue `name` was deleted. */
  forgetDisk(name: string): void;
  /** A topic, or with `channel` one of its channels, came or went. @param durable whether it belongs in the metadata file */
  onChange(durable: boolean, topic: string, channel: string): void;
}
