/** The tests that every client library has to pass: publishing to us and consuming from us. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import {
  type ChannelFigures,
  Client,
  eventually,
  FRAME_MESSAGE,
  maxLatenessMs,
  type Nsqd,
  nsqdSuite,
  topicName,
} from "../harness/mod.ts";
import { awkwardBodies, base64, texts } from "./bodies.ts";
import type { ClientEvent } from "./job.ts";
import type { Library } from "./libraries.ts";
import { bodiesOf, consume, publish } from "./run.ts";
import { type TopicKind, topicKinds } from "./topic_kinds.ts";

/** Bytes of a message frame before the body: timestamp, attempts, id. */
const BODY_OFFSET = 8 + 2 + 16;
/** Message timeout of the touch test: half of it may pass before a touch comes that is due, on a busy machine. */
const MSG_TIMEOUT_MS = 3_000;

/** So often it is tried whether a message comes back in time: what a busy machine delays once is no rule, and what a library delays is. */
const TRIES = 3;

/** Registers the tests of one library; those of one kind of topics share one nsqd. */
export function testLibrary(library: Library): void {
  for (const kind of topicKinds) testLibraryOn(kind, library);
}

function testLibraryOn({ flags, suffix }: TopicKind, library: Library): void {
  nsqdSuite(flags, (test) => {
    const add = (name: string, body: (library: Library, nsqd: Nsqd) => Promise<void>) =>
      test(`${library.name} ${name}${suffix}`, (nsqd) => body(library, nsqd));
    add("publishes one by one, in order and byte for byte", publishesSingly);
    add("publishes many at once, in order and byte for byte", publishesMany);
    add("publishes deferred messages that arrive after their delay", publishesDeferred);
    add("consumes and finishes every message once, then leaves", finishes);
    add("requeues a message with a delay and gets it again after it", requeuesWithDelay);
    add("touches a message and so keeps it beyond its timeout", touches);
    add("gives a message up after its maximum of attempts", givesUp);
    add("gets as many messages at once as it is ready for, and no more", holds);
  });
}

async function publishesSingly(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  await publish(library, nsqd, topic, "single", awkwardBodies);
  deepEqual(await receive(nsqd, topic, awkwardBodies.length), base64(awkwardBodies));
}

async function publishesMany(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  const bodies = [...awkwardBodies, ...texts("many", 100)];
  await publish(library, nsqd, topic, "multi", bodies);
  deepEqual(await receive(nsqd, topic, bodies.length), base64(bodies));
}

async function publishesDeferred(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  const delayMs = 1_500;
  const bodies = texts("deferred", 3);
  await nsqd.post(`/topic/create?topic=${topic}`);
  await nsqd.post(`/channel/create?topic=${topic}&channel=ch`);
  const startMs = Date.now();
  const [published] = await publish(library, nsqd, topic, "deferred", bodies, delayMs);
  const received = await receive(nsqd, topic, bodies.length);
  const elapsedMs = Date.now() - startMs;
  equal(published?.event, "published");
  deepEqual(received.sort(), base64(bodies).sort());
  ok(elapsedMs >= delayMs, `arrived after ${elapsedMs} ms`);
}

async function finishes(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  const bodies = [...awkwardBodies, ...texts("finish", 100)];
  for (const body of bodies) await nsqd.post(`/pub?topic=${topic}`, new Uint8Array(body));
  const events = await consume(library, nsqd, topic, { expect: bodies.length, maxInFlight: 10 });
  deepEqual(bodiesOf(events).sort(), base64(bodies).sort());
  for (const { attempts, id } of messages(events)) {
    equal(attempts, 1);
    ok(/^[0-9a-f]{16}$/.test(id ?? ""), `id ${id}`);
  }
  equal(events.at(-1)?.event, "closed");
  const figures = await channelAfterwards(nsqd, topic);
  equal(figures.message_count, bodies.length);
  equal(figures.requeue_count, 0);
  equal(figures.timeout_count, 0);
}

