import type { Barrier } from "../storage/barrier.ts";
import type { TimerId, Timers } from "../storage/timers.ts";

/** What a `Syncer` drives. `State` is what is recorded of a moment. */
export interface SyncTarget<State> {
  /**
   * Makes all records up to now durable, and resolves with the state that may be recorded then. `isCurrent` turns false
   * when that has been overtaken (the queue was emptied or closed) and nothing more may be written.
   */
  sync(isCurrent: () => boolean): Promise<State>;
  /** Records a state. */
  record(state: State, isCurrent: () => boolean): Promise<void>;
  /** Everything is durable and recorded, and nothing happened meanwhile. */
  quiet(): void;
  /** What was to be synced or recorded failed with this error, or all has succeeded (null). */
  synced(error: Error | null): void;
}

/** When to sync. */
export interface SyncerOptions<State> {
  /** Sync after so many operations; 0: their number does not count. */
  syncEvery: number;
  /** Sync at the latest so long after the first operation that is not synced, in milliseconds. */
  syncTimeoutMs: number;
  timers: Timers;
  /** Where answers wait while more than `syncEvery` records were appended and not synced. */
  barrier: Barrier;
  target: SyncTarget<State>;
}

/**
 * Decides when a queue is synced, in the background: one sync at a time, and a timer only while something is not synced. Its state is
 * recorded after `syncEvery` operations, or when no sync is due, while the next may run already; of several states only the last.
 *
 * No more than `syncEvery` records are acknowledged that no sync covers: when more were appended, the answers to the last wait at the
 * barrier. Syncs begin at half of that, so that on a fast disk none has to. What was read counts for when to sync, but no
 * answer waits for it: what a crash takes of that comes again.
 */
export class Syncer<State> {
  readonly #options: SyncerOptions<State>;
  readonly #syncEvery: number;
  /** Operations since the last sync began. */
  #operations = 0;
  /** Records appended since the last sync began. */
  #appended = 0;
  /** Records that the running sync is about. */
  #appendedBefore = 0;
  /** What answers wait for at the barrier; 0 if none has to. */
  #awaited = 0;
  #requested = false;
  /** The running sync, and the generation it began in. */
  #syncing: Task | null = null;
  /** The recording of states, and the generation of the one that is being recorded. */
  #recording: Task | null = null;
  #unrecorded: { state: State; generation: number } | null = null;
  /** Operations that were synced and of which no state was recorded. */
  #unrecordedOperations = 0;
  /** Whether the last one failed. */
  #syncFailed = false;
  #recordFailed = false;
  #timer: TimerId | null = null;
  /** Grows when what runs is overtaken. */
  #generation = 0;

  constructor(options: SyncerOptions<State>) {
    this.#options = options;
    this.#syncEvery = options.syncEvery || Infinity;
  }

  /** Whether something is not synced or recorded yet. */
  get dirty(): boolean {
    return this.#operations > 0 || this.#recordFailed || this.#unrecorded !== null ||
      this.#syncing?.generation === this.#generation ||
      this.#recording?.generation === this.#generation;
  }

