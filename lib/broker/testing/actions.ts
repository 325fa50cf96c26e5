import assert from "node:assert/strict";
import { idBytes } from "./fake_consumer.ts";
import type { SimulatedClient, Simulation } from "./simulation.ts";
import { batchOf, publish } from "./test_broker.ts";

/** One kind of thing that can happen, and how likely it is. */
interface Action {
  weight: number;
  run(simulation: Simulation): Promise<void>;
}

const TOPICS = ["a", "a", "b", "t#ephemeral"] as const;
const CHANNELS = ["x", "x", "y", "z#ephemeral"] as const;

/** In an ephemeral topic all channels are, as files of others would outlive it. */
const EPHEMERAL_CHANNELS = ["u#ephemeral", "v#ephemeral"] as const;

/** Bodies are padded to one of these lengths: some fill a slab, some do not fit into the first. */
const BODY_LENGTHS = [12, 12, 30, 200, 5000, 20_000] as const;

const MAX_DELAY_MS = 4000;

let lastBody = 0;

function newBody(simulation: Simulation): string {
  return `${++lastBody} `.padEnd(simulation.pick(BODY_LENGTHS), ".");
}

function pickChannelName(simulation: Simulation, topic: string): string {
  return simulation.pick(topic.endsWith("#ephemeral") ? EPHEMERAL_CHANNELS : CHANNELS);
}

/** Calls `act` with an existing channel, if there is one. */
function withChannel(
  simulation: Simulation,
  name: string,
  act: (topic: string, channel: string) => void,
): Promise<void> {
  const all = [...simulation.topics.values()].flatMap((topic) =>
    [...topic.channels.keys()].map((channel) => [topic.name, channel] as const)
  );
  if (all.length === 0) return Promise.resolve();
  const [topic, channel] = simulation.pick(all);
  return simulation.step(`${name} ${topic}:${channel}`, () => act(topic, channel));
}

function withTopic(
  simulation: Simulation,
  name: string,
  act: (topic: string) => void,
): Promise<void> {
  if (simulation.topics.size === 0) return Promise.resolve();
  const topic = simulation.pick([...simulation.topics.keys()]);
  return simulation.step(`${name} ${topic}`, () => act(topic));
}

function withClient(
  simulation: Simulation,
  name: string,
  act: (client: SimulatedClient) => void,
): Promise<void> {
  if (simulation.clients.length === 0) return Promise.resolve();
  const client = simulation.pick(simulation.clients);
  return simulation.step(`${name} ${client.topic}:${client.channel}`, () => act(client));
}

/** Calls `act` for some of the messages in flight to a client; oldest first most of the time, as clients do. */
function withMessages(
  simulation: Simulation,
  name: string,
  act: (client: SimulatedClient, id: string, bytes: Uint8Array) => void,
): Promise<void> {
  return withClient(simulation, name, (client) => {
    const ids = [...client.model.inFlight.keys()];
    if (simulation.below(4) === 0) ids.reverse();
    const count = simulation.pick([1, 1, 3, ids.length]);
    for (const id of ids.slice(0, count)) act(client, id, idBytes(id));
  });
}

function publishOne(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS), body = newBody(simulation);
  return simulation.step(`publish ${topic}`, () => {
    simulation.publish(topic, [body], (real) => publish(real, body));
  });
}

function publishBatch(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS);
  const bodies = Array.from({ length: 1 + simulation.below(40) }, () => newBody(simulation));
  return simulation.step(`publish ${bodies.length} ${topic}`, () => {
    simulation.publish(topic, bodies, (real) => real.publishBatch(...batchOf(bodies)));
  });
}

function publishDeferred(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS), body = newBody(simulation);
  const delayMs = 1 + simulation.below(MAX_DELAY_MS);
  return simulation.step(`defer ${topic} ${delayMs} ms`, () => {
    simulation.publishDeferred(topic, body, delayMs);
  });
}

function subscribe(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS), channel = pickChannelName(simulation, topic);
  const msgTimeoutMs = simulation.pick([1000, 2000, 10_000]);
  return simulation.step(`subscribe ${topic}:${channel}`, () => {
    simulation.subscribe(topic, channel, msgTimeoutMs);
  });
}

function createChannel(simulation: Simulation): Promise<void> {
  const topic = simulation.pick(TOPICS), channel = pickChannelName(simulation, topic);
  return simulation.step(`create ${topic}:${channel}`, () => {
    simulation.createChannel(topic, channel);
  });
}

function setReady(simulation: Simulation): Promise<void> {
  const ready = simulation.pick([0, 1, 2, 10, 200]);
  return withClient(simulation, `ready ${ready}`, ({ topic, channel, consumer, model }) => {
    model.ready = ready;
    simulation.realChannel(topic, channel).setReady(consumer, ready);
  });
}

function finish(simulation: Simulation): Promise<void> {
  return withMessages(simulation, "finish", ({ topic, channel, consumer, model }, id, bytes) => {
    const real = simulation.realChannel(topic, channel);
    model.inFlight.delete(id);
    assert.ok(real.finish(consumer, bytes, 0), `${id} is in flight`);
    assert.ok(!real.finish(consumer, bytes, 0), `${id} is not in flight any more`);
    assert.equal(real.whyNotInFlight(bytes, 0), "ID not in flight");
  });
}

