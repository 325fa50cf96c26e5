/**
 * Policies at random: a broker whose channels obey limits, ages and dead letters, and a plain account of what has become of each message.
 * Each is in one place, and only what the rules say may have become of it.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import type { ChannelRules } from "../policies/rules.ts";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import type { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import type { Channel } from "./channel.ts";
import type { Subscription } from "./subscription.ts";
import { type Delivery, fakeConsumer, type FakeSink, idBytes } from "./testing/fake_consumer.ts";
import type { ManualTime } from "./testing/manual_time.ts";
import { batchOf, TestBroker } from "./testing/test_broker.ts";
import { PublishRefused } from "./waiting_rules.ts";

/** As many as a test run has time for; more with `POLICY_SEEDS=1000`. */
const SEEDS = Number(Deno.env.get("POLICY_SEEDS") ?? 60);

/** Of `fakeConsumer`. */
const MSG_TIMEOUT_MS = 1000;

/** Messages are published with one of so many keys. */
const KEYS = 4;

/** What is known of one message. */
interface Account {
  body: string;
  /** `waits` may have gone, where it was too old or one too many. */
  place: "waits" | "in flight" | "deferred" | "dead" | "finished" | "cancelled";
  /** It was published with. */
  key?: string;
  /** Who has it in flight. */
  holder?: Consumer;
  attempts: number;
  /** Its age counts from then. */
  sinceMs: number;
  /** In flight or deferred until then. */
  dueMs: number;
}

/** A consumer of the channel. */
interface Consumer {
  subscription: Subscription;
  sink: FakeSink;
  ready: number;
}

class PolicyModel {
  readonly accounts = new Map<string, Account>();
  readonly rules: Partial<ChannelRules>;
  readonly #random: () => number;
  readonly #isDurable: boolean;
  readonly #memQueueSize: number;
  #test: TestBroker;
  #channel!: Channel;
  #consumers: Consumer[] = [];
  /** Where one at a time is served: who it is. */
  #served: Consumer | null = null;
  /** Those that are ready and not served, in the order in which they became so. */
  #standby: Consumer[] = [];
  /** When a message with this key was last published, as far as it is remembered. */
  readonly #keys = new Map<string, number>();
  readonly #dedupWindowMs: number;
  /** In flight, by body. */
  #ids = new Map<string, string>();
  #published = 0;
  #rejected = 0;
  rejected = 0;
  /** Counted by brokers that are gone. */
  #goneBefore = 0;
  kicks = 0;
  crashes = 0;
  duplicates = 0;
  cancelled = 0;

