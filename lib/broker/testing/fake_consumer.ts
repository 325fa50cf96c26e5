import assert from "node:assert/strict";
import { messageIdString } from "../../wire/message_id.ts";
import { OutputBuffer } from "../../wire/output_buffer.ts";
import { FrameType } from "../../wire/protocol.ts";
import { ATTEMPTS_OFFSET, BODY_OFFSET, ID_OFFSET, TYPE_OFFSET } from "../../wire/record.ts";
import { Consumer, type ConsumerSettings, type ConsumerSink, Locality } from "../consumer.ts";
import type { ClientStats } from "../stats.ts";

/** A message as a client gets it. */
export interface Delivery {
  consumer: Consumer;
  id: string;
  attempts: number;
  /** ns since 1970. */
  timestamp: bigint;
  body: string;
}

export const DEFAULT_CONSUMER: ConsumerSettings = {
  msgTimeoutMs: 1000,
  sampleRate: 0,
  locality: Locality.Global,
};

/** A connection that parses what it is sent the moment that it is asked to send it, so that the order over all consumers is seen. */
export class FakeSink implements ConsumerSink {
  readonly output = new OutputBuffer();
  closed = false;
  /** The consumer that sends through this; set by {@link fakeConsumer}. */
  consumer!: Consumer;
  #parsed = 0;

  constructor(private readonly onDelivery: (delivery: Delivery) => void) {}

  scheduleFlush(): void {
    const { bytes, view, length } = this.output;
    let at = this.#parsed;
    while (at < length) {
      const end = at + 4 + view.getUint32(at);
      assert.ok(end <= length, "half a frame was sent");
      assert.equal(view.getUint32(at + TYPE_OFFSET), FrameType.Message);
      this.onDelivery({
        consumer: this.consumer,
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
    throw new Error("not asked for in these tests");
  }
}

/** A consumer with a fake connection. */
export function fakeConsumer(
  onDelivery: (delivery: Delivery) => void = () => {},
  settings: Partial<ConsumerSettings> = {},
  nodeId = 1,
): { consumer: Consumer; sink: FakeSink } {
  const sink = new FakeSink(onDelivery);
  const consumer = sink.consumer = new Consumer(sink, { ...DEFAULT_CONSUMER, ...settings }, nodeId);
  return { consumer, sink };
}

/** An id as a client sends it back. */
export function idBytes(id: string): Uint8Array {
  return Uint8Array.from(id, (character) => character.charCodeAt(0));
}
