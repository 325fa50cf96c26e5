import type { FileSystem } from "../storage/file_system.ts";
import type { TimerId, Timers } from "../storage/timers.ts";
import { BufferPool } from "./byte_buffer.ts";
import { SyncChoice } from "./sync_choice.ts";

/** Events that nobody waits for are written at the latest after so long. */
const EVENTS_DELAY_MS = 50;

/** After two failures in a row, the next attempt comes after so long. */
const RETRY_DELAY_MS = 1000;

/**
 * After a larger commit the next one starts before the answers of the last are given: while half of the publishers have theirs and ask again, the disk
 * writes for the other half. After smaller ones an fsync may be waited for, which would hold the answers back.
 */
const LARGE_BYTES = 4 * 1024;

/** So many files stay open that nothing is written to at present. */
const MAX_RESTING = 128;

/** A file that is open, and can be closed until it is needed again. */
interface Resting {
  rest(): void;
}

/** What a commit is made of: one topic's part. */
export interface CommitMember {
  /** Writes what has collected. @returns bytes written @throws what writing throws */
  write(): number;
  /** Whether names in the data path changed, so that it has to be synced too. */
  readonly namesChanged: boolean;
  sync(): Promise<void>;
  syncNow(): void;
  /** The commit is over. @param error why it failed for this topic */
  done(number: number, error: Error | null): void;
}

/** What a group needs. */
export interface CommitGroupOptions {
  files: FileSystem;
  dataPath: string;
  timers: Timers;
  /** A clock that only goes forward, in ms with fractions. */
  monotonicMs: () => number;
  /** Default: 4 KB. See {@link LARGE_BYTES}. */
  largeBytes?: number;
  /** Runs a function soon, when more may have collected; default: at the end of the microtasks. */
  soon?: (run: () => void) => void;
}

/** Commits for all journals of a broker: one at a time, each with all that collected during the one before. */
export class CommitGroup {
  readonly pool = new BufferPool();
  /** All commits up to this number are over. */
  lastCommitted = 0;
  /** Commits done, and the bytes and ms that they took. */
  readonly figures = { commits: 0, bytes: 0, ms: 0, failures: 0 };
  readonly #options: CommitGroupOptions;
  readonly #choice: SyncChoice;
  /** Called after each commit with its number. */
  readonly #listeners = new Set<(number: number) => void>();
  #members = new Set<CommitMember>();
  /** Open files of which all is synced, that of the longest rest first. */
  readonly #resting = new Set<Resting>();
  /** Number of the commit that collects. */
  #collecting = 1;
  #running: Promise<void> | null = null;
  #wanted = false;
  #soonWanted = false;
  /** When the last commit ended. */
  #endedMs = -Infinity;
  #wasLarge = false;
  #timer: TimerId | null = null;

  constructor(options: CommitGroupOptions) {
    this.#options = options;
    this.#choice = new SyncChoice(options.monotonicMs);
  }

