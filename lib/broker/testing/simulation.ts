import assert from "node:assert/strict";
import type { SimulatedDisk } from "../../storage/testing/simulated_disk.ts";
import { isEphemeralName } from "../../wire/names.ts";
import type { Channel } from "../channel.ts";
import type { Topic } from "../topic.ts";
import { type Delivery, fakeConsumer } from "./fake_consumer.ts";
import { findIndexes } from "./becoming_durable.ts";
import { checkChannel, checkTopics } from "./checks.ts";
import type { Tally } from "./commit_marks.ts";
import { adoptTopic } from "./durable_state.ts";
import { type ModelChannel, ModelConsumer } from "./model_channel.ts";
import { ModelTopic } from "./model_topic.ts";
import { moveToPast } from "./past.ts";
import { type BothTopics, deferInBoth, publishToBoth } from "./publishing.ts";
import { assertClosed, isOf, type SimulatedClient } from "./simulated_client.ts";
import { SimulatedWorld } from "./simulated_world.ts";

/** Longer than the topic waits before it tries a failing disk again. */
const RETRY_MS = 1100;

/** How long a restart takes: not long enough would give ids twice. */
const RESTART_MS = 10;

/** Steps of 1 ms after which a topic must have handed everything on. */
const MAX_HAND_ON_MS = 500;

/** A broker and the model beside it: whatever is done, is done to both, and then they are compared. */
export class Simulation extends SimulatedWorld {
  readonly tally: Tally = { cuts: 0, kills: 0, found: 0 };
  readonly topics = new Map<string, ModelTopic>();
  clients: SimulatedClient[] = [];
  /** What was done, for the message of a failure. */
  readonly steps: string[] = [];
  /** Body by id of all messages that were ever delivered, per topic: neither may change. */
  readonly #bodies = new Map<string, string>();
  #step = 0;
  #generation = 0;
  /** While time passes: until when. */
  #advancingTo: number | null = null;
  /** What channels found on disk when they were made. */
  #found = new WeakMap<Channel, number>();
  /** What was wrong with a delivery. */
  #failure: unknown = null;
  /** Topics or channels were changed: whoever asked for it is answered when that is on the disk. */
  #changed = false;

  canPublish(topic: string): boolean {
    return this.canChange || this.topics.has(topic);
  }