async function requeuesWithDelay(library: Library, nsqd: Nsqd): Promise<void> {
  const delayMs = 700;
  for (let tries = 1;; tries++) {
    const gapMs = await requeuedAfterMs(library, nsqd, delayMs);
    ok(gapMs >= delayMs - 1, `came back after ${gapMs} ms`);
    const isLate = gapMs >= delayMs + maxLatenessMs;
    if (!isLate) return;
    ok(tries < TRIES, `came back after ${gapMs} ms`);
  }
}

/** Has a library requeue one message with a delay. @returns how long it was away, as the library sees it */
async function requeuedAfterMs(library: Library, nsqd: Nsqd, delayMs: number): Promise<number> {
  const topic = topicName();
  await nsqd.post(`/pub?topic=${topic}`, `requeue:${delayMs}|later`);
  const received = messages(await consume(library, nsqd, topic, { expect: 1 }));
  deepEqual(received.map((each) => each.attempts), [1, 2]);
  const [first, second] = received as [ClientEvent, ClientEvent];
  equal(second.id, first.id);
  equal((await channelAfterwards(nsqd, topic)).requeue_count, 1);
  return second.atMs - first.atMs;
}

async function touches(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  await nsqd.post(`/pub?topic=${topic}`, "touch:5|hold me longer");
  const settings = { expect: 1, msgTimeoutMs: MSG_TIMEOUT_MS };
  const events = await consume(library, nsqd, topic, settings);
  const [message, ...more] = messages(events);
  deepEqual(more, []);
  const heldMs = (events.at(-1)?.atMs ?? 0) - (message?.atMs ?? 0);
  ok(heldMs >= 2 * MSG_TIMEOUT_MS, `held for ${heldMs} ms`);
  equal((await channelAfterwards(nsqd, topic)).timeout_count, 0);
}

async function givesUp(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  await nsqd.post(`/pub?topic=${topic}`, "fail|poison");
  const events = await consume(library, nsqd, topic, { expect: 1, maxAttempts: 3 });
  deepEqual(messages(events).map((each) => each.attempts), [1, 2, 3]);
  const discarded = events.filter((each) => each.event === "discarded");
  deepEqual(discarded.map((each) => each.attempts), [4]);
  equal((await channelAfterwards(nsqd, topic)).requeue_count, 3);
}

async function holds(library: Library, nsqd: Nsqd): Promise<void> {
  const topic = topicName();
  const maxInFlight = 7;
  const rounds = 3;
  const bodies = Array.from({ length: maxInFlight * rounds }, (_, n) => `hold|${n}`);
  await nsqd.post(`/mpub?topic=${topic}`, bodies.join("\n"));
  const events = await consume(library, nsqd, topic, { expect: bodies.length, maxInFlight });
  const held = events.filter((each) => each.event === "held");
  deepEqual(held.map((each) => each.count), new Array(rounds).fill(maxInFlight));
  const beforeFirst = events.slice(0, events.findIndex((each) => each.event === "held"));
  equal(beforeFirst.length, maxInFlight, "messages in flight when the first was finished");
  await channelAfterwards(nsqd, topic);
}

/** Takes messages with a raw client; their bodies as base64. */
async function receive(nsqd: Nsqd, topic: string, count: number): Promise<string[]> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe(topic, "ch", 1);
  const bodies: string[] = [];
  while (bodies.length < count) {
    const { type, data } = await client.nextFrame();
    equal(type, FRAME_MESSAGE);
    bodies.push(data.slice(BODY_OFFSET).toBase64());
    await client.finish(new TextDecoder().decode(data.subarray(BODY_OFFSET - 16, BODY_OFFSET)));
  }
  return bodies;
}

function messages(events: readonly ClientEvent[]): ClientEvent[] {
  return events.filter((each) => each.event === "message");
}

/** Figures of the channel after its consumer has left: nothing may stay behind. */
function channelAfterwards(nsqd: Nsqd, topic: string): Promise<ChannelFigures> {
  return eventually(async () => {
    const figures = await nsqd.channel(topic, "ch");
    const { depth, in_flight_count, deferred_count, client_count } = figures;
    deepEqual(
      { depth, in_flight_count, deferred_count, client_count },
      { depth: 0, in_flight_count: 0, deferred_count: 0, client_count: 0 },
    );
    return figures;
  });
}
