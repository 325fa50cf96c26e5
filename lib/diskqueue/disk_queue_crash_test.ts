import assert from "node:assert/strict";
import { DiskQueue } from "./disk_queue.ts";
import { MemoryLogger } from "../log/testing/memory_logger.ts";
import { frame, openQueue, unframe } from "./testing/harness.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { RecordTooLargeError } from "./errors.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";

const LIVES = 120;
const STEPS_PER_LIFE = 60;

/**
 * A queue used at random by a process that is killed at random operations of the disk and started again, next to a model
 * that says what must still be there.
 */
class Simulation {
  disk = new SimulatedDisk();
  readonly #random: () => number;
  #timers = new ManualTimers();
  #logger = new MemoryLogger();
  #queue!: DiskQueue;
  /** Records that append() took and that are not done, oldest first. */
  #expected: string[] = [];
  /** How many of them were handed out. */
  #handedOut = 0;
  #lastNumber = 0;
  /** Records of an append() that was killed: some first part of them may be there. */
  #maybe: string[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  async run(): Promise<void> {
    for (let life = 0; life < LIVES; life++) {
      await this.#live();
    }
  }

  async #live(): Promise<void> {
    this.disk = this.disk.restart();
    this.#timers = new ManualTimers();
    this.#logger = new MemoryLogger();
    this.#queue = openQueue({
      files: this.disk,
      timers: this.#timers,
      logger: this.#logger,
      maxBytesPerFile: 60,
      usualRecordBytes: 40,
      syncEvery: 1 + this.#below(30),
    });
    this.#takeOver();
    this.disk.operationsLeft = this.#below(4) === 0 ? Infinity : this.#below(150);
    this.disk.partWrittenWhenKilled = this.#random();
    for (let step = 0; step < STEPS_PER_LIFE && this.disk.operationsLeft > 0; step++) {
      await this.#step();
    }
    if (this.disk.operationsLeft <= 0) return;
    this.#queue.close();
    // Closed properly: nothing may come twice.
    if (this.disk.operationsLeft > 0) this.#checkClosed();
  }

  #checkClosed(): void {
    assert.equal(this.disk.openHandles, 0);
    const paths = this.disk.paths.filter((path) => path.endsWith(".tmp") || path.includes(".bad"));
    assert.deepEqual(paths, []);
    const queue = openQueue({ files: this.disk.restart(), usualRecordBytes: 40 });
    assert.equal(queue.depth, this.#expected.length, this.#context());
  }

  /** Reads everything after a start: nothing that was appended and not done may be missing, and the order is kept. */
  #takeOver(): void {
    const records = this.#readAll();
    const { length } = records;
    this.#queue.rewind();
    assert.equal(this.#queue.depth, length, this.#context());
    const firstExpected = this.#expected[0] ?? this.#maybe[0];
    const again = firstExpected === undefined ? length : records.indexOf(firstExpected);
    const present = again < 0 ? [] : records.slice(again);
    const expected = [...this.#expected, ...this.#maybe].slice(0, present.length);
    assert.deepEqual(present, expected, this.#context());
    assert.ok(present.length >= this.#expected.length, this.#context());
    for (let i = 1; i < length; i++) assert.ok(number(records[i]!) > number(records[i - 1]!));
    assert.ok(!this.disk.paths.some((path) => path.includes(".bad")), this.#context());
    this.#expected = records;
    this.#handedOut = 0;
    this.#maybe = [];
  }

  async #step(): Promise<void> {
    try {
      const choice = this.#below(100);
      if (choice < 45) this.#append();
      else if (choice < 70) this.#read();
      else if (choice < 88) this.#advance();
      else if (choice < 92) this.#rewind();
      else if (choice < 93) this.#empty();
      else await this.#wait();
    } catch (error) {
      // Killed: what the call would have thrown nobody gets to see.
      if (this.disk.operationsLeft > 0) throw error;
      return;
    }
    if (this.disk.operationsLeft <= 0) return;
    assert.equal(this.#queue.depth, this.#expected.length, this.#context());
    assert.equal(this.#queue.unread, this.#expected.length - this.#handedOut, this.#context());
  }

  #append(): void {
    const records = Array.from({ length: 1 + this.#below(6) }, () => {
      return `${++this.#lastNumber}`.padEnd(8 + this.#below(30), ".");
    });
    const framed = frame(...records);
    this.#maybe = records;
    if (this.#below(8) === 0) {
      this.disk.capacityBytes = this.#usedBytes() + this.#below(framed.length);
    }
    try {
      this.#queue.append(framed, 0, framed.length, records.length);
      this.#expected.push(...records);
      this.#maybe = [];
    } catch (error) {
      if (this.disk.capacityBytes === Infinity || this.disk.operationsLeft <= 0) throw error;
      this.#maybe = [];
    } finally {
      this.disk.capacityBytes = Infinity;
    }
  }

  #read(): void {
    const records = this.#block(8 + this.#below(200));
    const end = this.#handedOut + records.length;
    assert.deepEqual(records, this.#expected.slice(this.#handedOut, end), this.#context());
    if (records.length === 0) assert.equal(end, this.#expected.length, this.#context());
    this.#handedOut = end;
  }

  #advance(): void {
    const count = this.#below(this.#handedOut + 1);
    const done = this.#expected.slice(0, count);
    // What the process was about to call done may or may not be: it must not be missed.
    this.#queue.advance(frame(...done).length, count);
    this.#expected.splice(0, count);
    this.#handedOut -= count;
  }

  #rewind(): void {
    this.#queue.rewind();
    this.#handedOut = 0;
  }

  #empty(): void {
    this.#expected = [];
    this.#handedOut = 0;
    this.#queue.empty();
  }

  async #wait(): Promise<void> {
    if (this.#below(2) === 0) this.#timers.fireAll();
    await this.#queue.settled();
  }

  #block(bufferBytes: number): string[] {
    const buffer = new Uint8Array(bufferBytes);
    try {
      return unframe(buffer.subarray(0, this.#queue.read(buffer).bytes));
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      return this.#block(error.neededBytes);
    }
  }

  #readAll(): string[] {
    const records: string[] = [];
    for (let block; (block = this.#block(64)).length > 0;) records.push(...block);
    return records;
  }

  #usedBytes(): number {
    return this.disk.paths.reduce((sum, path) => sum + this.disk.content(path)!.length, 0);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #context(): string {
    return `${this.#logger.lines.join("\n")}\n${this.disk.paths.join("\n")}\n` +
      `expected ${this.#expected.length}, maybe ${this.#maybe.length}`;
  }
}

function number(record: string): number {
  return parseInt(record);
}

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`DiskQueue killed at any operation loses nothing (seed ${seed})`, async () => {
    await new Simulation(seed).run();
  });
}