  topic(name: string): BothTopics {
    const real = this.broker.topic(name);
    let model = this.topics.get(name);
    if (model === undefined) {
      model = new ModelTopic(
        name,
        isEphemeralName(name),
        ++this.#generation,
        this.memQueueSize,
        this.sequence,
      );
      this.topics.set(name, model);
      this.#changed = true;
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
    this.#changed = true;
    // The model first: waiting messages may be delivered before the call returns.
    model.channel(name, isEphemeralName(name));
    real.channel(name);
    this.#followTopic(model);
  }

  /** See {@link moveToPast}. */
  moveTo(topicName: string, name: string): void {
    const topic = this.topic(topicName);
    this.#changed = true;
    moveToPast(topic, name, ++this.#step, (below) => this.below(below));
    this.#followTopic(topic.model);
  }

  deleteChannel(topicName: string, name: string): void {
    const topic = this.broker.existingTopic(topicName)!;
    // The model first: other channels may be given what waited because of this one, before the call returns.
    const clients = this.#forgetChannel(topicName, name);
    topic.deleteChannel(name);
    assertClosed(clients);
  }

  /** All topics but the ephemeral ones are durable from now on. */
  becomeDurable(): void {
    this.hasDurable = this.#changed = true;
    void this.broker.applyRules();
    for (const model of this.topics.values()) {
      const { journal } = this.broker.topic(model.name);
      if (journal !== null) findIndexes(model, journal.journal, this.sequence, this.nowMs);
    }
  }

  /** What happened to topics is on the disk. */
  allDurable(): void {
    for (const name of this.topics.keys()) this.commits.allDurable(name);
  }

  deleteTopic(name: string): void {
    const channels = [...this.topics.get(name)!.channels.keys()];
    const clients = channels.flatMap((channel) => this.#forgetChannel(name, channel));
    this.topics.delete(name);
    this.broker.deleteTopic(name);
    assertClosed(clients);
    this.commits.forget(name);
  }

  /** Subscribes a new connection, making topic and channel as SUB does. */
  subscribe(topic: string, channel: string, msgTimeoutMs: number): void {
    this.createChannel(topic, channel);
    const { subscription, sink } = fakeConsumer(
      this.realChannel(topic, channel),
      (delivery) => this.#onDelivery(topic, channel, delivery),
      { msgTimeoutMs },
    );
    const model = new ModelConsumer(msgTimeoutMs);
    this.modelChannel(topic, channel).consumers.push(model);
    this.clients.push({ subscription, sink, model, topic, channel });
  }

  /** The connection of `client` goes away. */
  leave(client: SimulatedClient): void {
    this.clients = this.clients.filter((each) => each !== client);
    const { topic, channel, model } = client;
    model.gone = true;
    const modelChannel = this.modelChannel(topic, channel);
    modelChannel.consumers = modelChannel.consumers.filter((c) => !c.gone || c.inFlight.size > 0);
    if (modelChannel.ephemeral && !this.clients.some((c) => isOf(c, topic, channel))) {
      this.#forgetChannel(topic, channel);
    }
    client.subscription.close();
  }

  /** Publishes in one go; the model follows what the topic says of it. @returns whether it worked */
  publish(topicName: string, bodies: readonly string[], send: (topic: Topic) => void): boolean {
    const both = this.topic(topicName), mayFail = () => this.diskFull || this.journalsFail;
    const published = publishToBoth(both, bodies, send, this.sequence, mayFail);
    this.#followTopic(both.model);
    return published;
  }

  publishDeferred(topicName: string, text: string, delayMs: number): void {
    const both = this.topic(topicName), mayFail = () => this.journalsFail;
    if (deferInBoth(both, text, delayMs, this.nowMs, this.sequence, mayFail)) {
      this.#followTopic(both.model);
    }
  }

  /** One step of the test: does `act`, lets the turn end, compares. */
  async step(name: string, act: () => void): Promise<void> {
    this.steps.push(name);
    this.#step++;
    act();
    await this.#comeToRest();
    this.check();
  }

  async advance(ms: number): Promise<void> {
    this.#step++;
    this.#follow();
    this.#advancingTo = this.test.clock.update() + ms;
    // The model first: an ephemeral channel that overflows delivers while the timer runs.
    this.#timePassed();
    this.test.time.advance(ms);
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
    const last = this.broker.end();
    if (this.random() < 0.5) await last.sync();
    assert.deepEqual(this.broker.close(), []);
    assert.equal(await this.broker.closeJournals(), null);
    for (const { sink } of this.clients) assert.ok(sink.closed, "a connection stays open");
    this.test.scheduler.stop();
    await this.test.turn();
    assert.equal(this.time.pendingTimers, 0, "a timer is left behind");
    assert.equal(this.test.disk.openHandles, 0, "a file is left open");
    if (!this.hasDurable) {
      for (const topic of this.topics.values()) {
        topic.reopen();
        for (const channel of topic.channels.values()) {
          channel.reopen(onDisk.get(channel)!, ++this.#step);
        }
      }
    }
    this.allDurable();
    this.#restart(this.test.disk);
  }

  /** The process is killed, or the power is cut. */
  async crash(cut: boolean): Promise<void> {
    this.tally[cut ? "cuts" : "kills"]++;
    const { disk, scheduler } = this.test;
    scheduler.stop();
    this.time.dropTimers();
    const left = cut ? disk.powerCut(this.random) : disk.restart();
    await this.test.turn().catch(() => {}); // what was under way fails, and nobody is told
    this.time.dropTimers();
    this.#restart(left);
  }

  #restart(disk: SimulatedDisk): void {
    this.clients = [];
    this.#changed = false;
    for (const topic of [...this.topics.values()]) {
      if (topic.ephemeral) this.topics.delete(topic.name);
    }
    this.time.advance(RESTART_MS);
    this.test = this.open(disk);
    this.diskEverFull = false;
    this.broker.loading(() => {
      for (const model of this.topics.values()) this.#load(model);
    });
    this.#follow();
  }

  #load(model: ModelTopic): void {
    const topic = this.broker.topic(model.name);
    if (topic.journal !== null) {
      const durable = this.commits.durable(model.name), step = ++this.#step;
      this.tally.found += adoptTopic(model, topic, { durable, nowMs: this.nowMs, step });
      this.commits.allDurable(model.name);
    } else if (model.paused) topic.pause();
    for (const channel of model.channels.values()) {
      const real = topic.channel(channel.name);
      const { depth, deferred_count } = real.stats("", false);
      this.#found.set(real, depth + deferred_count);
      if (channel.paused && topic.journal === null) real.pause();
    }
  }

  /** Compares what the broker says of itself with the model. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
    this.test.pool.liveReferences();
    checkTopics(this.broker, this.topics, this.diskFull);
    const maxInMemory = this.diskEverFull ? Infinity : this.memQueueSize;
    this.#eachChannel((real, model) => {
      checkChannel(real, model, this.#found.get(real) ?? 0, maxInMemory);
    });
    if (!this.diskEverFull) assert.equal(this.broker.health(), "OK");
  }

  /** All is drained: nothing may be left anywhere. */
  checkDrained(): void {
    this.#eachChannel((_, model) => assert.ok(model.isEmpty, `${model.name} is not empty`));
    assert.equal(this.test.pool.liveReferences(), 0, "references to slabs");
  }

  /** Lets the turn end and the clients read all they are sent, with what was held back because they had not. */
  async #turn(): Promise<void> {
    await this.test.turn();
    while (this.clients.some(({ sink }) => sink.output.length > 0)) {
      for (const { sink, subscription } of this.clients) {
        sink.drain();
        subscription.resume();
      }
      await this.test.turn();
    }
  }

  async #comeToRest(): Promise<void> {
    await this.#turn();
    if (this.#changed && this.hasDurable && this.canChange) await this.test.group.flush();
    this.#changed = false;
    this.#follow();
    this.#timePassed();
    if (this.test.time.nextDelayMs <= 0) await this.advance(0);
    for (let ms = 0; ms < MAX_HAND_ON_MS && !this.diskFull && this.#handingOn(); ms++) {
      await this.advance(ms === MAX_HAND_ON_MS / 2 ? RETRY_MS : 1);
    }
  }

  #handingOn(): boolean {
    return [...this.topics.values()].some((topic) => topic.canHandOn && topic.depth > 0);
  }

