import { DiskQueueError } from "../diskqueue/errors.ts";
import type { ChannelBacklog } from "./channel_backlog.ts";
import type { ChannelConsumers } from "./channel_consumers.ts";
import type { BrokerContext } from "./context.ts";
import type { Alarm } from "./scheduler.ts";
import type { Deliverer } from "./turn.ts";

/** How long to wait before reading again from a disk that could not be read. */
const RETRY_MS = 1000;

/** What is asked of the channel whose messages are delivered. */
interface DeliveringChannel {
  readonly paused: boolean;
  readonly closed: boolean;
  logReadError(error: DiskQueueError): void;
}

/** When a channel's consumers get what waits: at the end of a turn, in slices, and later once more if the disk cannot be read. */
export class ChannelDelivery implements Deliverer {
  readonly #channel: DeliveringChannel;
  /** What it delivers from. */
  backlog: ChannelBacklog;
  readonly #consumers: ChannelConsumers;
  readonly #context: BrokerContext;
  /** Rings when it is time to try the disk again. */
  readonly #retryAlarm: Alarm;
  /** Whether {@link deliver} will be called at the end of this turn. */
  #dirty = false;

  constructor(
    channel: DeliveringChannel,
    backlog: ChannelBacklog,
    consumers: ChannelConsumers,
    context: BrokerContext,
  ) {
    this.#channel = channel;
    this.backlog = backlog;
    this.#consumers = consumers;
    this.#context = context;
    this.#retryAlarm = { dueMs: 0, heapIndex: -1, ring: () => this.wake() };
  }

  /** There may be something to deliver: does so at the end of this turn, if a consumer can take it. */
  wake(): void {
    if (this.#dirty || this.#channel.paused || this.#consumers.order.empty) return;
    this.#dirty = true;
    this.#context.turn.addDeliverer(this);
  }

  /** Delivers what can be delivered, and if that takes too long the rest in a later turn. */
  deliver(untilMs = Infinity): void {
    this.#dirty = false;
    if (this.#channel.paused || this.#channel.closed) return;
    const { clock } = this.#context;
    const nowMs = clock.update();
    try {
      const goesOn = () => clock.update() < untilMs;
      if (!this.#consumers.order.serve(this.backlog, nowMs, goesOn)) this.wake();
      this.#consumers.watchRate();
    } catch (error) {
      if (!(error instanceof DiskQueueError)) throw error;
      this.#channel.logReadError(error);
      this.#context.scheduler.set(this.#retryAlarm, nowMs + RETRY_MS);
    }
  }

  /** The disk is not tried again. */
  stop(): void {
    this.#context.scheduler.cancel(this.#retryAlarm);
  }
}
