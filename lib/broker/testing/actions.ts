import assert from "node:assert/strict";
import { deleteInFlight, kickDeferred, look } from "./message_actions.ts";
import type { Simulation } from "./simulation.ts";
import {
  pickChannelName,
  TOPICS,
  withChannel,
  withClient,
  withMessages,
  withTopic,
} from "./targets.ts";
import { batchOf, publish } from "./test_broker.ts";
import { becomeDurable, crash, holdSyncs, passTime, reopen, toggleDisk } from "./world_actions.ts";

/** One kind of thing that can happen, and how likely it is. */
interface Action {
  weight: number;
  run(simulation: Simulation): Promise<void>;
}

/** Bodies are padded to one of these lengths: some fill a slab, some do not fit into the first. */
const BODY_LENGTHS = [12, 12, 30, 200, 5000, 20_000] as const;

const MAX_DELAY_MS = 4000;

let lastBody = 0;

function newBody(simulation: Simulation): string {
  return `${++lastBody} `.padEnd(simulation.pick(BODY_LENGTHS), ".");
}

function publishOne(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS), body = newBody(simulation);
  if (!simulation.canPublish(topic)) return Promise.resolve();
  return simulation.step(`publish ${topic}`, () => {
    simulation.publish(topic, [body], (real) => publish(real, body));
  });
}

function publishBatch(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS);
  const bodies = Array.from({ length: 1 + simulation.below(40) }, () => newBody(simulation));
  if (!simulation.canPublish(topic)) return Promise.resolve();
  return simulation.step(`publish ${bodies.length} ${topic}`, () => {
    simulation.publish(topic, bodies, (real) => real.publishBatch(...batchOf(bodies)));
  });
}

function publishDeferred(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS), body = newBody(simulation);
  const delayMs = 1 + simulation.below(MAX_DELAY_MS);
  if (!simulation.canPublish(topic)) return Promise.resolve();
  return simulation.step(`defer ${topic} ${delayMs} ms`, () => {
    simulation.publishDeferred(topic, body, delayMs);
  });
}

function subscribe(simulation: Simulation): Promise<void> {
  if (!simulation.canChange) return Promise.resolve();
  const topic = simulation.pick(TOPICS), channel = pickChannelName(simulation, topic);
  const msgTimeoutMs = simulation.pick([1000, 2000, 10_000]);
  return simulation.step(`subscribe ${topic}:${channel}`, () => {
    simulation.subscribe(topic, channel, msgTimeoutMs);
  });
}

function createChannel(simulation: Simulation): Promise<void> {
  if (!simulation.canChange) return Promise.resolve();
  const topic = simulation.pick(TOPICS), channel = pickChannelName(simulation, topic);
  return simulation.step(`create ${topic}:${channel}`, () => {
    simulation.createChannel(topic, channel);
  });
}

function setReady(simulation: Simulation): Promise<void> {
  const ready = simulation.pick([0, 1, 2, 10, 200]);
  return withClient(simulation, `ready ${ready}`, ({ subscription, model }) => {
    model.ready = ready;
    subscription.setReady(ready);
  });
}

function finish(simulation: Simulation): Promise<void> {
  return withMessages(
    simulation,
    "finish",
    ({ topic, channel, subscription, model }, id, bytes) => {
      simulation.modelChannel(topic, channel).finished(model.inFlight.get(id)!.message);
      model.inFlight.delete(id);
      assert.ok(subscription.finish(bytes, 0), `${id} is in flight`);
      assert.ok(!subscription.finish(bytes, 0), `${id} is not in flight any more`);
      assert.equal(subscription.whyNotInFlight(bytes, 0), "ID not in flight");
    },
  );
}

function requeue(simulation: Simulation): Promise<void> {
  const delayMs = simulation.pick([0, 0, 1 + simulation.below(MAX_DELAY_MS)]);
  return withMessages(simulation, `requeue ${delayMs}`, (client, id, bytes) => {
    const { topic, channel, subscription, model } = client;
    const { message } = model.inFlight.get(id)!;
    model.inFlight.delete(id);
    const modelChannel = simulation.modelChannel(topic, channel);
    modelChannel.requeueCount++;
    modelChannel.note(message, delayMs === 0 ? 0 : simulation.nowMs + delayMs);
    if (delayMs === 0) modelChannel.push(message, simulation.steps.length);
    else modelChannel.deferred.push({ message, dueMs: simulation.nowMs + delayMs });
    assert.ok(subscription.requeue(bytes, 0, delayMs), `${id} is in flight`);
  });
}