  /** Calls `listener` after each commit with its number. @returns undoes it */
  onCommit(listener: (number: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All of the file is synced: it stays open, unless too many do. */
  resting(file: Resting): void {
    this.#resting.delete(file);
    this.#resting.add(file);
    if (this.#resting.size <= MAX_RESTING) return;
    const first: Resting = this.#resting.values().next().value!;
    this.#resting.delete(first);
    first.rest();
  }

  /** The file is written to, or closed for good. */
  inUse(file: Resting): void {
    this.#resting.delete(file);
  }

  /** Number of the commit that collects: the one before was written. */
  get collecting(): number {
    return this.#collecting;
  }

  /** Whether no commit has run for so long, and none is wanted. */
  isIdle(forMs: number): boolean {
    const isBusy = this.#running !== null || this.#wanted;
    return !isBusy && this.#options.monotonicMs() - this.#endedMs >= forMs;
  }

  /** The member takes part in the commit that collects. @returns its number */
  enlist(member: CommitMember): number {
    this.#members.add(member);
    return this.#collecting;
  }

  /** Somebody waits for the commit that collects: it starts as soon as none runs. */
  want(): void {
    this.#wanted = true;
    this.#startSoon();
  }

  #startSoon(): void {
    if (this.#running !== null || this.#soonWanted) return;
    this.#soonWanted = true;
    const { soon = queueMicrotask } = this.#options;
    soon(() => {
      this.#soonWanted = false;
      this.#start();
    });
  }

  /** Nobody waits: the commit that collects starts within 50 ms. */
  wantLater(): void {
    if (this.#timer === null && !this.#wanted) this.#startTimer(EVENTS_DELAY_MS);
  }

  /** A topic failed twice in a row: it tries again in a second. */
  retryLater(): void {
    if (this.#timer === null) this.#startTimer(RETRY_DELAY_MS);
  }

  /** While no commit runs: none starts before `work`, which is under way, has ended. @throws what it throws */
  async hold(work: Promise<void>): Promise<void> {
    this.#running = work;
    try {
      await work;
    } finally {
      this.#running = null;
      this.#goOn();
    }
  }

  /** Commits all that has collected. */
  async flush(): Promise<void> {
    await this.#running;
    this.#start();
    await this.#running;
  }

  /** No commit starts any more on its own: what has collected is not written. */
  stop(): void {
    if (this.#timer !== null) this.#options.timers.clearTimeout(this.#timer);
    this.#timer = null;
    this.#members.clear();
  }

  /** @param mayWait whether for the disk, which ends the commit at once */
  #start(mayWait = true): void {
    if (this.#running !== null) return;
    if (this.#timer !== null) this.#options.timers.clearTimeout(this.#timer);
    this.#timer = null;
    this.#wanted = false;
    if (this.#members.size === 0) return;
    const members = [...this.#members];
    this.#members = new Set();
    const number = this.#collecting++;
    const began = this.#options.monotonicMs();
    const failed = new Map<CommitMember, Error>();
    let bytes = 0;
    for (const member of members) {
      try {
        bytes += member.write();
      } catch (error) {
        failed.set(member, error as Error);
      }
    }
    this.figures.bytes += bytes;
    this.#wasLarge = bytes > (this.#options.largeBytes ?? LARGE_BYTES);
    const written = members.filter((member) => !failed.has(member));
    const namesChanged = written.some((member) => member.namesChanged);
    const only = written[0];
    if (mayWait && only !== undefined && written.length === 1 && this.#choice.syncNow(bytes)) {
      this.#syncNow(only, failed, namesChanged);
      this.#end(number, members, failed, began);
      return;
    }
    const sync = () => this.#sync(written, failed, namesChanged);
    const synced = written.length === 1 ? this.#choice.measureInBackground(bytes, sync) : sync();
    this.#running = synced.then(() => {
      this.#running = null;
      this.#end(number, members, failed, began);
    });
  }

  #syncNow(member: CommitMember, failed: Map<CommitMember, Error>, namesChanged: boolean): void {
    try {
      this.#choice.measure(() => member.syncNow());
      if (namesChanged) this.#options.files.syncDataSync(this.#options.dataPath);
    } catch (error) {
      failed.set(member, error as Error);
    }
  }

  async #sync(
    members: CommitMember[],
    failed: Map<CommitMember, Error>,
    namesChanged: boolean,
  ): Promise<void> {
    const { files, dataPath } = this.#options;
    const syncs = members.map((member) =>
      member.sync().catch((error) => void failed.set(member, error))
    );
    if (namesChanged) {
      const changed = members.filter((member) => member.namesChanged);
      syncs.push(
        files.syncData(dataPath).catch((error) => {
          for (const member of changed) failed.set(member, error);
        }),
      );
    }
    await Promise.all(syncs);
  }

  #end(
    number: number,
    members: CommitMember[],
    failed: Map<CommitMember, Error>,
    began: number,
  ): void {
    this.figures.commits++;
    this.figures.failures += failed.size;
    this.#endedMs = this.#options.monotonicMs();
    this.figures.ms += this.#endedMs - began;
    this.lastCommitted = number;
    for (const member of members) member.done(number, failed.get(member) ?? null);
    // The disk goes on before answers are given, which takes a while.
    if (this.#wasLarge && this.#wanted && failed.size === 0) this.#start(false);
    for (const listener of this.#listeners) listener(number);
    if (this.#running === null) this.#goOn();
  }

  /** A commit may start, if there is something to commit. */
  #goOn(): void {
    if (this.#wanted) this.#startSoon();
    else if (this.#members.size > 0) this.wantLater();
  }

  #startTimer(delayMs: number): void {
    this.#timer = this.#options.timers.setTimeout(() => {
      this.#timer = null;
      this.#start();
    }, delayMs);
  }
}
