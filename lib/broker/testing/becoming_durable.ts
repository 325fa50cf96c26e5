import assert from "node:assert/strict";
import type { Journal } from "../../journal/journal.ts";
import { BODY_OFFSET } from "../../wire/record.ts";
import type { ModelChannel, ModelMessage, Sequence } from "./model_channel.ts";
import type { ModelTopic } from "./model_topic.ts";

/** Larger than any that the model publishes. */
const MAX_RECORD_BYTES = 64 * 1024;

/** A topic has just become durable: its journal has what the model has, in the same state. The model learns where. */
export function findIndexes(
  model: ModelTopic,
  journal: Journal,
  sequence: Sequence,
  nowMs: number,
): void {
  const bodies = readBodies(journal), { waitingFrom } = journal.state;
  for (const channel of model.channels.values()) {
    if (!channel.ephemeral) findInChannel(channel, journal, bodies, sequence, nowMs);
  }
  for (const { index, body } of messagesOf(model)) {
    if (index === undefined) continue;
    const fates = { attempts: 0, at: ++sequence.last, fates: [] };
    model.messages.set(index, { body, index, ...fates });
  }
  // From before then it has several copies of messages, for whoever goes back to the past.
  model.goneEnd = waitingFrom < 0 ? journal.endIndex : waitingFrom;
  const waiting = [...model.waiting, ...model.waitingDeferred.map(({ message }) => message)];
  const first = journal.endIndex - waiting.length;
  for (const message of waiting) {
    const index = bodies.indexOf(message.body, first);
    assert.ok(index >= 0, `${message.body} waits, and is not in the journal`);
    Object.assign(message, { index, at: ++sequence.last, fates: [] });
    model.messages.set(index, message);
  }
}

function findInChannel(
  channel: ModelChannel,
  journal: Journal,
  bodies: readonly string[],
  sequence: Sequence,
  nowMs: number,
): void {
  const { state } = journal.channels.get(channel.name)!;
  const dueMs = new Map(channel.deferred.map(({ message, dueMs }) => [message, dueMs]));
  const unknown = new Map(messagesOfChannel(channel).map((message) => [message.body, message]));
  const { waitingFrom } = journal.state;
  const end = waitingFrom < 0 ? journal.endIndex : waitingFrom;
  for (let index = state.finished.floor; index < end; index++) {
    if (state.finished.has(index)) continue;
    const message = unknown.get(bodies[index]!);
    assert.ok(message, `${bodies[index]} is in the journal, and not in ${channel.name}`);
    unknown.delete(message.body);
    const what = `${message.body.trim()} of ${channel.name}`;
    assert.equal(state.attempts(index), message.attempts, `attempts of ${what}`);
    const isDue = dueMs.get(message) ?? 0;
    assert.equal(state.exceptions.dueMs(index), isDue > nowMs ? isDue : 0, `due time of ${what}`);
    Object.assign(message, { index, at: ++sequence.last, fates: [] });
    channel.take(message, isDue);
  }
  assert.deepEqual([...unknown.keys()], [], `messages of ${channel.name} that are not there`);
}

function messagesOf(model: ModelTopic): ModelMessage[] {
  return [...model.channels.values()].filter(({ ephemeral }) => !ephemeral)
    .flatMap(messagesOfChannel);
}

function messagesOfChannel(channel: ModelChannel): ModelMessage[] {
  return [
    ...channel.queue.map(({ message }) => message),
    ...channel.deferred.map(({ message }) => message),
    ...channel.consumers.flatMap(({ inFlight }) =>
      [...inFlight.values()].map(({ message }) => message)
    ),
  ];
}

function readBodies(journal: Journal): string[] {
  const reader = journal.newReader(), buffer = new Uint8Array(MAX_RECORD_BYTES);
  const bodies = Array.from({ length: journal.endIndex }, (_, index) => {
    reader.read(index, index + 1, buffer);
    return new TextDecoder().decode(buffer.subarray(BODY_OFFSET, reader.bytes));
  });
  reader.close();
  return bodies;
}
