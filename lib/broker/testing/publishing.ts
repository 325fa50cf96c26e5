/**
 * Publishing to a topic and to its model.
 * @module
 */
import assert from "node:assert/strict";
import type { Topic } from "../topic.ts";
import type { ModelMessage, Sequence } from "./model_channel.ts";
import type { ModelTopic } from "./model_topic.ts";

/** A topic with its two sides. */
export interface BothTopics {
  real: Topic;
  model: ModelTopic;
}

/** Publishes in one go. @param mayFail asked when it does not work @returns whether it worked */
export function publishToBoth(
  { real, model }: BothTopics,
  bodies: readonly string[],
  send: (topic: Topic) => void,
  sequence: Sequence,
  mayFail: () => boolean,
): boolean {
  const before = received(real);
  const messages = bodies.map((body, i) => newMessage(real, body, i));
  model.waiting.push(...messages);
  try {
    send(real);
  } catch (error) {
    assert.ok(mayFail(), `publishing failed: ${error}`);
    const kept = received(real) - before;
    assert.ok(kept === 0 || kept === bodies.length, `${kept} of ${bodies.length} were kept`);
    if (kept === 0) model.waiting.length -= bodies.length;
    return false;
  }
  model.published += bodies.length;
  remember(model, messages, sequence);
  return true;
}

/** Publishes with a delay. @param mayFail asked when it does not work @returns whether it worked */
export function deferInBoth(
  { real, model }: BothTopics,
  text: string,
  delayMs: number,
  nowMs: number,
  sequence: Sequence,
  mayFail: () => boolean,
): boolean {
  const body = new TextEncoder().encode(text);
  const message = newMessage(real, text, 0);
  try {
    real.publishDeferred(body, 0, body.length, delayMs);
  } catch (error) {
    assert.ok(mayFail(), `publishing failed: ${error}`);
    return false;
  }
  remember(model, [message], sequence);
  model.waitingDeferred.push({ message, dueMs: nowMs + delayMs });
  model.published++;
  return true;
}

/** How many messages a topic has taken so far, as far as it can be seen from outside. */
function received(topic: Topic): number {
  return topic.journal?.journal.endIndex ?? topic.log.endIndex + topic.depth;
}

function newMessage(real: Topic, body: string, i: number): ModelMessage {
  if (real.journal === null) return { body, attempts: 0 };
  return { body, attempts: 0, index: real.journal.journal.endIndex + i, fates: [] };
}

function remember(model: ModelTopic, messages: ModelMessage[], sequence: Sequence): void {
  for (const message of messages) {
    if (message.index === undefined) continue;
    message.at = ++sequence.last;
    model.messages.set(message.index, message);
  }
}