  /** Notes records that were appended. Who is told so may have to wait. */
  appended(records: number): void {
    this.#appended += records;
    this.note(records);
    if (this.#appended + this.#appendedBefore <= this.#syncEvery) return;
    const { barrier } = this.#options;
    this.#awaited ||= barrier.issue();
    barrier.require(this.#awaited);
  }

  /** Notes operations that are to be synced before long. */
  note(operations: number): void {
    this.#operations += operations;
    if (this.#syncing) return;
    if (this.#isDue()) this.#start();
    else this.#arm();
  }

  /** Syncs what was noted without waiting for more. */
  request(): void {
    if (this.#syncing) this.#requested = true;
    else this.#start();
  }

  /** Forgets everything noted; what runs writes nothing more. */
  reset(): void {
    this.#generation++;
    this.#operations = 0;
    this.#appended = 0;
    this.#appendedBefore = 0;
    this.#requested = false;
    this.#syncFailed = this.#recordFailed = false;
    this.#unrecorded = null;
    this.#unrecordedOperations = 0;
    this.#disarm();
    this.#letPass();
  }

  /** Resolves when nothing is being synced or recorded. */
  async settled(): Promise<void> {
    for (let task; (task = this.#syncing ?? this.#recording);) await task.done;
  }

  #isDue(): boolean {
    return this.#operations >= this.#syncEvery || this.#appended >= this.#syncEvery / 2;
  }

  #start(): void {
    this.#disarm();
    const task: Task = { generation: this.#generation, done: Promise.resolve() };
    this.#syncing = task;
    task.done = this.#sync(task.generation);
  }

  /** Rejects never: what `sync` throws goes to `synced`. */
  async #sync(generation: number): Promise<void> {
    const isCurrent = () => generation === this.#generation;
    const operations = this.#operations;
    this.#appendedBefore = this.#appended;
    this.#operations = this.#appended = 0;
    this.#requested = false;
    try {
      const state = await this.#options.target.sync(isCurrent);
      if (isCurrent()) this.#succeeded(state, operations);
    } catch (error) {
      if (isCurrent()) this.#failed(error as Error, operations);
    }
    this.#syncing = null;
    if (!this.#syncFailed && (this.#requested || this.#isDue())) this.#start();
    this.#goOn();
  }

  #succeeded(state: State, operations: number): void {
    this.#syncFailed = false;
    this.#appendedBefore = 0;
    if (this.#appended <= this.#syncEvery) this.#letPass();
    this.#unrecorded = { state, generation: this.#generation };
    this.#unrecordedOperations += operations;
  }

  #failed(error: Error, operations: number): void {
    this.#syncFailed = true;
    // Tried again when the timer fires, as at once would most likely fail again.
    this.#operations += Math.max(operations, 1);
    this.#appended += this.#appendedBefore;
    this.#appendedBefore = 0;
    // Who waits has nothing to gain from a disk that does not work: its health says so.
    this.#letPass();
    this.#options.target.synced(error);
  }

  /** Rejects never: what `record` throws goes to `synced`. */
  async #record({ state, generation }: { state: State; generation: number }): Promise<void> {
    const { target } = this.#options;
    const isCurrent = () => generation === this.#generation;
    try {
      await target.record(state, isCurrent);
      if (isCurrent()) this.#recordFailed = false;
      if (isCurrent() && !this.#syncFailed) target.synced(null);
    } catch (error) {
      if (isCurrent()) {
        this.#recordFailed = true; // once more when the timer fires
        target.synced(error as Error);
      }
    }
    this.#recording = null;
    this.#goOn();
  }

  /** A sync has ended, or a recording: records what is due, and rests when nothing runs. */
  #goOn(): void {
    const next = this.#unrecorded;
    const isDue = !this.#syncing || this.#unrecordedOperations >= this.#syncEvery;
    if (next !== null && isDue && !this.#recording) {
      this.#unrecorded = null;
      this.#unrecordedOperations = 0;
      const task: Task = { generation: next.generation, done: Promise.resolve() };
      this.#recording = task;
      task.done = this.#record(next);
    }
    if (this.#syncing) return;
    if (this.#operations > 0 || this.#recordFailed) this.#arm();
    else if (!this.dirty) this.#options.target.quiet();
  }

  #letPass(): void {
    const awaited = this.#awaited;
    if (awaited === 0) return;
    this.#awaited = 0;
    this.#options.barrier.pass(awaited);
  }

  #arm(): void {
    const { timers, syncTimeoutMs } = this.#options;
    this.#timer ??= timers.setTimeout(() => {
      this.#timer = null;
      if (!this.#syncing) this.#start();
    }, syncTimeoutMs);
  }

  #disarm(): void {
    if (this.#timer !== null) this.#options.timers.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Something that runs, and the generation it belongs to. */
interface Task {
  generation: number;
  done: Promise<void>;
}
