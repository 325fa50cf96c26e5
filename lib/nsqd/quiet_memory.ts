import type { Logger } from "../log/logger.ts";

/** A collection stops everything for some ms. It is worth that only if this much may come of it, in bytes. */
const WORTHWHILE_BYTES = 12 * 1024 * 1024;

/** The larger the heap, the longer it takes: a larger one is left to V8, which does it bit by bit. */
const LARGEST_HEAP_BYTES = 128 * 1024 * 1024;

/**
 * Collects garbage once the broker is quiet after work. V8 does so only when something new is allocated, so what a burst of work leaves
 * would stay until the next.
 */
export class QuietMemory {
  readonly #logger: Logger;
  #collecting = false;
  /** Bytes in use after the last collection. */
  #floorBytes: number;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#floorBytes = bytesInUse().all;
  }

  /** To be called while the broker is quiet, as often as one likes. */
  giveBack(): void {
    const { heap, all } = bytesInUse();
    if (all < this.#floorBytes) this.#floorBytes = all;
    const worthwhile = all - this.#floorBytes >= WORTHWHILE_BYTES && heap <= LARGEST_HEAP_BYTES;
    if (this.#collecting || !worthwhile) return;
    this.#collecting = true;
    this.#collect().finally(() => this.#collecting = false);
  }

  async #collect(): Promise<void> {
    const { collectGarbage, ProfilerBusyError } = await import("../http/profiler.ts");
    try {
      await collectGarbage();
      this.#floorBytes = bytesInUse().all;
    } catch (error) {
      if (error instanceof ProfilerBusyError) return; // at the next occasion
      this.#logger.warn(`failed to collect garbage - ${(error as Error).message}`);
    }
  }
}

function bytesInUse(): { heap: number; all: number } {
  const { heapUsed, external } = Deno.memoryUsage();
  return { heap: heapUsed, all: heapUsed + external };
}
