/** When a connection's heartbeats are due, and until when its client has to be heard. All times in ms, as of Clock.nowMs. */
export class Heartbeat {
  #intervalMs = 0;
  #nextMs = Infinity;

  /** Begins anew with this interval, 0 for no heartbeats, when the client was last heard at `heardMs`. */
  restart(intervalMs: number, heardMs: number): void {
    this.#intervalMs = intervalMs;
    this.#nextMs = intervalMs === 0 ? Infinity : heardMs + intervalMs;
  }

  /** Whether a heartbeat is to be sent now. The next one is due later, in the same rhythm. */
  isDue(nowMs: number): boolean {
    if (nowMs < this.#nextMs) return false;
    this.#nextMs += this.#intervalMs *
      Math.ceil((nowMs - this.#nextMs + 1) / this.#intervalMs);
    return true;
  }

  /** Whether a client that was last heard at `heardMs` has missed two. */
  isOverdue(heardMs: number, nowMs: number): boolean {
    return nowMs >= heardMs + 2 * this.#intervalMs;
  }

  /** When there is something to see to next; Infinity for never. */
  nextLookMs(heardMs: number, nowMs: number): number {
    if (this.isOverdue(heardMs, nowMs)) return this.#nextMs;
    return Math.min(this.#nextMs, heardMs + 2 * this.#intervalMs);
  }
}
