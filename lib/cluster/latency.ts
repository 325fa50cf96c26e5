import { listOf, numberOf, objectOf, textOf } from "./fields.ts";

/** One percentile of the processing latency, in ns. A node's own has `value`, which is also the rest. */
export interface Percentile {
  /** Over the nodes, weighted by their counts. */
  average: number;
  count: number;
  max: number;
  min: number;
  /** Above 0, up to 1. */
  readonly quantile: number;
  readonly value?: number;
}

/** Percentiles of the processing latency, of a node or of all of them. */
export interface Latency {
  count: number;
  percentiles: Percentile[] | null;
  readonly topic: string;
  readonly channel: string;
  readonly host: string;
}

/** Reads what a node says. */
export function latencyFrom(value: unknown): Latency {
  const latency = objectOf(value);
  const count = numberOf(latency.count);
  const percentiles = listOf(latency.percentiles).map((each): Percentile => {
    const { quantile, value } = objectOf(each);
    const ns = numberOf(value);
    return { average: ns, count, max: ns, min: ns, quantile: numberOf(quantile), value: ns };
  });
  return {
    count,
    percentiles: Array.isArray(latency.percentiles) ? percentiles : null,
    topic: textOf(latency.topic),
    channel: textOf(latency.channel),
    host: textOf(latency.host),
  };
}

/** Puts the percentiles of nodes together: the extremes, and the average weighted by the counts. */
export function aggregateLatency(
  nodes: readonly Latency[],
  { topic, channel }: { topic: string; channel: string },
): Latency {
  const byQuantile = new Map<number, Percentile>();
  let count = 0;
  for (const node of nodes) {
    count += node.count;
    for (const each of node.percentiles ?? []) {
      const sum = byQuantile.get(each.quantile);
      // A node that has seen no message has no latency: its 0 is no smallest one.
      if (sum === undefined || sum.count === 0) byQuantile.set(each.quantile, first(each));
      else if (each.count > 0) add(sum, each);
    }
  }
  const percentiles = byQuantile.size === 0 ? null : [...byQuantile.values()];
  return { count, percentiles, topic, channel, host: "*" };
}

function first({ average, count, max, min, quantile }: Percentile): Percentile {
  return { average: count === 0 ? 0 : average, count, max, min, quantile };
}

function add(sum: Percentile, other: Percentile): void {
  sum.max = Math.max(sum.max, other.max);
  sum.min = Math.min(sum.min, other.min);
  sum.count += other.count;
  sum.average += (other.average - sum.average) * other.count / sum.count;
}