  constructor(seed: number) {
    const random = this.#random = seededRandom(seed);
    this.#isDurable = seed % 2 === 0;
    this.#memQueueSize = this.#pick([1, 5, 1000]);
    this.rules = {
      maxAttempts: this.#pick([1, 2, 3, Infinity]),
      backoffMs: this.#pick([[], [50, 700]]),
      maxAgeMs: this.#pick([Infinity, 3000]),
      expired: this.#pick(["drop", "dead_letter"]),
      maxDepth: this.#pick([Infinity, 15]),
      overflow: this.#pick(["reject", "drop_oldest", "dead_letter"]),
      deadLetter: { kind: random() < 0.8 ? "bury" : "drop" },
      singleConsumer: random() < 0.5,
      requeueOnDisconnect: random() < 0.5,
    };
    this.#dedupWindowMs = this.#pick([0, 500, 4000]);
    this.#test = this.#open();
  }

  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      await this.#pick([
        () => this.#publish(),
        () => this.#publish(),
        () => this.#answer(),
        () => this.#answer(),
        () => this.#answer(),
        () => this.#pass(this.#pick([10, 100, 600])),
        () => this.#kick(),
        () => this.#publishKeyed(),
        () => this.#cancel(),
        () => this.#leave(),
        () => this.#reopen(),
      ])();
      this.#check();
    }
    await this.#drain();
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }

  #in(place: Account["place"]): Account[] {
    return [...this.accounts.values()].filter((each) => each.place === place);
  }

  get #nowMs(): number {
    return this.#test.clock.update();
  }

  async #publish(): Promise<void> {
    const bodies = Array.from(
      { length: 1 + Math.floor(this.#random() * 6) },
      () => `m${++this.#published}`,
    );
    const { maxDepth = Infinity, overflow } = this.rules;
    const { depth } = this.#channel;
    const topic = this.#test.broker.topic("t");
    // Nobody takes messages now, or none wait: whoever comes to rest has done what could be done.
    const mustRefuse = overflow === "reject" && depth + bodies.length > maxDepth;
    try {
      topic.publishBatch(...batchOf(bodies));
      ok(!mustRefuse, `${bodies.length} were let in, and ${depth} wait`);
      for (const body of bodies) this.#account(body); // some may have been delivered
    } catch (error) {
      if (!(error instanceof PublishRefused)) throw error;
      ok(mustRefuse, `${bodies.length} were refused, and ${depth} wait`);
      this.#rejected += bodies.length;
      this.rejected += bodies.length;
    }
    await this.#turn();
  }

  async #publishKeyed(): Promise<void> {
    const key = `k${Math.floor(this.#random() * KEYS)}`, delayMs = this.#pick([0, 400, 3000]);
    const body = `m${++this.#published}`, bytes = new TextEncoder().encode(body);
    const { maxDepth = Infinity, overflow } = this.rules, nowMs = this.#nowMs;
    const isDuplicate = nowMs - (this.#keys.get(key) ?? -Infinity) < this.#dedupWindowMs;
    const topic = this.#test.broker.topic("t");
    const isFull = delayMs === 0 && overflow === "reject" && this.#channel.depth + 1 > maxDepth;
    try {
      const isQueued = topic.publishKeyed(key, bytes, 0, bytes.length, delayMs);
      equal(isQueued, !isDuplicate, `${key} is queued`);
      ok(isDuplicate || !isFull, `${key} was let in`);
    } catch (error) {
      if (!(error instanceof PublishRefused)) throw error;
      ok(isFull && !isDuplicate, `${key} was refused`);
      this.#rejected++;
      return;
    }
    if (isDuplicate) {
      this.duplicates++;
      return;
    }
    if (this.#dedupWindowMs > 0 || delayMs > 0) this.#keys.set(key, nowMs);
    const account = this.#account(body);
    account.key = key;
    if (delayMs > 0) Object.assign(account, { place: "deferred", dueMs: nowMs + delayMs });
    await this.#turn();
  }

  /** All that were published with a delay and this key, and are not due. */
  async #cancel(): Promise<void> {
    const key = `k${Math.floor(this.#random() * KEYS)}`, nowMs = this.#nowMs;
    const found = this.#in("deferred").filter((each) =>
      each.key === key && each.attempts === 0 && each.dueMs > nowMs && this.#keys.has(key)
    );
    const cancelled = this.#test.broker.topic("t").cancel(key);
    equal(cancelled?.count ?? 0, found.length, `cancelled with ${key}`);
    for (const account of found) account.place = "cancelled";
    this.cancelled += found.length;
    if (found.length > 0) this.#keys.delete(key);
    await this.#turn();
  }

  /** A consumer goes, and another one comes. */
  async #leave(): Promise<void> {
    const consumer = this.#pick(this.#consumers);
    this.#consumers = this.#consumers.filter((each) => each !== consumer);
    this.#standby = this.#standby.filter((each) => each !== consumer);
    if (this.#served === consumer) {
      const next = this.#standby.findIndex(({ ready }) => ready > 0);
      this.#served = this.#standby[next] ?? null;
      // Those before it want nothing now: they come behind when they do.
      this.#standby = next < 0 ? [] : this.#standby.slice(next + 1);
    }
    if (this.rules.requeueOnDisconnect) {
      for (const account of this.#in("in flight")) {
        if (account.holder === consumer) this.#comeBack(account, 0);
      }
    }
    consumer.subscription.close();
    this.#subscribe();
    await this.#turn();
  }

  #subscribe(): void {
    const onDelivery = (delivery: Delivery) => this.#onDelivery(delivery, consumer);
    const consumer: Consumer = { ...fakeConsumer(this.#channel, onDelivery), ready: 0 };
    this.#consumers.push(consumer);
  }

  /** The first to be ready is served until it goes. */
  #setReady(consumer: Consumer, ready: number): void {
    consumer.ready = ready;
    if (ready > 0 && this.#served !== consumer && !this.#standby.includes(consumer)) {
      if (this.#served === null) this.#served = consumer;
      else this.#standby.push(consumer);
    }
    consumer.subscription.setReady(ready);
  }

  #account(body: string): Account {
    let account = this.accounts.get(body);
    if (account === undefined) {
      const sinceMs = this.#nowMs;
      this.accounts.set(body, account = { body, place: "waits", attempts: 0, sinceMs, dueMs: 0 });
    }
    return account;
  }

  #onDelivery({ body, attempts, id }: Delivery, consumer: Consumer): void {
    if (this.rules.singleConsumer) equal(consumer, this.#served, "who is served");
    const account = this.#account(body);
    this.#due();
    equal(account.place, "waits", `${body} is delivered`);
    equal(attempts, ++account.attempts, `attempts of ${body}`);
    const ageMs = this.#nowMs - account.sinceMs;
    ok(ageMs <= this.rules.maxAgeMs! + 1, `${body} is ${ageMs} ms old`);
    account.place = "in flight";
    account.holder = consumer;
    account.dueMs = this.#nowMs + MSG_TIMEOUT_MS;
    this.#ids.set(body, id);
  }

  async #answer(): Promise<void> {
    const consumer = this.#pick(this.#consumers), { subscription } = consumer;
    this.#setReady(consumer, this.#pick([0, 1, 5, 50]));
    await this.#turn();
    for (const account of this.#in("in flight")) {
      if (account.holder !== consumer) continue;
      const what = this.#pick(["finish", "requeue", "requeue", "nothing"]);
      if (what === "nothing") continue;
      const id = idBytes(this.#ids.get(account.body)!);
      if (what === "finish") {
        account.place = "finished";
        ok(subscription.finish(id, 0));
      } else {
        const delayMs = this.#pick([0, 300]);
        this.#comeBack(account, delayMs);
        ok(subscription.requeue(id, 0, delayMs));
      }
    }
    await this.#turn();
  }

  /** What the rules say of a message that comes back. */
  #comeBack(account: Account, delayMs: number): void {
    const { maxAttempts, backoffMs } = this.rules;
    if (account.attempts >= maxAttempts!) {
      account.place = "dead";
      return;
    }
    const leastMs = backoffMs![Math.min(account.attempts, backoffMs!.length) - 1] ?? 0;
    const waitMs = Math.max(delayMs, leastMs);
    account.place = waitMs > 0 ? "deferred" : "waits";
    account.dueMs = this.#nowMs + waitMs;
  }

  /** What time has done. */
  #due(): void {
    const nowMs = this.#nowMs;
    for (const account of this.#in("in flight")) {
      if (account.dueMs <= nowMs) this.#comeBack(account, 0);
    }
    for (const account of this.#in("deferred")) {
      if (account.dueMs > nowMs) continue;
      account.place = "waits";
      if (account.attempts === 0) account.sinceMs = nowMs;
    }
  }

  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10) {
      this.#test.time.advance(Math.min(10, left));
      await this.#turn();
    }
  }

  async #kick(): Promise<void> {
    const count = 1 + Math.floor(this.#random() * 5);
    const oldest = this.#channel.dead.list(0, count);
    const kicked = this.#channel.dead.kick(count, Infinity);
    await null;
    for (const { body, attempts } of oldest) {
      const account = this.accounts.get(new TextDecoder().decode(body))!;
      equal(attempts, account.attempts);
      Object.assign(account, { place: "waits", attempts: 0, sinceMs: this.#nowMs });
    }
    await this.#pass(20);
    equal(await kicked, oldest.length);
    this.kicks += oldest.length;
  }

  async #reopen(): Promise<void> {
    if (this.#random() < 0.7) return;
    const { droppedCount, goneExpiredCount } = this.#channel.ledger;
    this.#goneBefore += droppedCount + goneExpiredCount;
    this.#rejected = 0;
    const { broker, scheduler, time } = this.#test;
    let { disk } = this.#test;
    if (this.#isDurable && this.#random() < 0.7) disk = await this.#crash();
    else {
      broker.close();
      equal(await broker.closeJournals(), null);
      scheduler.stop();
      await this.#test.turn();
    }
    time.advance(10);
    this.#test = this.#open({ disk, time });
    await this.#pass(10); // what is too many is so then
  }

  /** The process is killed, or the power is cut, when all that happened is on the disk. @returns what is left */
  async #crash(): Promise<SimulatedDisk> {
    const { disk, scheduler, group, time } = this.#test;
    for (let i = 0; i < 2; i++) { // what has died is finished in the commit behind its own
      await group.flush();
      await this.#test.turn();
    }
    this.crashes++;
    scheduler.stop();
    time.dropTimers();
    const left = this.#random() < 0.5 ? disk.powerCut(this.#random) : disk.restart();
    await this.#test.turn().catch(() => {}); // what was under way fails, and nobody is told
    time.dropTimers();
    return left;
  }

  #open(last?: { disk: SimulatedDisk; time: ManualTime }): TestBroker {
    const test = this.#test = new TestBroker({
      rules: this.rules,
      memQueueSize: this.#memQueueSize,
      isDurable: () => this.#isDurable,
      topicRules: { dedupWindowMs: this.#dedupWindowMs },
      ...last,
    });
    if (!this.#isDurable) this.#keys.clear();
    for (const account of this.accounts.values()) {
      if (account.place === "in flight") account.place = "waits";
      // A queue on disk has no place for a delay, and begins to count at the publishing.
      if (account.place === "deferred" && !this.#isDurable) account.place = "waits";
    }
    this.#ids.clear();
    test.broker.loading(() => test.broker.topic("t").channel("c"));
    this.#channel = test.broker.topic("t").channel("c");
    this.#consumers = [];
    this.#standby = [];
    this.#served = null;
    this.#subscribe();
    this.#subscribe();
    return test;
  }

  async #turn(): Promise<void> {
    for (let i = 0; i < 50 && (i < 3 || this.#test.time.nextDelayMs <= 0); i++) {
      await this.#test.turn();
      if (this.#test.time.nextDelayMs <= 0) this.#test.time.advance(0);
      for (const { sink, subscription } of this.#consumers) {
        sink.drain();
        subscription.resume();
      }
    }
    this.#due();
    // What has died while it waited is told apart by where it is.
    for (const { body } of this.#channel.dead.list(0, 10_000)) {
      const account = this.accounts.get(new TextDecoder().decode(body))!;
      ok(account.place === "waits" || account.place === "dead", `${account.body} is dead`);
      account.place = "dead";
    }
  }

  #check(): void {
    const stats = this.#channel.stats("", false);
    equal(stats.in_flight_count, this.#in("in flight").length, "in flight");
    equal(stats.deferred_count, this.#in("deferred").length, "deferred");
    equal(stats.rejected_count, this.#rejected, "rejected");
    const { maxDepth, overflow } = this.rules;
    if (overflow !== "reject") ok(stats.depth <= maxDepth!, `${stats.depth} wait`);
    const { droppedCount, goneExpiredCount } = this.#channel.ledger;
    const gone = this.#in("waits").length - stats.depth + this.#in("dead").length -
      stats.dead_count;
    const counted = this.#goneBefore + droppedCount + goneExpiredCount;
    equal(gone + this.cancelled, counted, "messages that are gone");
    if (this.rules.deadLetter!.kind === "bury") equal(stats.dead_count, this.#in("dead").length);
  }

  get #remaining(): number {
    const { depth, inFlightCount, deferredCount } = this.#channel;
    return depth + inFlightCount + deferredCount;
  }

  get dead(): number {
    return this.#in("dead").length;
  }

  get gone(): number {
    return this.#goneBefore + this.#channel.ledger.droppedCount;
  }

  /** All is finished, dead, or gone. */
  async #drain(): Promise<void> {
    for (const consumer of this.#consumers) this.#setReady(consumer, 1000);
    for (let i = 0; i < 400 && this.#remaining > 0; i++) {
      for (const account of this.#in("in flight")) {
        if (!this.#consumers.includes(account.holder!)) continue;
        account.place = "finished";
        ok(account.holder!.subscription.finish(idBytes(this.#ids.get(account.body)!), 0));
      }
      await this.#pass(10);
    }
    equal(this.#remaining, 0, "messages that remain");
    this.#check();
  }
}

Deno.test("policies do what a model of them does, whatever happens", async () => {
  let kicks = 0, dead = 0, rejected = 0, gone = 0, crashes = 0, duplicates = 0, cancelled = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const model = new PolicyModel(seed);
    try {
      await model.run(60);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`seed ${seed}, ${JSON.stringify(model.rules)}: ${message}`, { cause: error });
    }
    kicks += model.kicks;
    dead += model.dead;
    rejected += model.rejected;
    gone += model.gone;
    crashes += model.crashes;
    duplicates += model.duplicates;
    cancelled += model.cancelled;
  }
  // Or it would not have been looked at.
  const counts = { kicks, dead, rejected, gone, crashes, duplicates, cancelled };
  ok(Math.min(...Object.values(counts)) > 30, JSON.stringify(counts));
});