function requeue(simulation: Simulation): Promise<void> {
  const delayMs = simulation.pick([0, 0, 1 + simulation.below(MAX_DELAY_MS)]);
  return withMessages(simulation, `requeue ${delayMs}`, (client, id, bytes) => {
    const { topic, channel, consumer, model } = client;
    const { message } = model.inFlight.get(id)!;
    model.inFlight.delete(id);
    const modelChannel = simulation.modelChannel(topic, channel);
    modelChannel.requeueCount++;
    if (delayMs === 0) modelChannel.push(message, simulation.steps.length);
    else modelChannel.deferred.push({ message, dueMs: simulation.nowMs + delayMs });
    const real = simulation.realChannel(topic, channel);
    assert.ok(real.requeue(consumer, bytes, 0, delayMs), `${id} is in flight`);
  });
}

function touch(simulation: Simulation): Promise<void> {
  return withMessages(simulation, "touch", ({ topic, channel, consumer, model }, id, bytes) => {
    const entry = model.inFlight.get(id)!;
    const { nowMs, maxMsgTimeoutMs } = simulation;
    entry.deadlineMs = Math.min(nowMs + model.msgTimeoutMs, entry.deliveredMs + maxMsgTimeoutMs);
    assert.ok(simulation.realChannel(topic, channel).touch(consumer, bytes, 0));
  });
}

/** A client answers for a message that another one has. */
function answerForOther(simulation: Simulation): Promise<void> {
  return withMessages(simulation, "answer for another", (owner, _id, bytes) => {
    const { topic, channel } = owner;
    const real = simulation.realChannel(topic, channel);
    const other = simulation.clients.find((client) =>
      client !== owner && client.topic === topic && client.channel === channel
    );
    if (other === undefined) return;
    assert.ok(!real.finish(other.consumer, bytes, 0));
    assert.ok(!real.requeue(other.consumer, bytes, 0, 0));
    assert.ok(!real.touch(other.consumer, bytes, 0));
    assert.equal(real.whyNotInFlight(bytes, 0), "client does not own message");
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

function emptyTopic(simulation: Simulation): Promise<void> {
  return withTopic(simulation, "empty", (name) => {
    const { real, model } = simulation.topic(name);
    model.waiting = [];
    model.waitingDeferred = [];
    real.empty();
  });
}

function passTime(simulation: Simulation): Promise<void> {
  const ms = simulation.pick([1, 10, 500, 1000, 2500, 6000]);
  simulation.steps.push(`${ms} ms`);
  return simulation.advance(ms).then(() => simulation.step("and then", () => {}));
}

function toggleDisk(simulation: Simulation): Promise<void> {
  const full = !simulation.diskFull;
  return simulation.step(full ? "disk full" : "disk has space", () => {
    simulation.diskFull = full;
  });
}

async function reopen(simulation: Simulation): Promise<void> {
  if (simulation.diskFull) await toggleDisk(simulation);
  simulation.steps.push("reopen");
  await simulation.reopen();
  await simulation.step("and then", () => {});
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
  { weight: 2, run: pauseTopic },
  { weight: 2, run: pauseChannel },
  { weight: 0.3, run: emptyChannel },
  { weight: 0.3, run: emptyTopic },
  {
    weight: 0.3,
    run: (s) => withChannel(s, "delete", (topic, channel) => s.deleteChannel(topic, channel)),
  },
  { weight: 0.2, run: (s) => withTopic(s, "delete", (topic) => s.deleteTopic(topic)) },
  { weight: 6, run: passTime },
  { weight: 1, run: toggleDisk },
  { weight: 0.5, run: reopen },
];

const TOTAL_WEIGHT = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** Does one thing of many. */
export function act(simulation: Simulation): Promise<void> {
  let at = simulation.random() * TOTAL_WEIGHT;
  const action = ACTIONS.find(({ weight }) => (at -= weight) < 0) ?? ACTIONS[0]!;
  return action.run(simulation);
}

/** Lets all that is left be delivered and finished. */
export async function drain(simulation: Simulation): Promise<void> {
  if (simulation.diskFull) await toggleDisk(simulation);
  for (const [name, topic] of simulation.topics) {
    const { real } = simulation.topic(name);
    await simulation.step(`drain ${name}`, () => {
      topic.paused = false;
      for (const channel of topic.channels.values()) {
        channel.paused = false;
        real.existingChannel(channel.name)!.unpause();
        simulation.subscribe(name, channel.name, 60_000);
      }
      if (topic.channels.size === 0) simulation.subscribe(name, "u#ephemeral", 60_000);
      real.unpause();
    });
  }
  for (let round = 0; round < 3; round++) {
    await finishAll(simulation);
    simulation.steps.push("a minute");
    await simulation.advance(60_000);
    await simulation.step("and then", () => {});
  }
}

async function finishAll(simulation: Simulation): Promise<void> {
  for (const { topic, channel, consumer, model } of simulation.clients) {
    await simulation.step(`all of ${topic}:${channel}`, () => {
      model.ready = 100_000;
      simulation.realChannel(topic, channel).setReady(consumer, model.ready);
    });
  }
  for (const { topic, channel, consumer, model } of simulation.clients) {
    await simulation.step(`finish all of ${topic}:${channel}`, () => {
      for (const id of model.inFlight.keys()) {
        assert.ok(simulation.realChannel(topic, channel).finish(consumer, idBytes(id), 0));
      }
      model.inFlight.clear();
    });
  }
}
