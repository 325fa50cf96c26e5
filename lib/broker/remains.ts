/** What a broker still holds for its consumers: all of it is gone once it is drained. */
import type { Channel } from "./channel.ts";
import type { Topic } from "./topic.ts";

/** The messages of a channel, or with no `channel` those that wait at the topic. */
export interface Remainder {
  topic: string;
  channel?: string;
  depth: number;
  in_flight_count: number;
  deferred_count: number;
  client_count: number;
  /** What they wait for, in words. */
  waits_for: string;
}

/** Whether there is a message that a consumer has not finished. */
export function holdsMessages(topics: Iterable<Topic>): boolean {
  for (const topic of topics) {
    if (topic.depth > 0) return true;
    for (const channel of topic.channels.values()) if (countOf(channel) > 0) return true;
  }
  return false;
}

/** Every topic and channel with messages. */
export function remainders(topics: Iterable<Topic>): Remainder[] {
  const all: Remainder[] = [];
  for (const topic of topics) {
    const { name, depth } = topic;
    if (depth > 0) {
      const waits_for = topic.paused ? "the topic to be unpaused" : "a channel";
      all.push({ topic: name, ...NOBODY, depth, waits_for });
    }
    for (const channel of topic.channels.values()) {
      if (countOf(channel) > 0) all.push(remainderOf(name, channel));
    }
  }
  return all;
}

const NOBODY = { in_flight_count: 0, deferred_count: 0, client_count: 0 };

function countOf({ depth, inFlightCount, deferredCount }: Channel): number {
  return depth + inFlightCount + deferredCount;
}

function remainderOf(topic: string, channel: Channel): Remainder {
  return {
    topic,
    channel: channel.name,
    depth: channel.depth,
    in_flight_count: channel.inFlightCount,
    deferred_count: channel.deferredCount,
    client_count: channel.consumerCount,
    waits_for: waitsFor(channel),
  };
}

function waitsFor({ depth, paused, consumerCount, inFlightCount }: Channel): string {
  if (depth > 0 && paused) return "the channel to be unpaused";
  if (depth > 0 && consumerCount === 0) return "a consumer";
  return depth + inFlightCount > 0 ? "consumers to finish" : "deferred messages to be due";
}
