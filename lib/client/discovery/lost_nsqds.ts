/** When to ask lookupds again after nsqds were lost. */
import { type Deferred, deferred } from "../../deferred.ts";

/** Lookupds hear of a loss at the same time: so much later they know, and their many clients do not come all at once. */
const FIRST_MS = 50;
const FIRST_SPREAD_MS = 200;

/** The next looks come after this part of the time that has passed, so that a restart is noticed soon and a long absence costs little. */
const PART_OF_ABSENCE = 0.25;
const MIN_MS = 1000;

/** A first look is not waited for longer than this: a lookupd may stall. */
const FIRST_LOOK_MS = 1000;

/** What {@link LostNsqds} needs. */
export interface LostContext {
  /** How often lookupds are asked anyway, in ms: what is lost for so long that looks would be no more frequent is given up. */
  readonly intervalMs: number;
  poll(): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** Does something later, unless what it gives back is called before. */
  schedule(action: () => void, delayMs: number): () => void;
}

/** Those that were lost and have not come back, and the looks for them. */
export class LostNsqds {
  readonly #context: LostContext;
  /** When they were lost, by address. */
  readonly #lostMs = new Map<string, number>();
  #cancel: () => void = () => {};
  #firstLook: Deferred<void> | null = null;

  constructor(context: LostContext) {
    this.#context = context;
  }

  /** One was lost. Resolves when lookupds have been asked, or after a second. */
  lost(address: string): Promise<void> {
    const { random, nowMs } = this.#context;
    this.#lostMs.set(address, nowMs());
    if (this.#firstLook !== null) return this.#firstLook.promise;
    this.#firstLook = deferred();
    this.#schedule(FIRST_MS + random() * FIRST_SPREAD_MS, () => this.#lookFirst());
    return this.#firstLook.promise;
  }

  /** It is connected again. */
  back(address: string): void {
    this.#lostMs.delete(address);
  }

  stop(): void {
    this.#lostMs.clear();
    this.#cancel();
    this.#firstLook?.resolve();
  }

  #lookFirst(): void {
    const { schedule, poll } = this.#context;
    const { resolve } = this.#firstLook!;
    this.#firstLook = null;
    const cancel = schedule(resolve, FIRST_LOOK_MS);
    void poll().then(() => {
      cancel();
      resolve();
    });
  }

  #schedule(delayMs: number, look: () => void): void {
    this.#cancel();
    this.#cancel = this.#context.schedule(() => {
      look();
      this.#scheduleNext();
    }, delayMs);
  }

  /** For the one that was lost last. */
  #scheduleNext(): void {
    const { intervalMs, nowMs, random, poll } = this.#context;
    if (this.#lostMs.size === 0) return;
    const absenceMs = nowMs() - Math.max(...this.#lostMs.values());
    const delayMs = Math.max(absenceMs * PART_OF_ABSENCE, MIN_MS);
    if (delayMs >= intervalMs) return this.#lostMs.clear();
    this.#schedule(delayMs * (1 - random() / 2), () => void poll());
  }
}
