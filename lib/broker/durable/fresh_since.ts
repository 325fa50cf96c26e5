import type { Stamp } from "../../wire/record.ts";

/** From when on the age of a channel's messages counts, of those where that is later than when they were published. Times are unix ms. */
export class FreshSince {
  /** When those were due, by index, that were published with a delay and are queued now. */
  readonly #dueMs = new Map<number, number>();
  /** Messages that were put back, by index, and when. */
  #putBack: { from: number; to: number; sinceMs: number }[] = [];

  /** The message was published with a delay, and is queued since. */
  due(index: number, unixMs: number): void {
    this.#dueMs.set(index, unixMs);
  }

  /** Whether a message had a delay, and is not too old since that was over. */
  wasDue(index: number, oldest: Stamp): boolean {
    return (this.#dueMs.get(index) ?? 0) >= oldest.unixMs;
  }

  /** The message that was due is no longer queued. */
  shifted(index: number): void {
    if (this.#dueMs.size > 0) this.#dueMs.delete(index);
  }

  /** No message that was due is queued any longer. */
  clearDue(): void {
    this.#dueMs.clear();
  }

  /** The messages `[from, to)` were put back. */
  putBack(from: number, to: number, sinceMs: number): void {
    const last = this.#putBack.at(-1);
    if (last !== undefined && last.to === from && last.sinceMs >= sinceMs - 1000) last.to = to;
    else this.#putBack.push({ from, to, sinceMs });
  }

  /** Whether a message was put back, and is not too old since. */
  wasPutBack(index: number, oldest: Stamp): boolean {
    if (this.#putBack.length === 0) return false;
    this.#putBack = this.#putBack.filter(({ sinceMs }) => sinceMs >= oldest.unixMs);
    return this.#putBack.some(({ from, to }) => from <= index && index < to);
  }
}
