import { DiskQueueError } from "../diskqueue/errors.ts";
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

  /** Writes what the disk takes; null if that is all, and the queue is closed then. */
  write(): Unwritten | null {
    const failures: DiskQueueError[] = [];
    const backlog = this.#backlog;
    this.#before = writeHeld(backlog, this.#before, failures);
    attempt(() => backlog.moveAllToDisk(), failures);
    this.#behind = writeHeld(backlog, this.#behind, failures);
    const lostCount = this.#before.length + backlog.memoryDepth + this.#behind.length;
    const error = lostCount === 0 ? backlog.close() : failures[0]!;
    return error && { queue: this.#queue, lostCount, error };
  }

  /** Nothing more is tried. */
  giveUp(): void {
    this.#backlog.close();
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
