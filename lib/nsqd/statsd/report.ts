import type { CommitFigures } from "../../broker/durable/journals.ts";
import type { ChannelStats, LatencySummary, TopicStats } from "../../broker/stats.ts";
import { StatsdLines } from "../../metrics/statsd.ts";
import { isEphemeralName } from "../../wire/names.ts";
import type { MemoryStats } from "../http/memory.ts";

/** What a report is made of. */
export interface StatsdReport {
  prefix: string;
  topics: readonly TopicStats[];
  /** The topics of the last report; counters tell what has come since. */
  lastTopics: readonly TopicStats[];
  /** Whether topics and channels with names in `#ephemeral` are left out. */
  excludeEphemeral: boolean;
  /** Left out of the report when undefined. */
  memory: MemoryStats | undefined;
  /** Runs of the garbage collector since the last report. */
  gcRuns: number;
  /** What commits of durable topics have done since the last report; left out where no topic is durable. */
  commits?: CommitFigures | undefined;
}

/** The lines for statsd, names and order as nsqd's. */
export function statsdReport(report: StatsdReport): string[] {
  const out = new StatsdLines(report.prefix);
  const lastTopics = new Map(report.lastTopics.map((topic) => [topic.topic_name, topic]));
  for (const topic of report.topics) {
    if (report.excludeEphemeral && isEphemeralName(topic.topic_name)) continue;
    const last = lastTopics.get(topic.topic_name);
    addTopic(out, topic, last);
    const lastChannels = new Map(last?.channels.map((channel) => [channel.channel_name, channel]));
    for (const channel of topic.channels) {
      if (report.excludeEphemeral && isEphemeralName(channel.channel_name)) continue;
      addChannel(out, topic.topic_name, channel, lastChannels.get(channel.channel_name));
    }
  }
  if (report.commits !== undefined) addCommits(out, report.commits);
  if (report.memory !== undefined) addMemory(out, report.memory, report.gcRuns);
  return out.lines;
}

function addTopic(out: StatsdLines, topic: TopicStats, last: TopicStats | undefined): void {
  const name = `topic.${topic.topic_name}`;
  out.counter(`${name}.message_count`, growth(topic.message_count, last?.message_count));
  out.counter(`${name}.message_bytes`, growth(topic.message_bytes, last?.message_bytes));
  if (topic.duplicate_count !== undefined) {
    out.counter(`${name}.duplicate_count`, growth(topic.duplicate_count, last?.duplicate_count));
  }
  out.gauge(`${name}.depth`, topic.depth);
  out.gauge(`${name}.backend_depth`, topic.backend_depth);
  if (topic.journal_bytes !== undefined) out.gauge(`${name}.journal_bytes`, topic.journal_bytes);
  addLatency(out, name, topic.e2e_processing_latency);
}

/** Figures that nsqd has not. */
function addCommits(out: StatsdLines, { commits, bytes, ms, failures }: CommitFigures): void {
  out.counter("journal.commits", commits);
  out.counter("journal.commit_bytes", bytes);
  out.counter("journal.commit_ms", Math.round(ms));
  out.counter("journal.commit_failures", failures);
}

function addChannel(
  out: StatsdLines,
  topic: string,
  channel: ChannelStats,
  last: ChannelStats | undefined,
): void {
  const name = `topic.${topic}.channel.${channel.channel_name}`;
  out.counter(`${name}.message_count`, growth(channel.message_count, last?.message_count));
  out.gauge(`${name}.depth`, channel.depth);
  out.gauge(`${name}.backend_depth`, channel.backend_depth);
  out.gauge(`${name}.in_flight_count`, channel.in_flight_count);
  out.gauge(`${name}.deferred_count`, channel.deferred_count);
  out.counter(`${name}.requeue_count`, growth(channel.requeue_count, last?.requeue_count));
  out.counter(`${name}.timeout_count`, growth(channel.timeout_count, last?.timeout_count));
  out.gauge(`${name}.clients`, channel.client_count);
  out.gauge(`${name}.dead_count`, channel.dead_count);
  out.counter(`${name}.expired_count`, growth(channel.expired_count, last?.expired_count));
  out.counter(`${name}.rejected_count`, growth(channel.rejected_count, last?.rejected_count));
  out.counter(`${name}.dropped_count`, growth(channel.dropped_count, last?.dropped_count));
  out.counter(`${name}.skipped_count`, growth(channel.skipped_count, last?.skipped_count));
  out.gauge(`${name}.oldest_age_ms`, channel.oldest_age_ms);
  addLatency(out, name, channel.e2e_processing_latency);
}

/** A count that is smaller than it was belongs to a namesake that was made since: all of it is new. */
function growth(count: number, last = 0): number {
  return count >= last ? count - last : count;
}

/** Nanoseconds. */
function addLatency(out: StatsdLines, name: string, latency: LatencySummary): void {
  for (const { quantile, value } of latency.percentiles ?? []) {
    out.gauge(`${name}.e2e_processing_latency_${roundHalfToEven(quantile * 100)}`, value);
  }
}

/** As Go's `%.0f`, which users have in the names of their graphs. */
function roundHalfToEven(value: number): number {
  const down = Math.floor(value);
  const isHalf = value - down === 0.5;
  return isHalf && down % 2 === 0 ? down : Math.round(value);
}

function addMemory(out: StatsdLines, memory: MemoryStats, gcRuns: number): void {
  const { gc_total_runs: _, ...gauges } = memory;
  for (const [name, value] of Object.entries(gauges)) out.gauge(`mem.${name}`, value);
  out.counter("mem.gc_runs", gcRuns);
}
