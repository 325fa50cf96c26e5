import assert from "node:assert/strict";
import { seededRandom } from "../../diskqueue/testing/harness.ts";
import { SimulatedDisk } from "../../diskqueue/testing/simulated_disk.ts";
import { isEphemeralName } from "../../wire/names.ts";
import type { Channel } from "../channel.ts";
import type { Consumer } from "../consumer.ts";
import type { Topic } from "../topic.ts";
import { type Delivery, fakeConsumer, type FakeSink } from "./fake_consumer.ts";
import { ManualTime } from "./manual_time.ts";
import { type ModelChannel, ModelConsumer } from "./model_channel.ts";
import { ModelTopic } from "./model_topic.ts";
import { TestBroker } from "./test_broker.ts";

/** `--mem-queue-size` of a simulation is one of these. */
const MEM_QUEUE_SIZES = [0, 1, 5, 1000] as const;

/** Longer than the topic waits before it tries a failing disk again. */
const RETRY_MS = 1100;

/** How long a restart takes: not long enough would give ids twice. */
const RESTART_MS = 10;

/** Steps of 1 ms after which a topic must have handed everything on. */
const MAX_HAND_ON_MS = 500;

/** A connection of the simulation with its two sides. */
export interface SimulatedClient {
  consumer: Consumer;
  sink: FakeSink;
  model: ModelConsumer;
  topic: string;
  channel: string;
}

