import type { Channel } from "./channel.ts";
import { HeldMessage } from "./held_message.ts";
import type { Intake } from "./intake.ts";
import type { Log } from "./log.ts";

/** A topic's log and the channels that read it: what is added goes to all of them. */
export class Fanout implements Intake {
  readonly log: Log;
  #channels: readonly Channel[] = [];
  /** Up to this index of the log no channel's memory is full. They only ever need room later, as their cursors move on. */
  #fullAtIndex = 0;

  constructor(log: Log) {
    this.log = log;
  }

  get channels(): readonly Channel[] {
    return this.#channels;
  }

  set channels(channels: readonly Channel[]) {
    this.#channels = channels;
    this.#fullAtIndex = 0;
  }

  get references(): number {
    return this.#channels.length;
  }

  /** A channel queued a message again: its memory is full sooner than was thought. */
  onQueuedAgain(): void {
    this.#fullAtIndex = 0;
  }

  makeRoom(count: number, bytes: number): void {
    if (this.log.endIndex + count <= this.#fullAtIndex) return;
    // All are asked before any takes them.
    for (const channel of this.#channels) channel.checkRoom(count, bytes);
    this.makeRoomInMemory(count);
  }

  /** As {@link makeRoom}, of messages that were taken already. */
  makeRoomInMemory(count: number): void {
    for (const channel of this.#channels) channel.makeRoom(count);
    this.#updateFullAtIndex();
  }

  append(src: Uint8Array, start: number, end: number): void {
    this.log.append(src, start, end, this.#channels.length);
  }

  appendAll(src: Uint8Array, spans: ArrayLike<number>, count: number): void {
    this.log.appendAll(src, spans, count, this.#channels.length);
  }

  shedExcess(): void {
    if (this.log.endIndex <= this.#fullAtIndex) return;
    for (const channel of this.#channels) channel.shedExcess();
    this.#updateFullAtIndex();
  }

  hasPassed(index: number): boolean {
    return this.#channels.some((channel) => channel.logIndex > index);
  }

  defer(held: HeldMessage, dueMs: number): void {
    for (const channel of this.#channels) {
      channel.intake.putDeferred(new HeldMessage(held.bytes, held.attempts, held.index), dueMs);
    }
  }

  wake(): void {
    for (const channel of this.#channels) channel.wake();
  }

  #updateFullAtIndex(): void {
    this.#fullAtIndex = Infinity;
    for (const channel of this.#channels) {
      this.#fullAtIndex = Math.min(this.#fullAtIndex, channel.fullAtIndex);
    }
  }
}
