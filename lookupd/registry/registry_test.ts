import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Peer } from "./model.ts";
import { type Registration, Registry } from "./registry.ts";

let lastPort = 0;

function peer(registry: Registry, name = "host"): Peer {
  const made = new Peer({
    remote_address: `127.0.0.1:${++lastPort}`,
    hostname: name,
    broadcast_address: name,
    tcp_port: 4150,
    http_port: 4151,
    version: "1.3.0",
    topology_zone: "",
    topology_region: "",
  }, 0);
  registry.addPeer(made);
  return made;
}

/** Registrations in short: `topic t`, `channel t c`, `client`. */
function short(registrations: readonly Registration[]): string[] {
  return registrations.map(({ category, key, subkey }) => `${category} ${key} ${subkey}`.trim());
}

/** Names of the channels of a topic; undefined when it is not known. */
function channels(registry: Registry, topic: string): string[] | undefined {
  const [found] = registry.find(topic);
  return found && [...found.channels.keys()];
}

Deno.test("register makes topic and channel known, and says what is new", () => {
  const registry = new Registry();
  const one = peer(registry);
  deepEqual(short(registry.register(one, "t", "c")), ["channel t c", "topic t"]);
  deepEqual(short(registry.register(one, "t", "c")), []);
  deepEqual(short(registry.register(one, "t", "")), []);
  deepEqual(short(registry.register(peer(registry), "t", "c")), ["channel t c", "topic t"]);
  deepEqual(registry.topicNames(), ["t"]);
  deepEqual(channels(registry, "t"), ["c"]);
  equal(registry.registrationCount, 4);
});

Deno.test("unregisterChannel leaves a durable channel known, an ephemeral one as long as somebody has it", () => {
  const registry = new Registry();
  const one = peer(registry), other = peer(registry);
  for (const each of [one, other]) {
    registry.register(each, "t", "c");
    registry.register(each, "t", "e#ephemeral");
  }
  deepEqual(short(registry.unregisterChannel(one, "t", "c")), ["channel t c"]);
  deepEqual(short(registry.unregisterChannel(one, "t", "c")), []);
  registry.unregisterChannel(other, "t", "c");
  registry.unregisterChannel(one, "t", "e#ephemeral");
  deepEqual(channels(registry, "t"), ["c", "e#ephemeral"]);
  registry.unregisterChannel(other, "t", "e#ephemeral");
  deepEqual(channels(registry, "t"), ["c"]);
  deepEqual(short(registry.unregisterChannel(one, "nope", "c")), []);
  equal(registry.registrationCount, 2);
});

Deno.test("unregisterTopic takes the peer off the topic's channels too", () => {
  const registry = new Registry();
  const one = peer(registry);
  registry.register(one, "t", "c");
  deepEqual(short(registry.unregisterTopic(one, "t")), ["channel t c", "topic t"]);
  deepEqual(channels(registry, "t"), ["c"]);
  deepEqual([one.topics.size, one.channels.size, registry.registrationCount], [0, 0, 0]);
});

Deno.test("removePeer takes back all it had, and forgets what was ephemeral", () => {
  const registry = new Registry();
  const one = peer(registry);
  registry.register(one, "t", "c");
  registry.register(one, "t", "e#ephemeral");
  registry.register(one, "e#ephemeral", "c");
  registry.register(peer(registry), "t", "");
  deepEqual(short(registry.removePeer(one)).sort(), [
    "channel e#ephemeral c",
    "channel t c",
    "channel t e#ephemeral",
    "client",
    "topic e#ephemeral",
    "topic t",
  ]);
  deepEqual(registry.topicNames(), ["t"]);
  deepEqual(channels(registry, "t"), ["c"]);
  deepEqual(registry.removePeer(one), []);
  deepEqual([registry.peers.size, registry.registrationCount], [1, 1]);
});

Deno.test("deleteTopic and deleteChannel forget them on every peer, until one registers again", () => {
  const registry = new Registry();
  const one = peer(registry);
  registry.register(one, "t", "c");
  registry.register(one, "t", "d");
  equal(registry.deleteChannel("t", "c"), true);
  equal(registry.deleteChannel("t", "c"), false);
  equal(registry.registrationCount, 2);
  for (const topic of registry.find("t")) registry.deleteTopic(topic);
  deepEqual([registry.topicCount, one.topics.size, one.channels.size], [0, 0, 0]);
  equal(registry.registrationCount, 0);
  equal(registry.peers.size, 1);
  registry.register(one, "t", "");
  deepEqual(channels(registry, "t"), []);
});

Deno.test("find takes a star for all topics", () => {
  const registry = new Registry();
  registry.createChannel("a", "c");
  registry.createTopic("b");
  deepEqual(registry.find("*").map(({ name }) => name), ["a", "b"]);
  deepEqual(registry.find("nope"), []);
});

Deno.test("Registry keeps its count and both its indexes right whatever happens", () => {
  const registry = new Registry();
  const names = ["a", "b", "e#ephemeral"];
  let seed = 1;
  const random = (limit: number) => (seed = seed * 48271 % 2147483647) % limit;
  const peers = Array.from({ length: 4 }, () => peer(registry));
  for (let step = 0; step < 5000; step++) {
    const at = random(peers.length), topic = names[random(3)]!, channel = names[random(3)]!;
    const actor = peers[at]!;
    const actions = [
      () => registry.register(actor, topic, channel),
      () => registry.register(actor, topic, ""),
      () => registry.unregisterChannel(actor, topic, channel),
      () => registry.unregisterTopic(actor, topic),
      () => registry.deleteChannel(topic, channel),
      () => registry.find(topic).forEach((found) => registry.deleteTopic(found)),
      () => {
        registry.removePeer(actor);
        peers[at] = peer(registry);
      },
    ];
    actions[Math.min(random(12), actions.length - 1)]!();
    checkIndexes(registry);
  }
});

function checkIndexes(registry: Registry): void {
  let byTopic = 0, byPeer = 0;
  for (const topic of registry.find("*")) {
    for (const [peer, producer] of topic.producers) {
      equal(peer.topics.get(topic), producer);
      byTopic++;
    }
    for (const channel of topic.channels.values()) {
      for (const peer of channel.peers) equal(peer.channels.has(channel), true);
      byTopic += channel.peers.size;
    }
  }
  for (const peer of registry.peers) byPeer += peer.topics.size + peer.channels.size;
  deepEqual([byTopic, byPeer], [registry.registrationCount, registry.registrationCount]);
}
