/**
 * What people see and do to messages from outside, in a simulation.
 * @module
 */
import assert from "node:assert/strict";
import type { PeekedMessage } from "../peek/collector.ts";
import type { Simulation } from "./simulation.ts";

const ALL = { offset: 0, count: 100_000, maxBytes: 100 };

/** Nothing is deferred for so long. */
const MAX_DELAY_MS = 1_000_000;

/** Bodies begin with a number of their own, and are padded. */
const decoder = new TextDecoder();
const beginning = (body: string) => body.split(" ")[0]!;
const textOf = ({ body }: PeekedMessage) => beginning(decoder.decode(body));

function pickChannel(simulation: Simulation) {
  const all = [...simulation.topics.values()].flatMap((topic) =>
    [...topic.channels.values()].map((model) => ({ topic: topic.name, model }))
  );
  if (all.length === 0) return null;
  const { topic, model } = simulation.pick(all);
  return { topic, model, real: simulation.realChannel(topic, model.name) };
}

/** A look shows what the model has, in an order in which it may be delivered, and changes nothing: the steps that follow show that. */
export async function look(simulation: Simulation): Promise<void> {
  const found = pickChannel(simulation);
  if (found === null) return;
  const { topic, model, real: { messages } } = found;
  simulation.steps.push(`look at ${topic}:${model.name}`);
  const queued = (await messages.peek("queued", ALL)).messages;
  model.checkLook(
    queued.map((each) => ({ text: textOf(each), attempts: each.attempts })),
    beginning,
  );
  const offset = simulation.below(queued.length + 2), count = 1 + simulation.below(5);
  const some = (await messages.peek("queued", { ...ALL, offset, count })).messages;
  assert.deepEqual(some.map(textOf), queued.slice(offset, offset + count).map(textOf));

  const inFlight = (await messages.peek("in_flight", ALL)).messages;
  const expected = model.consumers.flatMap((each) => [...each.inFlight.keys()]);
  assert.deepEqual(inFlight.map(({ id }) => id).sort(), expected.sort(), "in flight");

  const deferred = (await messages.peek("deferred", ALL)).messages;
  assert.deepEqual(
    deferred.map(textOf).sort(),
    model.deferred.map(({ message }) => beginning(message.body)).sort(),
    "deferred",
  );
  const dues = deferred.map(({ dueUnixMs }) => dueUnixMs!);
  assert.deepEqual(dues, dues.toSorted((a, b) => a - b), "deferred by time");
}

/** Somebody queues deferred messages now. */
export async function kickDeferred(simulation: Simulation): Promise<void> {
  const found = pickChannel(simulation);
  if (found === null || !simulation.canChange) return;
  const { topic, model, real: { messages } } = found;
  const all = (await messages.peek("deferred", ALL)).messages;
  const wanted = simulation.pick([1, 3, Infinity]);
  // Which of those that are due at the same time goes first is not known.
  const isClear = all[wanted - 1]?.dueUnixMs !== all[wanted]?.dueUnixMs;
  const count = isClear ? wanted : Infinity;
  const first = all.slice(0, count).map(textOf);
  await simulation.step(`kick ${count} of ${topic}:${model.name}`, () => {
    for (const text of first) {
      const at = model.deferred.findIndex(({ message }) => beginning(message.body) === text);
      const { message, dueMs } = model.deferred.splice(at, 1)[0]!;
      model.note(message, 0);
      // Steps only tell places apart: this gives those due at the same time the same one.
      model.push(
        message,
        simulation.steps.length + (dueMs - simulation.nowMs) / MAX_DELAY_MS,
        false,
      );
    }
    void messages.kickDeferred(count, Infinity).then((kicked) =>
      assert.equal(kicked, first.length)
    );
  });
}

/** Somebody deletes a message that is in flight. */
export async function deleteInFlight(simulation: Simulation): Promise<void> {
  if (simulation.clients.length === 0 || !simulation.canChange) return;
  const { topic, channel, model } = simulation.pick(simulation.clients);
  const [entry] = [...model.inFlight];
  if (entry === undefined) return;
  const [id, { message }] = entry;
  await simulation.step(`delete ${id} of ${topic}:${channel}`, () => {
    simulation.modelChannel(topic, channel).finished(message);
    model.inFlight.delete(id);
    void simulation.realChannel(topic, channel).messages.delete(id)
      .then((state) => assert.equal(state, "in_flight"));
  });
}
