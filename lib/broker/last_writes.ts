import { DiskQueueError } from "../diskqueue/errors.ts";
import { syncAll } from "../storage/sync_all.ts";
import type { Backlog } from "./backlog.ts";
import type { HeldMessage } from "./held_message.ts";

/** A queue of which not everything is on disk when the broker has stopped. */
export interface Unwritten {
  /** `topic T` or `channel T:C`. */
  queue: string;
  /** Messages that are on no disk. */
  lostCount: number;
  error: DiskQueueError;
}

/** What a queue has in memory when the broker stops, on its way to disk: what the disk does not take can be tried again. */
export class LastWrites {
  readonly #queue: string;
  readonly #backlog: Backlog;
  /** In the order of writing, with what waits in the backlog between them. */
  #before: readonly HeldMessage[];
  #behind: readonly HeldMessage[];

  /** @param before,behind what goes to disk before and behind what waits in `backlog` */
  constructor(
    queue: string,
    backlog: Backlog,
    before: readonly HeldMessage[],
    behind: readonly HeldMessage[],
  ) {
    this.#queue = queue;
    this.#backlog = backlog;
    this.#before = before;
    this.#behind = behind;
  }

  /** Writes what the disk takes, which outlives the process from then on; null if that is all. No file of it stays open. */
  write(): Unwritten | null {
    const failures: DiskQueueError[] = [];
    const backlog = this.#backlog;
    this.#before = writeHeld(backlog, this.#before, failures);
    attempt(() => backlog.moveAllToDisk(), failures);
    this.#behind = writeHeld(backlog, this.#behind, failures);
    backlog.disk.rest();
    const lostCount = this.#before.length + backlog.memoryDepth + this.#behind.length;
    return lostCount === 0 ? null : { queue: this.#queue, lostCount, error: failures[0]! };
  }

  /** Syncs in the background what was written. Does not reject: see {@link close}. */
  sync(): Promise<void> {
    return this.#backlog.disk.sync();
  }

  /** Writes what is left, syncs and closes; null if nothing fails. */
  close(): Unwritten | null {
    const unwritten = this.write();
    if (unwritten !== null) return unwritten;
    const error = this.#backlog.disk.close();
    return error && { queue: this.#queue, lostCount: 0, error };
  }

  /** Nothing more is tried. */
  giveUp(): void {
    this.#backlog.disk.close();
  }
}

/** The last writes of all queues. */
export class AllLastWrites {
  #left: readonly LastWrites[];

  constructor(left: readonly LastWrites[]) {
    this.#left = left;
  }

  /** Syncs what was written: {@link close} has little to wait for then. */
  sync(): Promise<void> {
    return syncAll(this.#left, (each) => each.sync());
  }

  /** Puts everything on disk. @returns what the disk does not take: called again, it is tried again */
  close(): Unwritten[] {
    const unwritten: Unwritten[] = [];
    this.#left = this.#left.filter((each) => {
      const failed = each.close();
      if (failed !== null) unwritten.push(failed);
      return failed !== null;
    });
    return unwritten;
  }

  /** What could not be written is not tried again: closes the files. */
  giveUp(): void {
    for (const each of this.#left) each.giveUp();
    this.#left = [];
  }
}

/** So many messages are offered for one write. */
const OFFERED = 1000;

/** Writes what the disk takes of `held`, and gives back the rest. Where a message did not fit, shorter ones may. */
function writeHeld(
  backlog: Backlog,
  held: readonly HeldMessage[],
  failures: DiskQueueError[],
): readonly HeldMessage[] {
  let written = 0;
  const writeMany = () => written += backlog.writeHeld(held.slice(written, written + OFFERED));
  while (written < held.length && attempt(writeMany, failures));
  for (let i = 0; i < written; i++) held[i]!.gone();
  let tooLong = Infinity;
  return held.slice(written).filter((each) => {
    const length = each.end - each.start;
    if (length >= tooLong) return true;
    if (attempt(() => backlog.writeHeld([each]), failures)) {
      each.gone();
      return false;
    }
    tooLong = length;
    return true;
  });
}

/** False if the disk failed. */
function attempt(write: () => void, failures: DiskQueueError[]): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!(error instanceof DiskQueueError)) throw error;
    failures.push(error);
    return false;
  }
}
