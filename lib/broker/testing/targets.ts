/**
 * What something happens to in a simulation: a topic, a channel, a client, or some of its messages.
 * @module
 */
import { idBytes } from "./fake_consumer.ts";
import type { SimulatedClient } from "./simulated_client.ts";
import type { Simulation } from "./simulation.ts";

/** With durable topics `a` and `b` are. */
export const TOPICS = ["a", "a", "b", "t#ephemeral"] as const;
const CHANNELS = ["x", "x", "y", "z#ephemeral"] as const;

/** In an ephemeral topic all channels are, as files of others would outlive it. */
const EPHEMERAL_CHANNELS = ["u#ephemeral", "v#ephemeral"] as const;

/** The name of a channel, there or not, as this topic may have it. */
export function pickChannelName(simulation: Simulation, topic: string): string {
  return simulation.pick(topic.endsWith("#ephemeral") ? EPHEMERAL_CHANNELS : CHANNELS);
}

/** Calls `act` with an existing channel, if there is one. */
export function withChannel(
  simulation: Simulation,
  name: string,
  act: (topic: string, channel: string) => void,
): Promise<void> {
  if (!simulation.canChange) return Promise.resolve();
  const all = [...simulation.topics.values()].flatMap((topic) =>
    [...topic.channels.keys()].map((channel) => [topic.name, channel] as const)
  );
  if (all.length === 0) return Promise.resolve();
  const [topic, channel] = simulation.pick(all);
  return simulation.step(`${name} ${topic}:${channel}`, () => act(topic, channel));
}

/** Calls `act` with an existing topic, if there is one. */
export function withTopic(
  simulation: Simulation,
  name: string,
  act: (topic: string) => void,
): Promise<void> {
  if (!simulation.canChange) return Promise.resolve();
  if (simulation.topics.size === 0) return Promise.resolve();
  const topic = simulation.pick([...simulation.topics.keys()]);
  return simulation.step(`${name} ${topic}`, () => act(topic));
}

/** Calls `act` with a client, if there is one. */
export function withClient(
  simulation: Simulation,
  name: string,
  act: (client: SimulatedClient) => void,
): Promise<void> {
  if (simulation.clients.length === 0) return Promise.resolve();
  const client = simulation.pick(simulation.clients);
  return simulation.step(`${name} ${client.topic}:${client.channel}`, () => act(client));
}

/** Calls `act` for some of the messages in flight to a client; oldest first most of the time, as clients do. */
export function withMessages(
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
