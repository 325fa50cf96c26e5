import { seededRandom } from "../../storage/testing/seeded_random.ts";
import { SimulatedDisk } from "../../storage/testing/simulated_disk.ts";
import { isEphemeralName } from "../../wire/names.ts";
import { CommitMarks } from "./commit_marks.ts";
import { ManualTime } from "./manual_time.ts";
import { Sequence } from "./model_channel.ts";
import { TestBroker } from "./test_broker.ts";

/** `--mem-queue-size` of a simulation is one of these. */
const MEM_QUEUE_SIZES = [0, 1, 5, 1000] as const;

/** What surrounds the broker of a simulation, and is its own: chance, time, and a disk that can be full or slow. */
export class SimulatedWorld {
  readonly random: () => number;
  readonly memQueueSize: number;
  readonly maxMsgTimeoutMs = 3000;
  /** Whether all topics but the ephemeral ones are durable; otherwise none is. */
  hasDurable: boolean;
  /** Whether topics become durable on the way. */
  readonly becomesDurable: boolean;
  protected readonly time = new ManualTime();
  protected test: TestBroker;
  protected diskEverFull = false;
  protected readonly sequence = new Sequence();
  protected readonly commits = new CommitMarks(this.sequence);
  readonly #maxBytesPerFile: number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.hasDurable = seed % 2 === 0;
    this.becomesDurable = seed % 4 === 3;
    this.memQueueSize = this.pick(MEM_QUEUE_SIZES);
    this.#maxBytesPerFile = this.pick([300, 5000, 1_000_000]);
    this.test = this.open(new SimulatedDisk());
  }

  get broker() {
    return this.test.broker;
  }

  get nowMs(): number {
    return this.test.clock.update();
  }

  get diskFull(): boolean {
    return this.test.disk.capacityBytes < Infinity;
  }

  set diskFull(full: boolean) {
    // Not a byte more fits.
    this.test.disk.capacityBytes = full ? 0 : Infinity;
    this.diskEverFull ||= full;
  }

  get syncsHeld(): boolean {
    return this.test.disk.holdSyncs;
  }

  set syncsHeld(held: boolean) {
    this.test.disk.holdSyncs = held;
    if (!held) this.test.disk.releaseSyncs();
  }

  /** Whether topics and channels can be changed, with an answer. */
  get canChange(): boolean {
    return !this.hasDurable || !this.diskFull && !this.syncsHeld && !this.journalsFail;
  }

  protected get journalsFail(): boolean {
    return [...this.broker.topics.values()].some(({ journal }) =>
      journal !== null && journal.journal.failure !== null
    );
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.random() * below);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Starts a broker on `disk`. */
  protected open(disk: SimulatedDisk): TestBroker {
    const test = new TestBroker({
      disk,
      time: this.time,
      memQueueSize: this.memQueueSize,
      maxMsgTimeoutMs: this.maxMsgTimeoutMs,
      maxBytesPerFile: this.#maxBytesPerFile,
      segmentBytes: this.#maxBytesPerFile,
      isDurable: (topic) => this.hasDurable && !isEphemeralName(topic),
    });
    this.commits.watch(test);
    return test;
  }
}
