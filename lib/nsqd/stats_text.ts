import type { ChannelStats, ClientStats, LatencySummary, TopicStats } from "../broker/stats.ts";
import { formatDuration } from "../go/duration.ts";
import { visible } from "../log/visible.ts";

/** Everything that `/stats` shows as text. */
export interface StatsReport {
  /** First line: program and version. */
  version: string;
  health: string;
  startTime: Date;
  now: Date;
  topics: TopicStats[] | null;
  producers: ClientStats[] | null;
  /** Figures by name, or nothing to leave the section out. */
  memory: object | undefined;
}

/** The plain text of `/stats`, made to be read in a terminal: what clients chose cannot play with that. */
export function statsText(report: StatsReport): string {
  const { version, health, startTime, now, topics, producers, memory } = report;
  const uptime = formatDuration(now.getTime() - startTime.getTime());
  const parts = [
    `${version}\nstart_time ${rfc3339(startTime)}\nuptime ${uptime}\n`,
    `\nHealth: ${health}\n`,
  ];
  if (memory !== undefined) parts.push(memoryText(memory));
  parts.push((topics ?? []).length === 0 ? "\nTopics: None\n" : "\nTopics:");
  for (const topic of topics ?? []) parts.push(topicText(topic, now));
  parts.push((producers ?? []).length === 0 ? "\nProducers: None\n" : "\nProducers:\n");
  for (const producer of producers ?? []) parts.push(`   ${clientText(producer, now)}\n`);
  return parts.join("");
}

function memoryText(memory: object): string {
  const lines = Object.entries(memory).map(([name, value]) => `   ${name.padEnd(25)}\t${value}\n`);
  return `\nMemory:\n${lines.join("")}`;
}

function topicText(topic: TopicStats, now: Date): string {
  const line = [
    `${topic.paused ? "*P " : "   "}[${topic.topic_name.padEnd(15)}]`,
    `depth: ${pad(topic.depth, 5)}`,
    `be-depth: ${pad(topic.backend_depth, 5)}`,
    `msgs: ${pad(topic.message_count, 8)}`,
    ...(topic.duplicate_count ? [`duplicates: ${pad(topic.duplicate_count, 5)}`] : []),
    `e2e%: ${latencyText(topic.e2e_processing_latency)}`,
  ].join(" ");
  const channels = topic.channels.map((channel) => channelText(channel, now));
  return `\n${line}\n${channels.join("")}`;
}

function channelText(channel: ChannelStats, now: Date): string {
  const line = [
    `${channel.paused ? "   *P " : "      "}[${channel.channel_name.padEnd(25)}]`,
    `depth: ${pad(channel.depth, 5)}`,
    `be-depth: ${pad(channel.backend_depth, 5)}`,
    `inflt: ${pad(channel.in_flight_count, 4)}`,
    `def: ${pad(channel.deferred_count, 4)}`,
    `re-q: ${pad(channel.requeue_count, 5)}`,
    `timeout: ${pad(channel.timeout_count, 5)}`,
    `msgs: ${pad(channel.message_count, 8)}`,
    ...unusualFigures(channel),
    `e2e%: ${latencyText(channel.e2e_processing_latency)}`,
  ].join(" ");
  const clients = (channel.clients ?? []).map((client) => `        ${clientText(client, now)}\n`);
  return `${line}\n${clients.join("")}`;
}

/** What nsqd does not have stands there only when it is not 0. */
function unusualFigures(channel: ChannelStats): string[] {
  const counts: [string, number][] = [
    ["dead", channel.dead_count],
    ["expired", channel.expired_count],
    ["rejected", channel.rejected_count],
    ["dropped", channel.dropped_count],
    ["skipped", channel.skipped_count],
  ];
  const { oldest_age_ms: ageMs, rate_limit: limit, expires_in_ms: expiresInMs } = channel;
  return [
    ...counts.filter(([, count]) => count > 0).map(([name, count]) => `${name}: ${pad(count, 5)}`),
    ...(ageMs > 0 ? [`oldest: ${formatDuration(ageMs)}`] : []),
    ...(limit === undefined ? [] : [`rate: ${limit}/s${channel.rate_limited ? " (limited)" : ""}`]),
    ...(expiresInMs === undefined ? [] : [`expires in: ${formatDuration(expiresInMs)}`]),
  ];
}

function clientText(client: ClientStats, now: Date): string {
  const port = client.remote_address.slice(client.remote_address.lastIndexOf(":") + 1);
  const id = visible(`${client.hostname}:${port} ${client.user_agent}`);
  const published = client.pub_counts ?? [];
  return [
    `[${client.version} ${id.padEnd(21)}]`,
    ...(published.length > 0 ? producerFigures(published) : consumerFigures(client)),
    `connected: ${formatDuration(wholeSecondsSince(client.connect_ts, now) * 1000)}`,
  ].join(" ");
}

function producerFigures(published: NonNullable<ClientStats["pub_counts"]>): string[] {
  const total = published.reduce((sum, { count }) => sum + count, 0);
  const topics = published.map(({ topic, count }) => `${topic}=${count}`);
  return [`msgs: ${pad(total, 8)}`, `topics: ${topics.join(",")}`];
}

function consumerFigures(client: ClientStats): string[] {
  return [
    `state: ${client.state}`,
    `inflt: ${pad(client.in_flight_count, 4)}`,
    `rdy: ${pad(client.ready_count, 4)}`,
    `fin: ${pad(client.finish_count, 8)}`,
    `re-q: ${pad(client.requeue_count, 8)}`,
    `msgs: ${pad(client.message_count, 8)}`,
    ...(client.standby ? ["standby"] : []),
  ];
}

function wholeSecondsSince(unixSeconds: number, now: Date): number {
  return Math.max(0, Math.trunc(now.getTime() / 1000 - unixSeconds));
}

/** The percentiles in the unit that suits each: `1.5ms, 20.0ms`. */
function latencyText(latency: LatencySummary): string {
  return (latency.percentiles ?? []).map(({ value }) => humanNanoseconds(value)).join(", ");
}

function humanNanoseconds(ns: number): string {
  if (ns > 1e9) return `${(ns / 1e9).toFixed(1)}s`;
  if (ns > 1e6) return `${(ns / 1e6).toFixed(1)}ms`;
  if (ns > 1e3) return `${(ns / 1e3).toFixed(1)}us`;
  return `${ns.toFixed(1)}ns`;
}

/** Local time with its offset, to the second: `2026-11-22T01:28:08Z`, `…+01:00`. */
function rfc3339(date: Date): string {
  const offsetMinutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, 19);
  if (offsetMinutes === 0) return `${local}Z`;
  const size = Math.abs(offsetMinutes);
  const hours = String(Math.trunc(size / 60)).padStart(2, "0");
  const minutes = String(size % 60).padStart(2, "0");
  return `${local}${offsetMinutes < 0 ? "-" : "+"}${hours}:${minutes}`;
}

function pad(value: number, width: number): string {
  return String(value).padEnd(width);
}
