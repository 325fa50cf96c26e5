/** Reads files again while a daemon runs: when they change, and when it is told to. */
import { stat } from "node:fs/promises";
import type { Logger } from "../log/logger.ts";

/** Between two looks, in ms. A change is taken over once it has stood for one look: files may come one by one. */
const STEP_MS = 1000;

/** Something that is made of files, and can be made of them anew. */
export interface Reloadable {
  /** What it is, for the log: "certificate". */
  readonly what: string;
  /** Paths; what changes elsewhere is taken over only on demand. */
  readonly files: readonly string[];
  /** Takes over what the files hold now. @throws Error that says why not: everything is as before then */
  reload(): Promise<void> | void;
}

/**
 * Has parts of a daemon made anew. A file that makes no sense is refused with a log line, and what
 * there was stays in use. Looks at the files by their path, so that links that are turned to another
 * file, as Kubernetes does it, count.
 */
export class Reloading {
  readonly #parts: readonly Reloadable[];
  readonly #logger: Logger;
  /** What is known of each file; a change that has not stood for a look yet is in `#seen` alone. */
  readonly #taken = new Map<string, string>();
  readonly #seen = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** One after the other. */
  #working: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: readonly Reloadable[], logger: Logger) {
    this.#parts = parts;
    this.#logger = logger;
  }

  /** Begins to look at the files, as they are now. */
  start(): void {
    this.#then(async () => {
      for (const path of this.#paths()) this.#note(path, await stampOf(path));
    });
    this.#lookLater();
  }

  /** Takes over everything, changed or not. */
  all(): void {
    this.#then(async () => {
      for (const path of this.#paths()) this.#note(path, await stampOf(path));
      for (const part of this.#parts) await this.#take(part);
    });
  }

  /** Takes over nothing more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#isStopped || this.#paths().size === 0) return;
    this.#timer = setTimeout(() => {
      this.#then(() => this.#look());
      void this.#working.then(() => this.#lookLater());
    }, STEP_MS);
  }

  async #look(): Promise<void> {
    const changed = new Set<string>();
    let isSettled = true;
    for (const path of this.#paths()) {
      const stamp = await stampOf(path);
      if (stamp !== this.#seen.get(path)) isSettled = false;
      this.#seen.set(path, stamp);
      if (stamp !== this.#taken.get(path)) changed.add(path);
    }
    if (!isSettled || changed.size === 0) return;
    for (const path of changed) this.#note(path, this.#seen.get(path)!);
    for (const part of this.#parts) {
      if (part.files.some((path) => changed.has(path))) await this.#take(part);
    }
  }

  async #take({ what, files, reload }: Reloadable): Promise<void> {
    if (this.#isStopped) return;
    const from = files.length === 0 ? "" : ` from ${files.join(", ")}`;
    try {
      await reload();
      this.#logger.info(`${what} read again${from}`);
    } catch (error) {
      const reason = (error as Error).message;
      this.#logger.error(`${what} not read again${from}, what there was holds - ${reason}`);
    }
  }

  #paths(): Set<string> {
    return new Set(this.#parts.flatMap(({ files }) => files));
  }

  #note(path: string, stamp: string): void {
    this.#taken.set(path, stamp);
    this.#seen.set(path, stamp);
  }

  #then(work: () => Promise<void>): void {
    this.#working = this.#working.then(work);
  }
}

/** Different when the file is another one, or was written; "" while there is none that can be looked at. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return ""; // said by whoever reads it
  }
}
