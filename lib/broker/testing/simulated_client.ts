import assert from "node:assert/strict";
import type { Subscription } from "../subscription.ts";
import type { FakeSink } from "./fake_consumer.ts";
import type { ModelConsumer } from "./model_channel.ts";

/** A connection of the simulation with its two sides. */
export interface SimulatedClient {
  subscription: Subscription;
  sink: FakeSink;
  model: ModelConsumer;
  topic: string;
  channel: string;
}

export function isOf(client: SimulatedClient, topic: string, channel: string): boolean {
  return client.topic === topic && client.channel === channel;
}

/** The channel of these clients is gone. */
export function assertClosed(clients: readonly SimulatedClient[]): void {
  for (const { sink } of clients) {
    assert.ok(sink.closed, "the channel is gone, the connection is not");
  }
}
