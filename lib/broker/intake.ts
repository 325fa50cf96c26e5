import type { HeldMessage } from "./held_message.ts";
import type { Log } from "./log.ts";

/** Where a topic puts what is published: straight to its channels ({@link Fanout}), or aside until that is possible ({@link Waiting}). */
export interface Intake {
  /** Where its messages stand. */
  readonly log: Log;
  /** How many have to finish each message there. */
  readonly references: number;
  /**
   * Moves to disk what `count` more messages, with `bytes` in their bodies, would push out of memory.
   * @throws DiskQueueError; nothing is lost. PublishRefused if a channel has no room for them
   */
  makeRoom(count: number, bytes: number): void;
  /** Adds the body `src[start, end)`, with the clock's last stamp. What has no disk drops it when memory is full. */
  append(src: Uint8Array, start: number, end: number): void;
  /** {@link append} of `count` bodies: body `i` is `src[spans[2i], spans[2i + 1])`. */
  appendAll(src: Uint8Array, spans: ArrayLike<number>, count: number): void;
  /** Brings memory back to its limit after messages were added. @throws DiskQueueError; they are in memory then */
  shedExcess(): void;
  /** Whether a message that was added at `index` or later is on disk already, or delivered. */
  hasPassed(index: number): boolean;
  /** Keeps a message until its time. @param dueMs as of Clock.nowMs */
  defer(held: HeldMessage, dueMs: number): void;
  /** Tells everybody who can take messages that there are some. */
  wake(): void;
}

/** Appends more messages than memory may hold: they go on to disk before anybody is told that they were queued. @throws DiskQueueError */
export function appendThrough(
  intake: Intake,
  spans: ArrayLike<number>,
  count: number,
  src: Uint8Array,
): void {
  const { log, references } = intake;
  const mark = log.mark();
  intake.appendAll(src, spans, count);
  try {
    intake.shedExcess();
  } catch (error) {
    // Where a channel has put some of them on disk already they stay: the publisher is told of the failure and may send them twice.
    if (intake.hasPassed(mark.endIndex)) intake.wake();
    else log.truncate(mark, references);
    throw error;
  }
}
