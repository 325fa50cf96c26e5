/** How often it is looked, in ms. A stall that is shorter may be missed. */
const STEP_MS = 100;

/** What is told is the worst of the last one to two of these, in ms. */
const WINDOW_MS = 60_000;

/** Measures how late timers are, as everybody is whom the event loop serves. Costs ten timers a second. */
export class EventLoopWatch {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = 0;
  #windowEndMs = 0;
  #worstMs = 0;
  #worstBeforeMs = 0;

  /** Begins to look, unless it does already. Keeps no process alive. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#windowEndMs = performance.now() + WINDOW_MS;
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Seconds that the latest timer of the last minute or two came too late. */
  worstSeconds(): number {
    return Math.max(this.#worstMs, this.#worstBeforeMs, performance.now() - this.#dueMs) / 1000;
  }

  #next(): void {
    this.#dueMs = performance.now() + STEP_MS;
    this.#timer = setTimeout(() => {
      const nowMs = performance.now();
      this.#worstMs = Math.max(this.#worstMs, nowMs - this.#dueMs);
      if (nowMs >= this.#windowEndMs) {
        this.#windowEndMs = nowMs + WINDOW_MS;
        this.#worstBeforeMs = this.#worstMs;
        this.#worstMs = 0;
      }
      this.#next();
    }, STEP_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }
}
