/** Resident memory of a process, as Linux counts it. */
import { withinLimit } from "./limit.ts";

const BYTES_PER_MIB = 1024 * 1024;

/** Resident memory of a process, in MiB. @throws {Error} when the process is gone. */
export async function residentMib(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no resident memory: it has ended`);
  return Math.round(Number(kib) * 1024 / BYTES_PER_MIB);
}

/** Samples a process's memory until it is stopped. */
export class MemoryWatch {
  readonly #samples: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #failure: unknown;

  constructor(pid: number, intervalMs = 250) {
    this.#timer = setInterval(() => {
      residentMib(pid).then(
        (mib) => this.#samples.push(mib),
        (error) => this.#failure = error,
      );
    }, intervalMs);
  }

  /** Samples in MiB, oldest first. @throws what went wrong while sampling. */
  get samplesMib(): readonly number[] {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#samples;
  }

  get maximumMib(): number {
    return Math.max(...this.samplesMib);
  }

  /** @throws {LimitMissed} when the memory was ever above the limit. */
  expectBelow(limitMib: number): void {
    withinLimit(
      this.maximumMib <= limitMib,
      `memory rose to ${this.maximumMib} MiB, over ${limitMib} MiB`,
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
