import assert from "node:assert/strict";
import { seededRandom } from "../../storage/testing/seeded_random.ts";
import { SimulatedDisk } from "../../storage/testing/simulated_disk.ts";
import type { JournalChannel } from "../journal_channel.ts";
import { NOTHING_WAITS } from "../topic_state.ts";
import { TestJournal } from "./harness.ts";

const STEPS_PER_LIFE = 120;

/** Operations that fail together. */
const BREAKABLE: readonly (readonly string[])[] = [
  [],
  [],
  ["write"],
  ["fsync"],
  ["end of fsync"],
  ["open"],
  ["rename"],
  ["truncate"],
  ["remove", "truncate"],
  ["open", "write", "fsync", "rename", "truncate", "remove"], // as when it is read-only
];

/** What a channel knows of a message: how often it was delivered and when it is due, or that it is done. */
type Fate = "finished" | `${number}@${number}`;

/** Something that happened, which is durable once a commit with this number, or a later one, is. */
interface Change<T> {
  value: T;
  commit: number;
}

/** What is surely durable, and what came after it: any of these is what a crash may leave. */
class Uncertain<T> {
  #changes: Change<T>[];

  constructor(value: T, commit: number) {
    this.#changes = [{ value, commit }];
  }

  get latest(): T {
    return this.#changes.at(-1)!.value;
  }

  isDurable(durable: number): boolean {
    return this.#changes[0]!.commit <= durable;
  }

  set(value: T, commit: number): void {
    this.#changes.push({ value, commit });
  }

  /** What a crash may leave when all commits up to `durable` are done. */
  possible(durable: number): T[] {
    const from = this.#changes.findLastIndex(({ commit }) => commit <= durable);
    return this.#changes.slice(Math.max(0, from)).map(({ value }) => value);
  }
}

class ModelChannel {
  readonly exists = new Uncertain(true, 0);
  readonly fates = new Map<number, Uncertain<Fate>>();
}

/** Counts over all lives of all seeds. */
export interface Tally {
  cuts: number;
  kills: number;
  brokenStarts: number;
  failedCommits: number;
  acknowledged: number;
  /** How often the topic was deleted, and the commit that covers it was done. */
  deleted: number;
  /** Segments that had been made ahead, and those of them that had been segments before. */
  spares: number;
  recycled: number;
}

export function emptyTally(): Tally {
  return {
    ...{ cuts: 0, kills: 0, brokenStarts: 0, failedCommits: 0, acknowledged: 0 },
    ...{ deleted: 0, spares: 0, recycled: 0 },
  };
}

/** A journal used at random, with faults, killed or without power at any moment, next to a model of what must be left. */
export class Simulation {
  readonly tally = emptyTally();
  readonly #random: () => number;
  #disk = new SimulatedDisk();
  #test!: TestJournal;
  #bodies = new Map<number, Uncertain<string>>();
  #channels = new Map<string, ModelChannel>();
  /** Made without an answer, and not found after that: the file that says so may have been removed, and the next power cut brings it back. */
  #perhaps = new Set<string>();
  /** All commits up to this one are on stable storage. */
  #durable = 0;
  #lastBody = 0;
  /** Operations that fail now and then. */
  #failing: readonly string[] = [];
  #stopListening = () => {};

  constructor(readonly seed: number) {
    this.#random = seededRandom(seed);
  }

