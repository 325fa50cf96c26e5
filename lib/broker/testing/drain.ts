import assert from "node:assert/strict";
import { idBytes } from "./fake_consumer.ts";
import type { Simulation } from "./simulation.ts";
import { holdSyncs, toggleDisk } from "./world_actions.ts";

/** Lets all that is left be delivered and finished. */
export async function drain(simulation: Simulation): Promise<void> {
  if (simulation.diskFull) await toggleDisk(simulation);
  if (simulation.syncsHeld) await holdSyncs(simulation);
  simulation.steps.push("a moment");
  await simulation.advance(2000);
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
  for (const { topic, channel, subscription, model } of simulation.clients) {
    await simulation.step(`all of ${topic}:${channel}`, () => {
      model.ready = 100_000;
      subscription.setReady(model.ready);
    });
  }
  for (const { topic, channel, subscription, model } of simulation.clients) {
    await simulation.step(`finish all of ${topic}:${channel}`, () => {
      for (const [id, { message }] of model.inFlight) {
        simulation.modelChannel(topic, channel).finished(message);
        assert.ok(subscription.finish(idBytes(id), 0));
      }
      model.inFlight.clear();
    });
  }
}
