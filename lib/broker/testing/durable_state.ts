import assert from "node:assert/strict";
import type { ChannelState } from "../../journal/channel_state.ts";
import { NOTHING_WAITS } from "../../journal/topic_state.ts";
import { BODY_OFFSET } from "../../wire/record.ts";
import type { Topic } from "../topic.ts";
import type { ModelChannel, ModelMessage } from "./model_channel.ts";
import type { ModelTopic } from "./model_topic.ts";

/** Larger than any that the model publishes. */
const MAX_RECORD_BYTES = 64 * 1024;

/** What a crash is compared with. */
export interface Crash {
  /** What happened up to this number of the sequence is surely on the disk. */
  durable: number;
  nowMs: number;
  step: number;
}

/**
 * After a start: whatever was acknowledged of a durable topic is there, in a state that it had since then. The model goes on with what is there.
 * @returns how many acknowledged messages were found
 */
export function adoptTopic(model: ModelTopic, real: Topic, crash: Crash): number {
  const { journal } = real.journal!, { endIndex, state } = journal;
  const end = state.waitingFrom === NOTHING_WAITS
    ? endIndex
    : Math.min(endIndex, state.waitingFrom);
  let acknowledged = 0;
  for (const [index, message] of model.messages) {
    if (message.at! <= crash.durable) {
      acknowledged++;
      assert.ok(index < endIndex, `${message.body.trim()} of ${model.name} is lost`);
    }
    if (index >= endIndex) model.messages.delete(index);
  }
  assert.equal(real.paused, model.paused, `pause of ${model.name}`);
  for (const channel of [...model.channels.values()]) {
    if (channel.ephemeral) {
      model.channels.delete(channel.name);
      continue;
    }
    const found = journal.channels.get(channel.name);
    assert.ok(found, `channel ${channel.name} of ${model.name} is lost`);
    assert.equal(found.state.paused, channel.paused, `pause of ${channel.name}`);
    adoptChannel(model, channel, found.state, end, crash);
  }
  model.waiting = [];
  model.waitingDeferred = [];
  for (let index = end; index < endIndex; index++) {
    const message = model.messages.get(index)!;
    if (state.waitingGone.has(index)) {
      const isNew = message !== undefined; // or it was found out after an earlier cut
      if (isNew) {
        assert.ok(message.at! > crash.durable, `${message.body.trim()} of ${model.name} is gone`);
      }
      model.messages.delete(index);
      model.goneEnd = Math.max(model.goneEnd, index + 1);
      continue;
    }
    const dueMs = state.waitingDeferred.dueMs(index);
    if (dueMs > 0) model.waitingDeferred.push({ message, dueMs });
    else model.waiting.push(message);
  }
  checkBodies(model, real, crash);
  model.published = 0;
  for (const message of model.messages.values()) message.at = 0;
  return acknowledged;
}

/** What was acknowledged and somebody needs can be read. */
function checkBodies(model: ModelTopic, real: Topic, { durable }: Crash): void {
  const { journal } = real.journal!, { state, endIndex } = journal;
  const reader = journal.newReader(), buffer = new Uint8Array(MAX_RECORD_BYTES);
  for (let at = 0; at < endIndex; at++) {
    const index = at = state.nextNeeded(at, endIndex);
    const message = model.messages.get(index);
    if (message === undefined || message.at! > durable) continue;
    reader.read(index, index + 1, buffer);
    const isThere = reader.count === 1 && reader.first === index;
    const body = isThere && new TextDecoder().decode(buffer.subarray(BODY_OFFSET, reader.bytes));
    assert.equal(body, message.body, `message ${index} of ${model.name} in the journal`);
  }
  reader.close();
}

function adoptChannel(
  topic: ModelTopic,
  model: ModelChannel,
  state: ChannelState,
  end: number,
  crash: Crash,
): void {
  for (const [index, message] of model.all) {
    if (!topic.messages.has(index)) model.all.delete(index);
    else if (index < end) {
      const is = fateOf(state, index, crash.nowMs);
      check(message, is, crash);
      if (is === "finished" && message.at! > crash.durable) {
        topic.goneEnd = Math.max(topic.goneEnd, index + 1);
      }
      message.fates = [{ at: 0, is }];
    }
  }
  model.queue = [];
  model.deferred = [];
  model.consumers = [];
  model.requeueCount = model.timeoutCount = 0;
  for (let index = state.finished.floor; index < end; index++) {
    if (state.finished.has(index)) continue;
    const known = model.all.get(index);
    assert.ok(known, `${model.name} has message ${index}, which it never was given`);
    const dueMs = state.exceptions.dueMs(index), attempts = state.attempts(index);
    const is = fateOf(state, index, crash.nowMs);
    const message = { ...known, attempts, at: 0, fates: [{ at: 0, is }] };
    model.all.set(index, message);
    if (dueMs > 0) model.deferred.push({ message, dueMs });
    else model.push(message, crash.step);
  }
}

function fateOf(state: ChannelState, index: number, nowMs: number): string {
  if (state.finished.has(index)) return "finished";
  return normal(`${state.attempts(index)}@${state.exceptions.dueMs(index)}`, nowMs);
}

/** Of what was deferred and is due, nobody can say any more that it was. */
function normal(fate: string, nowMs: number): string {
  const [attempts, dueMs] = fate.split("@");
  return dueMs === undefined || Number(dueMs) > nowMs ? fate : `${attempts}@0`;
}

function check(message: ModelMessage, is: string, { durable, nowMs }: Crash): void {
  // A power cut may have left the message without the event that said that it was deferred, or less than the whole message.
  if (message.at! > durable && (is === "0@0" || is === "finished")) return;
  const fates = message.fates!;
  const from = fates.findLastIndex(({ at }) => at <= durable);
  const possible = fates.slice(Math.max(0, from)).map((fate) => normal(fate.is, nowMs));
  assert.ok(
    possible.includes(is),
    `message ${message.index} (${message.body.trim()}) is ${is}, not one of ${possible}`,
  );
}
