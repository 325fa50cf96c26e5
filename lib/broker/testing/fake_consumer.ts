import assert from "node:assert/strict";
import { messageIdString } from "../../wire/message_id.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { OutputMemory } from "../../wire/output_memory.ts";
import { FrameType } from "../../wire/protocol.ts";
import {
  ATTEMPTS_OFFSET,
  BODY_OFFSET,
  ID_OFFSET,
  setAttemptsBefore,
  TYPE_OFFSET,
} from "../../wire/record.ts";
import type { Channel } from "../channel.ts";
import { type ConsumerSettings, type ConsumerSink, Locality } from "../consumer_sink.ts";
import type { ClientStats } from "../stats.ts";
import type { Subscription } from "../subscription.ts";

/** Nothing more is delivered to a connection that has this much waiting, in bytes. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** A message as a client gets it. */
export interface Delivery {
  /** Who got it. */
  sink: FakeSink;
  id: string;
  attempts: number;
  /** ns since 1970. */
  timestamp: bigint;
  body: string;
}

const DEFAULT_CONSUMER: ConsumerSettings = {
  msgTimeoutMs: 1000,
  sampleRate: 0,
  locality: Locality.Global,
};

/** A connection that parses what it is sent the moment that it is asked to send it, so that the order over all consumers is seen. */
export class FakeSink implements ConsumerSink {
  readonly output = new OutputBuffer(new OutputMemory());
  closed = false;
  #parsed = 0;

  constructor(private readonly onDelivery: (delivery: Delivery) => void) {}

  get roomBytes(): number {
    return MAX_PENDING_BYTES - this.output.pending;
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    this.output.append(bytes, start, end);
    this.#parse();
  }

  sendAgain(bytes: Uint8Array, start: number, end: number, attempts: number): void {
    const at = this.output.append(bytes, start, end);
    setAttemptsBefore(this.output.view, at, attempts);
    this.#parse();
  }

  #parse(): void {
    const { bytes, view, length } = this.output;
    let at = this.#parsed;
    while (at < length) {
      const end = at + 4 + view.getUint32(at);
      assert.ok(end <= length, "half a frame was sent");
      assert.equal(view.getUint32(at + TYPE_OFFSET), FrameType.Message);
      this.onDelivery({
        sink: this,
        id: messageIdString(bytes, at + ID_OFFSET),
        attempts: view.getUint16(at + ATTEMPTS_OFFSET),
        timestamp: view.getBigUint64(at + 8),
        body: new TextDecoder().decode(bytes.subarray(at + BODY_OFFSET, end)),
      });
      at = end;
    }
    this.#parsed = at;
  }

  /** The client has read everything. */
  drain(): void {
    this.output.take();
    this.output.release();
    this.#parsed = 0;
  }

  close(): void {
    this.closed = true;
  }

  stats(): ClientStats {
    return { client_id: "fake" } as ClientStats; // looks show more of none
  }
}

/** A consumer of `channel`: its two sides. */
export function fakeConsumer(
  channel: Channel,
  onDelivery: (delivery: Delivery) => void = () => {},
  settings: Partial<ConsumerSettings> = {},
): { subscription: Subscription; sink: FakeSink } {
  const sink = new FakeSink(onDelivery);
  const subscription = channel.subscribe(sink, { ...DEFAULT_CONSUMER, ...settings });
  return { subscription, sink };
}

/** An id as a client sends it back. */
export function idBytes(id: string): Uint8Array {
  return Uint8Array.from(id, (character) => character.charCodeAt(0));
}
