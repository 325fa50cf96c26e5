import type { Timers } from "./file_system.ts";

/** What a `Syncer` drives. */
export interface SyncTarget {
  /**
   * Makes everything up to now durable. `isCurrent` turns false when that has been overtaken (the queue was emptied
   * or closed) and nothing more may be written.
   */
  sync(isCurrent: () => boolean): Promise<void>;
  /** Everything is durable and nothing happened meanwhile. */
  quiet(): void;
  /** A sync failed with this error, or succeeded (null). */
  synced(error: Error | null): void;
}

/** When to sync. */
export interface SyncerOptions {
  /** Sync after so many operations. */
  syncEvery: number;
  /** Sync at the latest so long after the first operation that is not synced, in milliseconds. */
  syncTimeoutMs: number;
  timers: Timers;
  target: SyncTarget;
}

/** Decides when a queue is synced: one sync at a time, a timer only while something is not synced. */
export class Syncer {
  readonly #options: SyncerOptions;
  /** Operations since the last sync began. */
  #operations = 0;
  #requested = false;
  /** The running sync, and the generation it began in. */
  #running: { done: Promise<void>; generation: number } | null = null;
  #timer: number | null = null;
  /** Grows when what a running sync does is overtaken. */
  #generation = 0;

  constructor(options: SyncerOptions) {
    this.#options = options;
  }

  /** Whether something is not synced yet. */
  get dirty(): boolean {
    return this.#operations > 0 || this.#running?.generation === this.#generation;
  }

  /** Notes operations that are to be synced before long. */
  note(operations: number): void {
    this.#operations += operations;
    if (this.#running) return;
    if (this.#operations >= this.#options.syncEvery) this.#start();
    else this.#arm();
  }

  /** Syncs what was noted without waiting for more. */
  request(): void {
    if (this.#running) this.#requested = true;
    else this.#start();
  }

  /** Forgets everything noted; a running sync writes nothing more. */
  reset(): void {
    this.#generation++;
    this.#operations = 0;
    this.#requested = false;
    this.#disarm();
  }

  /** Resolves when no sync is running. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.done;
  }

  #start(): void {
    this.#disarm();
    const generation = this.#generation;
    this.#running = { generation, done: Promise.resolve() };
    this.#running.done = this.#run(generation);
  }

  /** Rejects never: what `sync` throws goes to `synced`. */
  async #run(generation: number): Promise<void> {
    const { target, syncEvery } = this.#options;
    const isCurrent = () => generation === this.#generation;
    const operations = this.#operations;
    this.#operations = 0;
    this.#requested = false;
    let failed = false;
    try {
      await target.sync(isCurrent);
      if (isCurrent()) target.synced(null);
    } catch (error) {
      if (isCurrent()) {
        failed = true;
        // Tried again when the timer fires, as at once would most likely fail again.
        this.#operations += Math.max(operations, 1);
        target.synced(error as Error);
      }
    }
    this.#running = null;
    if (!failed && (this.#requested || this.#operations >= syncEvery)) this.#start();
    else if (this.#operations > 0) this.#arm();
    else if (isCurrent()) target.quiet();
  }

  #arm(): void {
    const { timers, syncTimeoutMs } = this.#options;
    this.#timer ??= timers.setTimeout(() => {
      this.#timer = null;
      if (!this.#running) this.#start();
    }, syncTimeoutMs);
  }

  #disarm(): void {
    if (this.#timer !== null) this.#options.timers.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
