import type { Waiter } from "../storage/barrier.ts";
import type { BrokerContext } from "./context.ts";
import type { Fanout } from "./fanout.ts";
import type { Intake } from "./intake.ts";
import type { Alarm } from "./scheduler.ts";
import type { TopicWaiting } from "./waiting.ts";

/** How long to wait before trying again to hand on what could not be handed on because the disk failed. */
const RETRY_MS = 1000;

/** Between two blocks that are handed on from disk. An alarm that is due at once would ring in the same turn. */
const HAND_ON_PAUSE_MS = 1;

/** What decides, beside its channels, whether a topic can hand on. */
export interface HandingOnTopic {
  readonly paused: boolean;
  readonly closed: boolean;
}

/** Takes the messages that wait at a topic over to its channels when that is possible, and says where published ones go meanwhile. */
export class HandingOn implements Waiter {
  /** Where published messages go now: one of the two. */
  intake: Intake;

  readonly #topic: HandingOnTopic;
  readonly #fanout: Fanout;
  readonly #waiting: TopicWaiting;
  readonly #context: BrokerContext;
  readonly #onDiskError: (error: unknown) => void;
  #started: boolean;
  readonly #alarm: Alarm;

  /**
   * @param started whether messages may be handed on at once; otherwise {@link start} says when
   * @param onDiskError told of a disk that failed; what could not be handed on is tried again
   */
  constructor(
    topic: HandingOnTopic,
    fanout: Fanout,
    waiting: TopicWaiting,
    context: BrokerContext,
    started: boolean,
    onDiskError: (error: unknown) => void,
  ) {
    this.#topic = topic;
    this.#fanout = fanout;
    this.#waiting = waiting;
    this.#context = context;
    this.#started = started;
    this.#onDiskError = onDiskError;
    this.intake = waiting;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: () => this.update() };
  }

  /** Whether messages may be handed on, as far as {@link start} decides that. */
  get started(): boolean {
    return this.#started;
  }

  /** Messages may be handed on now. */
  start(): void {
    this.#started = true;
    this.update();
  }

  /** Something changed that decides whether messages can be handed on. If they can, those that wait go first. */
  update(): void {
    const { scheduler, clock, barrier } = this.#context, { paused, closed } = this.#topic;
    scheduler.cancel(this.#alarm);
    const hasChannels = this.#fanout.channels.length > 0;
    if (!this.#started || paused || !hasChannels || closed) {
      this.intake = this.#waiting;
      if (!closed && (paused || !hasChannels)) this.#waiting.begin();
      return;
    }
    if (this.intake === this.#fanout) return;
    try {
      let isMore = false;
      // Somebody may be answered for what led here, making a channel or going on after a pause: what that has to wait for stays required.
      const { required } = barrier.apart(() => {
        isMore = this.#waiting.handOnBlock(this.#fanout, this.#onDiskError);
      });
      if (isMore) {
        // The rest in later turns, so that everybody else goes on, and no faster than the disks of the channels are synced.
        if (required !== 0) return barrier.wait(required, this);
        return this.#updateSoon();
      }
      this.#waiting.handOnMemory(this.#fanout);
    } catch (error) {
      this.#onDiskError(error);
      return scheduler.set(this.#alarm, clock.update() + RETRY_MS);
    }
    this.intake = this.#fanout;
  }

  /** The disks of the channels have caught up with what was handed on. */
  onPassed(): void {
    if (!this.#topic.closed) this.#updateSoon();
  }

  /** The topic is closed: nothing is handed on any more. */
  close(): void {
    this.intake = this.#waiting;
    this.#context.scheduler.cancel(this.#alarm);
  }

  #updateSoon(): void {
    const { scheduler, clock } = this.#context;
    scheduler.set(this.#alarm, clock.update() + HAND_ON_PAUSE_MS);
  }
}
