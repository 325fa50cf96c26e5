/** Tells now and then how long requests took, as `--status-every` asks. */

/** With fewer durations a 99th percentile is but the largest. */
const MIN_FOR_PERCENTILES = 100;

/** Collects durations, and reports on each full set of them. */
export class RequestTimings {
  readonly #name: string;
  readonly #report: (line: string) => void;
  readonly #durationsMs: Float64Array;
  #count = 0;

  /**
   * @param name opens each line, such as `[aggregate]:`
   * @param every the number of requests between two lines; 0 for no lines
   */
  constructor(name: string, every: number, report: (line: string) => void) {
    this.#name = name;
    this.#report = report;
    this.#durationsMs = new Float64Array(every);
  }

  add(durationMs: number): void {
    if (this.#durationsMs.length === 0) return;
    this.#durationsMs[this.#count++] = durationMs;
    if (this.#count < this.#durationsMs.length) return;
    this.#count = 0;
    this.#report(describe(this.#name, this.#durationsMs));
  }
}

/** What to tell somebody who chose `every`; undefined when there is nothing. */
export function timingsWarning(every: number): string | undefined {
  if (every === 0 || every >= MIN_FOR_PERCENTILES) return undefined;
  return `--status-every=${every}: percentiles of fewer than ${MIN_FOR_PERCENTILES} requests are not accurate`;
}

/** The line that scripts of users of the reference look for. */
function describe(name: string, durationsMs: Float64Array): string {
  const sorted = durationsMs.toSorted();
  const show = (ms: number) => `${ms.toFixed(2)}ms`;
  const average = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  const p99 = percentile(sorted, 99), p95 = percentile(sorted, 95);
  return `${name} finished ${sorted.length} - 99th: ${show(p99)} - 95th: ${show(p95)} - avg: ${
    show(average)
  }`;
}

/** The smallest value that this many percent of all do not exceed. */
function percentile(sorted: Float64Array, percent: number): number {
  return sorted[Math.ceil(sorted.length * percent / 100) - 1]!;
}