/** A broker and the model beside it: whatever is done, is done to both, and then they are compared. */
export class Simulation {
  readonly random: () => number;
  readonly memQueueSize: number;
  readonly maxMsgTimeoutMs = 3000;
  readonly topics = new Map<string, ModelTopic>();
  clients: SimulatedClient[] = [];
  /** What was done, for the message of a failure. */
  readonly steps: string[] = [];
  /** Body by id of all messages that were ever delivered, per topic: neither may change. */
  readonly #bodies = new Map<string, string>();
  #time = new ManualTime();
  #test: TestBroker;
  #maxBytesPerFile: number;
  #step = 0;
  #generation = 0;
  /** While time passes: until when. */
  #advancingTo: number | null = null;
  #diskEverFull = false;
  /** What was wrong with a delivery. */
  #failure: unknown = null;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.memQueueSize = this.pick(MEM_QUEUE_SIZES);
    this.#maxBytesPerFile = this.pick([300, 5000, 1_000_000]);
    this.#test = this.#open(new SimulatedDisk());
  }

  get broker() {
    return this.#test.broker;
  }

  get nowMs(): number {
    return this.#test.clock.update();
  }

  get diskFull(): boolean {
    return this.#test.disk.capacityBytes < Infinity;
  }

  set diskFull(full: boolean) {
    // Not a byte more fits.
    this.#test.disk.capacityBytes = full ? 0 : Infinity;
    this.#diskEverFull ||= full;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.random() * below);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  topic(name: string): { real: Topic; model: ModelTopic } {
    const real = this.broker.topic(name);
    let model = this.topics.get(name);
    if (model === undefined) {
      model = new ModelTopic(name, isEphemeralName(name), ++this.#generation, this.memQueueSize);
      this.topics.set(name, model);
    }
    return { real, model };
  }

  realChannel(topic: string, channel: string): Channel {
    return this.broker.existingTopic(topic)!.existingChannel(channel)!;
  }

  modelChannel(topic: string, channel: string): ModelChannel {
    return this.topics.get(topic)!.channels.get(channel)!;
  }

  createChannel(topicName: string, name: string): void {
    const { real, model } = this.topic(topicName);
    // The model first: waiting messages may be delivered before the call returns.
    model.channel(name, isEphemeralName(name));
    real.channel(name);
    this.#followTopic(model);
  }

  deleteChannel(topicName: string, name: string): void {
    this.broker.existingTopic(topicName)!.deleteChannel(name);
    this.#forgetChannel(topicName, name);
  }

  deleteTopic(name: string): void {
    this.broker.deleteTopic(name);
    for (const channel of [...this.topics.get(name)!.channels.keys()]) {
      this.#forgetChannel(name, channel);
    }
    this.topics.delete(name);
  }

  /** Subscribes a new connection, making topic and channel as SUB does. */
  subscribe(topic: string, channel: string, msgTimeoutMs: number): void {
    this.createChannel(topic, channel);
    const { consumer, sink } = fakeConsumer((d) => this.#onDelivery(topic, channel, d), {
      msgTimeoutMs,
    });
    this.realChannel(topic, channel).addConsumer(consumer);
    const model = new ModelConsumer(msgTimeoutMs);
    this.modelChannel(topic, channel).consumers.push(model);
    this.clients.push({ consumer, sink, model, topic, channel });
  }

  /** The connection of `client` goes away. */
  leave(client: SimulatedClient): void {
    this.clients = this.clients.filter((each) => each !== client);
    const { topic, channel, model } = client;
    model.gone = true;
    const modelChannel = this.modelChannel(topic, channel);
    modelChannel.consumers = modelChannel.consumers.filter((c) => !c.gone || c.inFlight.size > 0);
    this.realChannel(topic, channel).removeConsumer(client.consumer);
    if (modelChannel.ephemeral && !this.clients.some((c) => isOf(c, topic, channel))) {
      this.#forgetChannel(topic, channel);
    }
  }

  /** Publishes in one go; the model follows what the topic says of it. @returns whether it worked */
  publish(topicName: string, bodies: readonly string[], send: (topic: Topic) => void): boolean {
    const { real, model } = this.topic(topicName);
    const before = this.#received(real);
    model.waiting.push(...bodies.map((body) => ({ body, attempts: 0 })));
    let published = true;
    try {
      send(real);
    } catch (error) {
      assert.ok(this.diskFull, `publishing failed: ${error}`);
      published = false;
      const kept = this.#received(real) - before;
      assert.ok(kept === 0 || kept === bodies.length, `${kept} of ${bodies.length} were kept`);
      if (kept === 0) model.waiting.length -= bodies.length;
    }
    if (published) model.published += bodies.length;
    this.#followTopic(model);
    return published;
  }

  publishDeferred(topicName: string, text: string, delayMs: number): void {
    const { real, model } = this.topic(topicName);
    const body = new TextEncoder().encode(text);
    real.publishDeferred(body, 0, body.length, delayMs);
    const dueMs = this.nowMs + delayMs;
    model.waitingDeferred.push({ message: { body: text, attempts: 0 }, dueMs });
    model.published++;
    this.#followTopic(model);
  }

  /** One step of the test: does `act`, lets the turn end, compares. */
  async step(name: string, act: () => void): Promise<void> {
    this.steps.push(name);
    this.#step++;
    act();
    await this.#settle();
    this.check();
  }

  async advance(ms: number): Promise<void> {
    this.#step++;
    this.#follow();
    this.#advancingTo = this.#test.clock.update() + ms;
    // The model first: an ephemeral channel that overflows delivers while the timer runs.
    this.#timePassed();
    this.#test.time.advance(ms);
    await this.#turn();
    this.#follow();
    this.#timePassed(); // what was handed on was due, perhaps
    this.#follow();
    this.#advancingTo = null;
  }

  /** Stops the broker and starts another on the same disk. */
  async reopen(): Promise<void> {
    assert.ok(!this.diskFull, "what cannot be written at the end is lost");
    const onDisk = new Map<ModelChannel, number>();
    this.#eachChannel((real, model) => onDisk.set(model, real.stats("", false).backend_depth));
    this.broker.close();
    for (const { sink } of this.clients) assert.ok(sink.closed, "a connection stays open");
    this.clients = [];
    this.#test.scheduler.stop();
    await this.#test.turn();
    assert.equal(this.#time.pendingTimers, 0, "a timer is left behind");
    assert.equal(this.#test.disk.openHandles, 0, "a file is left open");
    for (const topic of [...this.topics.values()]) {
      if (topic.ephemeral) this.topics.delete(topic.name);
      topic.reopen();
      for (const channel of topic.channels.values()) {
        channel.reopen(onDisk.get(channel)!, ++this.#step);
      }
    }
    this.#time.advance(RESTART_MS);
    this.#test = this.#open(this.#test.disk);
    this.#diskEverFull = false;
    this.broker.loading(() => {
      for (const { name, paused, channels } of this.topics.values()) {
        const topic = this.broker.topic(name);
        if (paused) topic.pause();
        for (const channel of channels.values()) {
          const real = topic.channel(channel.name);
          if (channel.paused) real.pause();
        }
      }
    });
    this.#follow();
  }

  /** Compares what the broker says of itself with the model. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
    this.#test.pool.liveReferences();
    for (const [name, model] of this.topics) {
      const real = this.broker.existingTopic(name);
      assert.ok(real, `topic ${name} is gone`);
      assert.equal(real.depth, model.depth, `depth of ${name}`);
      assert.equal(real.messageCount, model.published, `messages published to ${name}`);
      assert.deepEqual([...real.channels.keys()].sort(), [...model.channels.keys()].sort());
      if (!this.diskFull && model.canHandOn) assert.equal(model.depth, 0, `${name} kept messages`);
    }
    assert.equal(this.broker.topics.size, this.topics.size, "number of topics");
    this.#eachChannel((real, model) => this.#checkChannel(real, model));
    if (!this.#diskEverFull) assert.equal(this.broker.health(), "OK");
  }

  /** All is drained: nothing may be left anywhere. */
  checkDrained(): void {
    this.#eachChannel((_, model) => assert.ok(model.isEmpty, `${model.name} is not empty`));
    assert.equal(this.#test.pool.liveReferences(), 0, "references to slabs");
  }

  #checkChannel(real: Channel, model: ModelChannel): void {
    const stats = real.stats("", false);
    const what = `${model.name}: `;
    assert.equal(stats.depth, model.depth, `${what}depth`);
    assert.equal(stats.in_flight_count, model.inFlightCount, `${what}in flight`);
    assert.equal(stats.deferred_count, model.deferred.length, `${what}deferred`);
    assert.equal(stats.requeue_count, model.requeueCount, `${what}requeued`);
    assert.equal(stats.timeout_count, model.timeoutCount, `${what}timed out`);
    const inMemory = stats.depth - stats.backend_depth;
    if (model.ephemeral) assert.equal(stats.backend_depth, 0, `${what}on disk`);
    else if (!this.#diskEverFull) {
      assert.ok(inMemory <= this.memQueueSize, `${what}${inMemory} in memory`);
    }
    if (model.depth === 0 || model.paused) return;
    const idle = model.consumers.find((consumer) => consumer.capacity > 0);
    assert.equal(idle, undefined, `${what}a consumer waits, and ${model.depth} messages wait`);
  }

  /** Lets the turn end and the clients read all they are sent, with what was held back because they had not. */
  async #turn(): Promise<void> {
    await this.#test.turn();
    while (this.clients.some(({ sink }) => sink.output.length > 0)) {
      for (const { sink, consumer, topic, channel } of this.clients) {
        sink.drain();
        if (!consumer.queued) this.realChannel(topic, channel).offer(consumer);
      }
      await this.#test.turn();
    }
  }

  async #settle(): Promise<void> {
    await this.#turn();
    this.#follow();
    if (this.#test.time.nextDelayMs <= 0) await this.advance(0);
    for (let ms = 0; ms < MAX_HAND_ON_MS && !this.diskFull && this.#handingOn(); ms++) {
      await this.advance(ms === MAX_HAND_ON_MS / 2 ? RETRY_MS : 1);
    }
  }

  #handingOn(): boolean {
    return [...this.topics.values()].some((topic) => topic.canHandOn && topic.depth > 0);
  }

  #timePassed(): void {
    const nowMs = this.#advancingTo;
    if (nowMs !== null) this.#eachChannel((_, model) => model.timePassed(nowMs, this.#step));
  }

  #follow(): void {
    for (const model of this.topics.values()) this.#followTopic(model);
    this.#eachChannel((real, model) => model.trim(real.depth));
  }

  #followTopic(model: ModelTopic): void {
    const { depth } = this.broker.existingTopic(model.name)!;
    model.follow(depth, this.#step);
  }

  /** How many messages a topic has taken so far, as far as it can be seen from outside. */
  #received(topic: Topic): number {
    return topic.log.endIndex + topic.depth;
  }

  #onDelivery(topicName: string, channelName: string, delivery: Delivery): void {
    try {
      this.#checkDelivery(topicName, channelName, delivery);
    } catch (error) {
      this.#failure ??= error; // whoever delivers may catch it
      throw error;
    }
  }

  #checkDelivery(topicName: string, channelName: string, delivery: Delivery): void {
    const topic = this.topics.get(topicName)!;
    this.#followTopic(topic);
    topic.handedOn(delivery.body, this.#step);
    this.#timePassed();
    const key = `${topic.generation} ${topicName} ${delivery.id}`;
    const known = this.#bodies.get(key) ?? delivery.body;
    assert.equal(delivery.body, known, `two messages have the id ${delivery.id}`);
    this.#bodies.set(key, known);
    const client = this.clients.find(({ consumer }) => consumer === delivery.consumer)!;
    topic.channels.get(channelName)!.deliver(delivery, client.model, this.nowMs);
  }

  #forgetChannel(topicName: string, name: string): void {
    for (const client of this.clients.filter((c) => isOf(c, topicName, name))) {
      assert.ok(client.sink.closed, "the channel is gone, the connection is not");
    }
    this.clients = this.clients.filter((client) => !isOf(client, topicName, name));
    const topic = this.topics.get(topicName)!;
    topic.channels.delete(name);
    if (topic.ephemeral && topic.channels.size === 0) this.topics.delete(topicName);
  }

  #eachChannel(visit: (real: Channel, model: ModelChannel) => void): void {
    for (const [name, topic] of this.topics) {
      for (const model of topic.channels.values()) {
        const real = this.broker.existingTopic(name)?.existingChannel(model.name);
        assert.ok(real, `channel ${model.name} is gone`);
        visit(real, model);
      }
    }
  }

  #open(disk: SimulatedDisk): TestBroker {
    return new TestBroker({
      disk,
      time: this.#time,
      memQueueSize: this.memQueueSize,
      maxMsgTimeoutMs: this.maxMsgTimeoutMs,
      maxBytesPerFile: this.#maxBytesPerFile,
    });
  }
}

function isOf(client: SimulatedClient, topic: string, channel: string): boolean {
  return client.topic === topic && client.channel === channel;
}
