/** Figures of a run, for people and for programs. */

import { formatBytes, formatCount, formatCounted } from "../progress.ts";
import type { Consuming } from "./consuming.ts";
import type { LatencyHistogram } from "./histogram.ts";
import type { BenchOptions } from "./options.ts";
import type { Publishing } from "./publishing.ts";

const MS_PER_SECOND = 1000;

/** What a run was, and what came of it. */
export interface BenchRun {
  readonly options: BenchOptions;
  readonly topics: readonly string[];
  readonly nsqd: readonly string[];
  readonly publishing: Publishing | null;
  readonly consuming: Consuming | null;
}

/** Latencies in ms. */
export interface LatencyFigures {
  p50: number;
  p90: number;
  p99: number;
  p99_9: number;
  max: number;
  mean: number;
}

/** One direction of a run. */
export interface DirectionFigures {
  messages: number;
  bytes: number;
  seconds: number;
  messages_per_second: number;
  bytes_per_second: number;
  latency_ms: LatencyFigures;
}

/** The whole of a run, as `--json` prints it. */
export interface BenchFigures {
  mode: string;
  nsqd: readonly string[];
  topics: readonly string[];
  size: number;
  batch: number;
  connections: number;
  concurrency: number;
  rate: number;
  publish: (DirectionFigures & { failed: number; unknown: number }) | null;
  consume: (DirectionFigures & { redelivered: number; missing: number }) | null;
}

export function figuresOf(run: BenchRun): BenchFigures {
  const { options, topics, nsqd } = run;
  const { mode, sizeBytes, batch, connections, concurrency, rate } = options;
  return {
    mode,
    nsqd,
    topics,
    size: sizeBytes,
    batch,
    connections,
    concurrency,
    rate,
    publish: publishFigures(run),
    consume: consumeFigures(run),
  };
}

/** The figures as text, for people. */
export function formatFigures({ publish, consume, topics }: BenchFigures): string {
  const lines: string[] = [];
  if (publish !== null) {
    const { failed, unknown } = publish;
    const lost = failed + unknown === 0
      ? ""
      : `, ${formatCount(failed)} failed, ${formatCount(unknown)} unknown`;
    lines.push(direction("published", publish, lost), latency("publish to OK", publish.latency_ms));
  }
  if (consume !== null) {
    const { redelivered, missing } = consume;
    const notes = (redelivered === 0 ? "" : `, ${formatCount(redelivered)} more than once`) +
      (missing === 0 ? "" : `, ${formatCount(missing)} MISSING`);
    // Rates and latencies of nothing would look like measurements.
    if (consume.messages === 0) {
      lines.push(`consumed  nothing: no message came from ${namesOf(topics)}${notes}`);
    } else {
      lines.push(
        direction("consumed", consume, notes),
        latency("publish to handler", consume.latency_ms),
      );
    }
  }
  return lines.join("\n");
}

function publishFigures({ publishing, options }: BenchRun): BenchFigures["publish"] {
  if (publishing === null) return null;
  const { acknowledged, failed, unknown, startMs, endMs } = publishing;
  const bytes = acknowledged * options.sizeBytes;
  const figures = directionFigures(acknowledged, bytes, endMs - startMs, publishing.latency);
  return { ...figures, failed, unknown };
}

function consumeFigures({ consuming, publishing }: BenchRun): BenchFigures["consume"] {
  if (consuming === null) return null;
  const { received, bytes, firstMs, lastMs, latency, redelivered } = consuming;
  const missing = publishing === null ? 0 : Math.max(0, publishing.acknowledged - received);
  return { ...directionFigures(received, bytes, lastMs - firstMs, latency), redelivered, missing };
}

function directionFigures(
  messages: number,
  bytes: number,
  durationMs: number,
  histogram: LatencyHistogram,
): DirectionFigures {
  const seconds = durationMs / MS_PER_SECOND;
  const perSecond = (amount: number) => seconds === 0 ? 0 : Math.round(amount / seconds);
  return {
    messages,
    bytes,
    seconds: rounded(seconds),
    messages_per_second: perSecond(messages),
    bytes_per_second: perSecond(bytes),
    latency_ms: {
      p50: rounded(histogram.percentileMs(0.5)),
      p90: rounded(histogram.percentileMs(0.9)),
      p99: rounded(histogram.percentileMs(0.99)),
      p99_9: rounded(histogram.percentileMs(0.999)),
      max: rounded(histogram.maxMs),
      mean: rounded(histogram.meanMs),
    },
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function namesOf(topics: readonly string[]): string {
  return topics.length === 1 ? `topic ${topics[0]}` : `topics ${topics[0]} to ${topics.at(-1)}`;
}

function direction(what: string, figures: DirectionFigures, notes: string): string {
  const { messages, seconds, messages_per_second, bytes_per_second } = figures;
  return `${what.padEnd(10)}${formatCounted(messages, "message")} in ${seconds.toFixed(2)} s: ` +
    `${formatCount(messages_per_second)}/s, ${formatBytes(bytes_per_second)}/s${notes}`;
}

function latency(what: string, figures: LatencyFigures): string {
  const { p50, p90, p99, p99_9, max } = figures;
  const parts = Object.entries({ p50, p90, p99, "p99.9": p99_9, max })
    .map(([name, ms]) => `${name} ${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)}`);
  return `${" ".repeat(10)}${what}, ms: ${parts.join("  ")}`;
}
