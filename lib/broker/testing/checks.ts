/**
 * What a broker says of itself, compared with the model.
 * @module
 */
import assert from "node:assert/strict";
import type { Broker } from "../broker.ts";
import type { Channel } from "../channel.ts";
import type { ModelChannel } from "./model_channel.ts";
import type { ModelTopic } from "./model_topic.ts";

/** Compares all topics. @param diskFull whether the disk takes nothing now, so that messages may wait at a topic that can hand on */
export function checkTopics(
  broker: Broker,
  topics: ReadonlyMap<string, ModelTopic>,
  diskFull: boolean,
): void {
  for (const [name, model] of topics) {
    const real = broker.existingTopic(name);
    assert.ok(real, `topic ${name} is gone`);
    assert.equal(real.depth, model.depth, `depth of ${name}`);
    assert.equal(real.messageCount, model.published, `messages published to ${name}`);
    assert.deepEqual([...real.channels.keys()].sort(), [...model.channels.keys()].sort());
    if (!diskFull && model.canHandOn) assert.equal(model.depth, 0, `${name} kept messages`);
  }
  assert.equal(broker.topics.size, topics.size, "number of topics");
}

/**
 * Compares one channel.
 * @param found how many messages it found when it was made
 * @param maxInMemory how many may wait in memory; Infinity when the disk was full once
 */
export function checkChannel(
  real: Channel,
  model: ModelChannel,
  found: number,
  maxInMemory: number,
): void {
  const stats = real.stats("", false);
  const what = `${model.name}: `;
  assert.equal(stats.depth, model.depth, `${what}depth`);
  assert.equal(stats.in_flight_count, model.inFlightCount, `${what}in flight`);
  assert.equal(stats.deferred_count, model.deferred.length, `${what}deferred`);
  assert.equal(stats.requeue_count, model.requeueCount, `${what}requeued`);
  assert.equal(stats.timeout_count, model.timeoutCount, `${what}timed out`);
  const { finishedCount, droppedCount, skippedCount } = real.ledger;
  assert.equal(
    found + stats.message_count,
    stats.depth + stats.in_flight_count + stats.deferred_count + finishedCount + droppedCount +
      skippedCount,
    `${what}the ledger has each message once`,
  );
  const inMemory = stats.depth - stats.backend_depth;
  if (model.ephemeral) assert.equal(stats.backend_depth, 0, `${what}on disk`);
  else assert.ok(inMemory <= maxInMemory, `${what}${inMemory} in memory`);
  if (model.depth === 0 || model.paused) return;
  const idle = model.consumers.find((consumer) => consumer.capacity > 0);
  assert.equal(idle, undefined, `${what}a consumer waits, and ${model.depth} messages wait`);
}