  #timePassed(): void {
    const nowMs = this.#advancingTo;
    this.#eachChannel((_, model) => {
      if (nowMs !== null) model.timePassed(nowMs, this.#step);
      // What waited in a durable topic and is due needs no timer when it is handed on.
      else if (this.hasDurable && !model.ephemeral) model.timePassed(this.nowMs, this.#step);
    });
  }

  #follow(): void {
    for (const model of this.topics.values()) this.#followTopic(model);
    this.#eachChannel((real, model) => model.trim(real.depth));
  }

  #followTopic(model: ModelTopic): void {
    const { depth } = this.broker.existingTopic(model.name)!;
    model.follow(depth, this.#step);
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
    const client = this.clients.find(({ sink }) => sink === delivery.sink)!;
    topic.channels.get(channelName)!.deliver(delivery, client.model, this.nowMs);
  }

  /** A channel is about to be deleted. @returns its clients, whose connections are to end with it */
  #forgetChannel(topicName: string, name: string): SimulatedClient[] {
    const own = this.clients.filter((client) => isOf(client, topicName, name));
    this.clients = this.clients.filter((client) => !isOf(client, topicName, name));
    const topic = this.topics.get(topicName)!;
    topic.channels.delete(name);
    if (topic.ephemeral && topic.channels.size === 0) this.topics.delete(topicName);
    return own;
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
}
