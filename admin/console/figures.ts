/** Figures of several nodes as one. */
import { aggregateLatency, type Latency } from "../../lib/cluster/latency.ts";
import type { ChannelStats, LocalityCounts, TopicStats } from "../../lib/cluster/stats.ts";
import type { ChannelFigures, DurableFigures, Percentile, QueueFigures } from "./contract.ts";

/** Figures of a topic or channel on some nodes as one. */
export function queueFigures(stats: readonly QueueStats[], rate: number): QueueFigures {
  return {
    depth: sum(stats, (each) => each.depth),
    memoryDepth: sum(stats, (each) => each.memory_depth),
    backendDepth: sum(stats, (each) => each.backend_depth),
    messages: sum(stats, (each) => each.message_count),
    rate: roundRate(rate),
    paused: stats.some((each) => each.paused),
    latency: latencyOf(stats.map((each) => each.e2e_processing_latency)),
  };
}

/** As {@link queueFigures}, with what only channels have. */
export function channelFigures(stats: readonly ChannelStats[], rate: number): ChannelFigures {
  return {
    ...queueFigures(stats, rate),
    inFlight: sum(stats, (each) => each.in_flight_count),
    deferred: sum(stats, (each) => each.deferred_count),
    requeues: sum(stats, (each) => each.requeue_count),
    timeouts: sum(stats, (each) => each.timeout_count),
    clients: sum(stats, (each) => each.client_count),
    oldestAgeMs: oldestOf(stats),
    dead: sumGiven(stats, (each) => each.dead_count),
    expired: sumGiven(stats, (each) => each.expired_count),
    rejected: sumGiven(stats, (each) => each.rejected_count),
    dropped: sumGiven(stats, (each) => each.dropped_count),
    skipped: sumGiven(stats, (each) => each.skipped_count),
    delivered: deliveredOf(stats),
  };
}

interface QueueStats {
  depth: number;
  memory_depth: number;
  backend_depth: number;
  message_count: number;
  paused: boolean;
  e2e_processing_latency: Latency;
}

/** The sum of what is given; null where nothing is. */
function sumGiven<T>(list: readonly T[], pick: (each: T) => number | undefined): number | null {
  const given = list.flatMap((each) => pick(each) ?? []);
  return given.length === 0 ? null : sum(given, (each) => each);
}

/** What a durable topic keeps on some nodes; null where it is durable on none. */
export function durableFigures(stats: readonly TopicStats[]): DurableFigures | null {
  const durable = stats.filter((each) => each.durable === true);
  if (durable.length === 0) return null;
  const times = durable.map((each) => Date.parse(each.retained_from ?? ""));
  return {
    journalBytes: sum(durable, (each) => each.journal_bytes ?? 0),
    retainedFromMs: Math.max(0, ...times.filter((each) => !Number.isNaN(each))),
  };
}

function oldestOf(stats: readonly ChannelStats[]): number | null {
  const known = stats.flatMap(({ oldest_age_ms }) => oldest_age_ms ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

function deliveredOf(stats: readonly LocalityCounts[]): [number, number, number] | null {
  const zone = sum(stats, (each) => each.zone_local_msg_count ?? 0);
  const region = sum(stats, (each) => each.region_local_msg_count ?? 0);
  const global = sum(stats, (each) => each.global_msg_count ?? 0);
  return zone + region + global === 0 ? null : [zone, region, global];
}

const NO_LATENCY: Percentile[] = [];

function latencyOf(parts: readonly Latency[]): Percentile[] {
  if (parts.every((part) => part.percentiles === null)) return NO_LATENCY;
  const { percentiles } = aggregateLatency(parts, { topic: "", channel: "" });
  return (percentiles ?? []).map(({ quantile, min, average, max }) => ({
    quantile,
    minNs: min,
    averageNs: average,
    maxNs: max,
  }));
}

/** The sum of what `pick` gives for each. */
export function sum<T>(list: readonly T[], pick: (each: T) => number): number {
  let total = 0;
  for (const each of list) total += pick(each);
  return total;
}

/** Two digits after the point: more is noise. Null when it is not known. */
export function roundRate(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 100) / 100;
}
