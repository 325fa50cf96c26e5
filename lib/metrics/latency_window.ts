import { quantilesOf, QuantileStream } from "./quantile_stream.ts";

/** What latency is measured for. */
export interface LatencySettings {
  /** Each in (0, 1]; at least one. */
  readonly percentiles: readonly number[];
  /** How far back the percentiles look. */
  readonly windowMs: number;
}

/** Percentiles of latencies in ns, and how many latencies there were. */
export interface LatencyFigures {
  readonly count: number;
  readonly percentiles: { quantile: number; value: number }[];
}

/**
 * Latencies of the last while. Two streams take turns, each for half the window, so that what is
 * shown covers between half the window and all of it: as the reference does.
 */
export class LatencyWindow {
  readonly #settings: LatencySettings;
  #current: QuantileStream;
  #previous: QuantileStream;
  /** When the current stream had its turn, ms. */
  #turnStartMs: number;

  /** @param nowMs on a clock that does not go back, as all times here */
  constructor(settings: LatencySettings, nowMs: number) {
    this.#settings = settings;
    this.#current = new QuantileStream(settings.percentiles);
    this.#previous = new QuantileStream(settings.percentiles);
    this.#turnStartMs = nowMs;
  }

  insert(latencyNs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#current.insert(latencyNs);
  }

  /** The latencies of several windows together. */
  static figures(
    windows: readonly LatencyWindow[],
    { percentiles }: LatencySettings,
    nowMs: number,
  ): LatencyFigures {
    const streams = windows.flatMap((window) => window.#streams(nowMs));
    const { count, values } = quantilesOf(streams, percentiles);
    return {
      count,
      percentiles: percentiles.map((quantile, at) => ({ quantile, value: values[at]! })),
    };
  }

  #streams(nowMs: number): QuantileStream[] {
    this.#turn(nowMs);
    return [this.#previous, this.#current];
  }

  #turn(nowMs: number): void {
    const turnMs = this.#settings.windowMs / 2;
    const elapsedMs = nowMs - this.#turnStartMs;
    if (elapsedMs <= turnMs) return;
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.#current.reset();
    if (elapsedMs > 2 * turnMs) this.#previous.reset();
    this.#turnStartMs = turnMs > 0 ? nowMs - elapsedMs % turnMs : nowMs;
  }
}