  async run(lives: number): Promise<void> {
    for (let life = 0; life < lives; life++) {
      this.#start();
      const steps = this.#below(STEPS_PER_LIFE);
      if (this.#chance(0.3)) this.#disk.operationsLeft = this.#below(200);
      for (let i = 0; i < steps && this.#disk.operationsLeft > 0; i++) await this.#step();
      if (this.#chance(0.1)) await this.#deleteTopic();
      else this.#end();
    }
  }

  /** Starts, until no cut and no kill comes in the middle of it. */
  #start(): void {
    while (this.#chance(0.3)) this.#startInVain();
    this.#disk.operationsLeft = Infinity;
    this.#failing = [];
    this.#test = new TestJournal(
      this.#disk,
      {
        segmentBytes: this.#chance(0.5) ? 2000 : 20_000,
        spares: this.#chance(0.7) ? "made" : "recycled",
      },
      this.#chance(0.5) ? 1 : 0,
    );
    this.#durable = 0;
    this.#stopListening = this.#test.group.onCommit((number) => {
      if (this.#test.journal.failureOf(number) !== null) this.tally.failedCommits++;
      else this.#durable = number;
    });
    this.#compare();
    this.#disk.failedSyncDropsPages = this.#chance(0.5);
  }

  /** Power or process is gone while the start reads and mends; what it has mended must not cost anything. */
  #startInVain(): void {
    this.#disk.operationsLeft = this.#below(12);
    try {
      new TestJournal(this.#disk).journal.close();
    } catch {
      this.tally.brokenStarts++; // the next start finds what this one left behind
    }
    this.#disk = this.#chance(0.7) ? this.#disk.powerCut(this.#random) : this.#disk.restart();
  }

  #end(): void {
    this.#stopListening();
    this.tally.spares += this.#test.spares.figures.taken;
    this.tally.recycled += this.#test.spares.figures.recycled;
    if (this.#chance(0.7)) {
      this.tally.cuts++;
      this.#disk = this.#disk.powerCut(this.#random);
    } else {
      this.tally.kills++;
      this.#disk = this.#disk.restart();
    }
  }

