import type { OutputBuffer } from "../wire/output_buffer.ts";
import { ATTEMPTS_OFFSET, MAX_ATTEMPTS, SIZE_FIELD_BYTES } from "../wire/record.ts";
import type { Cursor } from "./cursor.ts";
import type { HeldMessage } from "./held_message.ts";
import { InFlight } from "./in_flight.ts";
import type { Alarm } from "./scheduler.ts";
import type { ClientStats } from "./stats.ts";

/** Nothing more is delivered to a connection that has this much waiting, in bytes. */
export const MAX_PENDING_OUTPUT_BYTES = 1024 * 1024;

/** How near a consumer is to the broker, for topology-aware consumption: nearer ones are served first. */
export const Locality = { Zone: 0, Region: 1, Global: 2 } as const;
export type Locality = typeof Locality[keyof typeof Locality];

/** Where a consumer's messages go: the connection, as far as the broker knows it. */
export interface ConsumerSink {
  readonly output: OutputBuffer;
  /** Something was added to `output`: send it at the end of this turn. */
  scheduleFlush(): void;
  /** The channel is gone: close the connection. */
  close(): void;
  /** @param topic whose publish count is shown; empty for any */
  stats(topic: string): ClientStats;
}

/** What a connection asked for when it subscribed. */
export interface ConsumerSettings {
  msgTimeoutMs: number;
  /** Percent of messages wanted; 0 for all. */
  sampleRate: number;
  locality: Locality;
}

/** One subscribed connection of a channel: its ready count, what is in flight to it, and its counters. */
export class Consumer {
  /** The last RDY: no more than this many may be in flight. */
  ready = 0;
  messageCount = 0;
  finishCount = 0;
  requeueCount = 0;
  /** Whether it stands in its channel's queue of consumers that can take messages. Kept by the channel. */
  queued = false;
  /** The connection is gone; what is in flight waits for its timeout. */
  gone = false;
  /** Rings when a message in flight may have timed out. Kept by the channel. */
  timeoutAlarm: Alarm | null = null;
  readonly inFlight: InFlight;

  constructor(
    readonly sink: ConsumerSink,
    readonly settings: ConsumerSettings,
    nodeId: number,
  ) {
    this.inFlight = new InFlight(nodeId, settings.msgTimeoutMs);
  }

  /** How many messages it can take now. */
  get capacity(): number {
    if (this.gone || this.sink.output.pending > MAX_PENDING_OUTPUT_BYTES) return 0;
    return this.ready - this.inFlight.count;
  }

  /**
   * Sends the next records at `cursor`, at most `max` and all in one slab, and moves the cursor past them. The frames are copied as they
   * stand, in one piece.
   * @returns how many
   */
  deliverRun(cursor: Cursor, max: number, nowMs: number): number {
    const { slab, position } = cursor;
    const { view } = slab;
    const from = cursor.offset;
    const last = Math.min(position + max, slab.count);
    const room = MAX_PENDING_OUTPUT_BYTES - this.sink.output.pending;
    const { runStarts, runFirsts } = slab;
    let run = slab.runOf(position);
    let id = runFirsts[run]! + position - runStarts[run]!;
    let runEnd = runStarts[run + 1] ?? slab.count;
    const inFlight = this.inFlight;
    inFlight.reserve(last - position);
    let offset = from, at = position;
    // An exception in `add` gives up its reference to the slab: keep the slab until it has been copied.
    slab.live++;
    while (at < last && (offset - from <= room || at === position)) {
      if (at === runEnd) {
        id = runFirsts[++run]!;
        runEnd = runStarts[run + 1] ?? slab.count;
      }
      inFlight.add(id, slab, offset, nowMs);
      offset += SIZE_FIELD_BYTES + view.getUint32(offset);
      id++;
      at++;
    }
    const output = this.sink.output;
    const to = output.reserve(offset - from);
    output.bytes.set(slab.bytes.subarray(from, offset), to);
    output.length = to + offset - from;
    slab.release(1);
    cursor.offset = offset;
    cursor.position = at;
    this.messageCount += at - position;
    this.sink.scheduleFlush();
    return at - position;
  }

  /** Sends a message that is not in the log. */
  deliverHeld(held: HeldMessage, nowMs: number): void {
    held.attempts = Math.min(held.attempts + 1, MAX_ATTEMPTS);
    const output = this.sink.output;
    const to = output.reserve(held.record.length);
    output.bytes.set(held.record, to);
    output.view.setUint16(to + ATTEMPTS_OFFSET, held.attempts);
    output.length = to + held.record.length;
    this.inFlight.addHeld(held, nowMs);
    this.messageCount++;
    this.sink.scheduleFlush();
  }
}