function touch(simulation: Simulation): Promise<void> {
  return withMessages(simulation, "touch", ({ subscription, model }, id, bytes) => {
    const entry = model.inFlight.get(id)!;
    const { nowMs, maxMsgTimeoutMs } = simulation;
    entry.deadlineMs = Math.min(nowMs + model.msgTimeoutMs, entry.deliveredMs + maxMsgTimeoutMs);
    assert.ok(subscription.touch(bytes, 0));
  });
}

/** A client answers for a message that another one has. */
function answerForOther(simulation: Simulation): Promise<void> {
  return withMessages(simulation, "answer for another", (owner, _id, bytes) => {
    const { topic, channel } = owner;
    const other = simulation.clients.find((client) =>
      client !== owner && client.topic === topic && client.channel === channel
    );
    if (other === undefined) return;
    assert.ok(!other.subscription.finish(bytes, 0));
    assert.ok(!other.subscription.requeue(bytes, 0, 0));
    assert.ok(!other.subscription.touch(bytes, 0));
    assert.equal(other.subscription.whyNotInFlight(bytes, 0), "client does not own message");
  });
}

function pauseTopic(simulation: Simulation): Promise<void> {
  return withTopic(simulation, "pause or unpause", (name) => {
    const { real, model } = simulation.topic(name);
    model.paused = !model.paused;
    if (model.paused) real.pause();
    else real.unpause();
  });
}

function pauseChannel(simulation: Simulation): Promise<void> {
  return withChannel(simulation, "pause or unpause", (topic, channel) => {
    const model = simulation.modelChannel(topic, channel);
    model.paused = !model.paused;
    const real = simulation.realChannel(topic, channel);
    if (model.paused) real.pause();
    else real.unpause();
  });
}

function emptyChannel(simulation: Simulation): Promise<void> {
  return withChannel(simulation, "empty", (topic, channel) => {
    simulation.modelChannel(topic, channel).empty();
    simulation.realChannel(topic, channel).empty();
  });
}

/** A channel is sent back, or one is made that begins in the past. */
function moveChannel(simulation: Simulation): Promise<void> {
  if (!simulation.hasDurable || !simulation.canChange) return Promise.resolve();
  const topic = simulation.pick(TOPICS), channel = pickChannelName(simulation, topic);
  if (topic.endsWith("#ephemeral") || channel.endsWith("#ephemeral")) return Promise.resolve();
  return simulation.step(`move ${topic}:${channel}`, () => simulation.moveTo(topic, channel));
}

function emptyTopic(simulation: Simulation): Promise<void> {
  return withTopic(simulation, "empty", (name) => {
    const { real, model } = simulation.topic(name);
    model.waiting = [];
    model.waitingDeferred = [];
    real.empty();
  });
}

const ACTIONS: readonly Action[] = [
  { weight: 10, run: publishOne },
  { weight: 6, run: publishBatch },
  { weight: 3, run: publishDeferred },
  { weight: 4, run: subscribe },
  { weight: 2, run: createChannel },
  { weight: 8, run: setReady },
  { weight: 14, run: finish },
  { weight: 6, run: requeue },
  { weight: 4, run: touch },
  { weight: 1, run: answerForOther },
  { weight: 2, run: (s) => withClient(s, "leave", (client) => s.leave(client)) },
  { weight: 3, run: look },
  { weight: 1, run: kickDeferred },
  { weight: 1, run: deleteInFlight },
  { weight: 2, run: pauseTopic },
  { weight: 2, run: pauseChannel },
  { weight: 0.3, run: emptyChannel },
  { weight: 0.3, run: emptyTopic },
  { weight: 1, run: moveChannel },
  {
    weight: 0.3,
    run: (s) => withChannel(s, "delete", (topic, channel) => s.deleteChannel(topic, channel)),
  },
  { weight: 0.2, run: (s) => withTopic(s, "delete", (topic) => s.deleteTopic(topic)) },
  { weight: 6, run: passTime },
  { weight: 1, run: toggleDisk },
  { weight: 0.5, run: reopen },
  { weight: 1.5, run: crash },
  { weight: 1, run: holdSyncs },
  { weight: 1, run: becomeDurable },
];

const TOTAL_WEIGHT = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** Does one thing of many. */
export function act(simulation: Simulation): Promise<void> {
  let at = simulation.random() * TOTAL_WEIGHT;
  const action = ACTIONS.find(({ weight }) => (at -= weight) < 0) ?? ACTIONS[0]!;
  return action.run(simulation);
}
