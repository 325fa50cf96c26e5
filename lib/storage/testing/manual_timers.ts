import type { Timers } from "../timers.ts";

/** Timers that fire when told to. */
export class ManualTimers implements Timers {
  readonly #pending = new Map<number, { run: () => void; delayMs: number }>();
  #lastId = 0;

  get delaysMs(): number[] {
    return [...this.#pending.values()].map(({ delayMs }) => delayMs);
  }

  setTimeout(run: () => void, delayMs: number): number {
    this.#pending.set(++this.#lastId, { run, delayMs });
    return this.#lastId;
  }

  clearTimeout(id: number): void {
    this.#pending.delete(id);
  }

  fireAll(): void {
    const due = [...this.#pending.values()];
    this.#pending.clear();
    for (const { run } of due) run();
  }
}