  /** The topic goes, whatever is under way: once that is answered, a cut brings no file of it back. */
  async #deleteTopic(): Promise<void> {
    const { journal, group } = this.#test;
    let commit = Infinity;
    try {
      commit = journal.delete();
      for (let i = 0; i < 6; i++) {
        if (this.#chance(0.5)) this.#disk.releaseSyncs();
        else this.#test.start();
        for (let j = 0; j < 10; j++) await Promise.resolve();
      }
    } catch (error) {
      if (commit < Infinity) throw error; // removing may fail
    }
    this.#stopListening();
    const isAnswered = group.lastCommitted >= commit && journal.failureOf(commit) === null;
    const { paths } = this.#disk.powerCut(this.#random);
    const isOfTopic = (path: string) => !path.endsWith(".bad") && !path.includes(".journal-spare.");
    const left = paths.filter(isOfTopic); // what is bad nobody could read
    if (isAnswered) {
      this.tally.deleted++;
      assert.deepEqual(left, [], this.#context("the topic was deleted"));
    }
    this.#disk = new SimulatedDisk();
    this.#bodies.clear();
    this.#channels.clear();
    this.#perhaps.clear();
  }

  /** Whatever was acknowledged is there; the model goes on with what is there. */
  #compare(): void {
    const { journal } = this.#test;
    for (const [name, model] of this.#channels) {
      const allowed = model.exists.possible(this.#past);
      assert.ok(
        allowed.includes(journal.channels.has(name)),
        this.#context(`channel ${name} is there: ${journal.channels.has(name)}, not ${allowed}`),
      );
    }
    for (const [name, channel] of journal.channels) {
      const model = this.#channels.get(name);
      const isKnown = model !== undefined || this.#perhaps.has(name);
      assert.ok(isKnown, this.#context(`channel ${name} was never made`));
      if (model !== undefined) this.#compareChannel(name, model, channel);
    }
    this.#adopt();
  }

  #compareChannel(name: string, model: ModelChannel, channel: JournalChannel): void {
    const { state } = channel;
    const left = this.#test.unfinished(channel, 64 + this.#below(2000));
    assert.equal(left.size, channel.depth, this.#context(`depth of ${name}`));
    for (const [index, body] of left) {
      const published = this.#bodies.get(index)?.latest;
      assert.equal(body, published, this.#context(`${index} of ${name} was never published`));
    }
    for (const [index, fate] of model.fates) {
      const body = this.#bodies.get(index)!;
      const possible = fate.possible(this.#past);
      const isAcknowledged = body.isDurable(this.#past) && fate.isDurable(this.#past);
      if (!left.has(index)) {
        assert.ok(
          !isAcknowledged || possible.includes("finished"),
          this.#context(`message ${index} of ${name} is lost`),
        );
        continue;
      }
      if (!isAcknowledged) continue;
      assert.equal(left.get(index), body.latest, this.#context(`body of ${index}`));
      const is: Fate = `${state.attempts(index)}@${state.exceptions.dueMs(index)}`;
      assert.ok(
        possible.includes(is),
        this.#context(`message ${index} of ${name} is ${is}, not one of ${possible}`),
      );
    }
  }

  /** What the journal says is the truth from now on. */
  #adopt(): void {
    const { journal } = this.#test;
    for (const [name, { exists }] of this.#channels) {
      const mayExist = exists.possible(this.#past).includes(true);
      if (!mayExist) this.#perhaps.delete(name);
      else if (!journal.channels.has(name)) this.#perhaps.add(name);
    }
    const bodiesBefore = this.#bodies;
    this.#bodies = new Map();
    this.#channels = new Map();
    for (const [name, channel] of journal.channels) {
      const model = new ModelChannel();
      this.#channels.set(name, model);
      for (const [index, body] of this.#test.unfinished(channel)) {
        this.#bodies.set(index, new Uncertain(body, 0));
        const { state } = channel;
        const fate: Fate = `${state.attempts(index)}@${state.exceptions.dueMs(index)}`;
        model.fates.set(index, new Uncertain<Fate>(fate, 0));
      }
    }
    for (const [index, body] of bodiesBefore) {
      if (!this.#bodies.has(index) && index < journal.endIndex) this.#bodies.set(index, body);
    }
    this.#past = 0;
  }

  /** The last commit of the life before that was durable. */
  #past = 0;

  async #step(): Promise<void> {
    const { journal } = this.#test;
    const choice = this.#below(100);
    try {
      if (choice < 25) this.#publish();
      else if (choice < 30) this.#defer();
      else if (choice < 33) this.#makeOrDelete();
      else if (choice < 50) this.#finish();
      else if (choice < 60) this.#except();
      else if (choice < 63) this.#deliver();
      else if (choice < 64) this.#moveTo();
      else if (choice < 66) this.#read();
      else if (choice < 70) this.#breakDisk();
      else if (choice < 75) this.#test.timers.fireAll();
      else if (choice < 80) journal.commit();
      else if (choice < 85) this.#disk.holdSyncs = this.#chance(0.5);
      else if (choice < 90) this.#disk.releaseSyncs();
      else this.#test.start();
    } catch (error) {
      if (this.#disk.operationsLeft > 0 && journal.failure === null) throw error;
    }
    for (let i = 0; i < 10; i++) await Promise.resolve();
    this.#past = this.#durable;
  }

  /** The number of the commit that will cover what happens now. */
  get #commit(): number {
    return this.#test.group.enlist(this.#test.journal);
  }

  #publish(): void {
    const count = 1 + this.#below(6);
    const size = this.#chance(0.1) ? 3000 : 100;
    const texts = Array.from(
      { length: count },
      () => `${++this.#lastBody}`.padEnd(this.#below(size), "."),
    );
    const first = this.#test.journal.endIndex;
    const commit = this.#test.publish(...texts);
    texts.forEach((text, i) => this.#published(first + i, text, "0@0", commit));
  }

  #defer(): void {
    const index = this.#test.journal.endIndex;
    const text = `${++this.#lastBody}`, dueMs = this.#test.unixMs + 1 + this.#below(1000);
    this.#published(index, text, `0@${dueMs}`, this.#test.defer(text, dueMs));
  }

  #published(index: number, text: string, fate: Fate, commit: number): void {
    this.tally.acknowledged++;
    this.#bodies.set(index, new Uncertain(text, commit));
    for (const { exists, fates } of this.#channels.values()) {
      if (exists.latest) fates.set(index, new Uncertain<Fate>(fate, commit));
    }
  }

  #makeOrDelete(): void {
    const { journal } = this.#test, name = `c${this.#below(4)}`;
    const channel = journal.channels.get(name), model = this.#channels.get(name);
    if (channel !== undefined && this.#chance(0.3)) {
      model!.exists.set(false, journal.deleteChannel(channel));
    } else if (channel === undefined && model === undefined) {
      const { commit } = journal.createChannel(name, journal.endIndex);
      if (journal.state.waitingFrom !== NOTHING_WAITS) journal.setWaitingFrom(NOTHING_WAITS);
      const made = new ModelChannel();
      this.#channels.set(name, made);
      made.exists.set(false, 0);
      made.exists.set(true, commit);
    }
  }

  /** A channel and a message of it that is not finished. */
  #pick(): [JournalChannel, ModelChannel, number] | null {
    const names = [...this.#test.journal.channels.keys()];
    const name = names[this.#below(names.length)];
    if (name === undefined) return null;
    const model = this.#channels.get(name)!;
    const left = [...model.fates].filter(([, fate]) => fate.latest !== "finished");
    if (left.length === 0) return null;
    const [index] = left[this.#chance(0.5) ? 0 : this.#below(left.length)]!;
    return [this.#test.journal.channels.get(name)!, model, index];
  }

  #finish(): void {
    for (let i = this.#below(8); i >= 0; i--) {
      const picked = this.#pick();
      if (picked === null) return;
      const [channel, model, index] = picked;
      channel.finish(index);
      model.fates.get(index)!.set("finished", this.#commit);
    }
  }

  #except(): void {
    const picked = this.#pick();
    if (picked === null) return;
    const [channel, model, index] = picked;
    const attempts = 1 + this.#below(5), dueMs = this.#chance(0.5) ? 0 : 1 + this.#below(1000);
    channel.except(index, attempts, dueMs);
    model.fates.get(index)!.set(`${attempts}@${dueMs}`, this.#commit);
  }

  #deliver(): void {
    const picked = this.#pick();
    if (picked === null) return;
    const [channel, model, upTo] = picked;
    channel.deliver(upTo);
    for (const [index, fate] of model.fates) {
      if (index >= upTo) continue;
      const { latest } = fate, possible = fate.possible(this.#durable);
      const isNew = latest === "0@0" && !channel.state.exceptions.has(index);
      if (isNew) fate.set("1@0", this.#commit);
      else if (latest === "finished" ? possible.includes("0@0") : possible.length > 1) {
        // Of a commit that fails any block may be left, the one with what was finished or requeued or not.
        fate.set("1@0", this.#commit);
        fate.set(latest, this.#commit);
      }
    }
  }

  #moveTo(): void {
    const picked = this.#pick();
    if (picked === null) return;
    const [channel, model, to] = picked;
    const { delivered } = channel.state;
    channel.moveTo(to);
    for (const [index, fate] of model.fates) {
      if (index < to) fate.set("finished", this.#commit);
      else if (fate.latest !== "finished") {
        // The snapshot may be left of a commit that was tried again, and not the block that says it once more.
        if (index < delivered) fate.set("1@0", this.#commit);
        fate.set("0@0", this.#commit);
      } else model.fates.delete(index); // new again, if it is kept: not promised
    }
  }

  #read(): void {
    if (this.#failing.includes("open")) return;
    for (const [name, channel] of this.#test.journal.channels) {
      const model = this.#channels.get(name)!;
      const left = this.#test.unfinished(channel, 64 + this.#below(2000));
      for (const [index, fate] of model.fates) {
        const expected = fate.latest === "finished" ? undefined : this.#bodies.get(index)!.latest;
        assert.equal(left.get(index), expected, this.#context(`${index} of ${name}`));
      }
    }
  }

  #breakDisk(): void {
    const disk = this.#disk;
    disk.fault = () => null;
    if (this.#chance(0.1)) this.#meddle();
    const failing = this.#failing = BREAKABLE[this.#below(BREAKABLE.length)]!;
    const mostly = this.#chance(0.5) ? 1 : 0.3;
    disk.fault = (operation) =>
      failing.includes(operation) && this.#random() < mostly
        ? new Error(`EIO at ${operation}`)
        : null;
    const used = disk.paths.reduce((sum, path) => sum + disk.content(path)!.length, 0);
    disk.capacityBytes = this.#chance(0.8) ? Infinity : used + this.#below(1000);
  }

  /** A stranger removes or changes a file that was made ahead. */
  #meddle(): void {
    const path = this.#disk.paths.find((each) => each.includes(".journal-spare."));
    if (path === undefined) return;
    this.#disk.remove(path);
    if (this.#chance(0.5)) this.#disk.put(path, "x".repeat(this.#below(30_000)));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #context(what: string): string {
    const { logger, journal } = this.#test;
    return `${what} (seed ${this.seed}, end ${journal.endIndex})\n${logger.lines.join("\n")}`;
  }
}
