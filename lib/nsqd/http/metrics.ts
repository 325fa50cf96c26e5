import type { IoThreadFigures } from "../../io_threads/io_thread.ts";
import type { JournalFigures } from "../../broker/durable/journals.ts";
import type { ChannelStats, LatencySummary, TopicStats } from "../../broker/stats.ts";
import type { HttpApi } from "../../http/api.ts";
import {
  type MetricFamily,
  metricsResponse,
  type Sample,
  single,
} from "../../metrics/prometheus.ts";
import type { DiskSpace } from "./disk_space.ts";
import type { NsqdHost } from "./host.ts";

const NS_PER_SECOND = 1e9;
const MS_PER_SECOND = 1000;

/** A figure of each topic or channel: kind, name, meaning, value. */
type Row<T> = [
  type: MetricFamily["type"],
  name: string,
  help: string,
  value: (stats: T) => number,
];

/** Figures with the labels that say whose they are. */
type Named<T> = readonly [names: readonly string[], stats: T];

const TOPIC_ROWS: readonly Row<TopicStats>[] = [
  ["gauge", "depth", "Messages that no channel has yet.", (topic) => topic.depth],
  [
    "gauge",
    "backend_depth",
    "Messages on disk that no channel has yet.",
    (topic) => topic.backend_depth,
  ],
  ["counter", "messages_total", "Messages published.", (topic) => topic.message_count],
  [
    "counter",
    "message_bytes_total",
    "Bytes of the bodies published.",
    (topic) => topic.message_bytes,
  ],
  ["gauge", "paused", "1 while the topic is paused.", (topic) => Number(topic.paused)],
];

const DURABLE_TOPIC_ROW: Row<TopicStats> = [
  "gauge",
  "journal_bytes",
  "Bytes of the journal of a durable topic.",
  (topic) => topic.journal_bytes ?? 0,
];

/** Of topics that messages with keys were published to. */
const KEYED_TOPIC_ROWS: readonly Row<TopicStats>[] = [
  ["gauge", "keys", "Keys that are remembered.", (topic) => topic.key_count ?? 0],
  [
    "counter",
    "keys_evicted_total",
    "Keys forgotten too early, as there were too many.",
    (topic) => topic.key_evicted_count ?? 0,
  ],
  [
    "counter",
    "duplicates_total",
    "Publishes that were answered and not queued, as their key was known.",
    (topic) => topic.duplicate_count ?? 0,
  ],
];

const CHANNEL_ROWS: readonly Row<ChannelStats>[] = [
  ["gauge", "depth", "Messages waiting.", (channel) => channel.depth],
  ["gauge", "backend_depth", "Messages waiting on disk.", (channel) => channel.backend_depth],
  ["gauge", "in_flight", "Messages sent and not finished.", (channel) => channel.in_flight_count],
  ["gauge", "deferred", "Messages that wait for a time.", (channel) => channel.deferred_count],
  ["counter", "messages_total", "Messages taken in.", (channel) => channel.message_count],
  ["counter", "finished_total", "Messages finished.", (channel) => channel.finish_count],
  ["counter", "requeues_total", "Messages given back.", (channel) => channel.requeue_count],
  ["counter", "timeouts_total", "Messages timed out.", (channel) => channel.timeout_count],
  ["gauge", "dead", "Messages given up and kept aside.", (channel) => channel.dead_count],
  ["counter", "expired_total", "Messages that were too old.", (channel) => channel.expired_count],
  [
    "counter",
    "rejected_total",
    "Messages refused at publishing, as too many waited.",
    (channel) => channel.rejected_count,
  ],
  [
    "counter",
    "dropped_total",
    "Messages gone without having been finished, but not by a seek.",
    (channel) => channel.dropped_count,
  ],
  [
    "counter",
    "skipped_total",
    "Messages that a seek has passed over.",
    (channel) => channel.skipped_count,
  ],
  [
    "gauge",
    "oldest_age_seconds",
    "Time since the oldest message that waits was published.",
    (channel) => channel.oldest_age_ms / MS_PER_SECOND,
  ],
  ["gauge", "clients", "Consumers subscribed.", (channel) => channel.client_count],
  ["gauge", "paused", "1 while the channel is paused.", (channel) => Number(channel.paused)],
];

const THREAD_ROWS: readonly Row<IoThreadFigures>[] = [
  [
    "gauge",
    "connections",
    "Connections of --tcp-address that an I/O thread serves.",
    (each) => each.connections,
  ],
  [
    "gauge",
    "ring_in_ratio",
    "Share of the ring to the broker that is filled, from 0 to 1.",
    ({ fill }) => fill.from,
  ],
  [
    "gauge",
    "ring_out_ratio",
    "Share of the ring from the broker that is filled, from 0 to 1.",
    ({ fill }) => fill.to,
  ],
];

/** `/metrics` in Prometheus' text format. Everything is collected when it is asked for. */
export function addMetricsRoute(api: HttpApi, host: NsqdHost): void {
  api.route("GET", "/metrics", async () =>
    metricsResponse([
      ...await host.process.families(),
      ...brokerFigures(host, await host.disk.now()),
    ]), { logged: false });
}

function brokerFigures(host: NsqdHost, disk: DiskSpace | null): MetricFamily[] {
  const { broker } = host;
  const topics = broker.stats("", "", false) ?? [];
  const topicLabels = topics.map((topic): Named<TopicStats> => [[topic.topic_name], topic]);
  const channelLabels = topics.flatMap((topic) =>
    topic.channels.map((channel): Named<ChannelStats> => [
      [topic.topic_name, channel.channel_name],
      channel,
    ])
  );
  const durable = topicLabels.filter(([, topic]) => topic.journal_bytes !== undefined);
  const keyed = topicLabels.filter(([, topic]) => topic.key_count !== undefined);
  const isHealthy = broker.health() === "OK";
  return [
    single("gauge", "nsqd_healthy", "0 while the disk fails.", Number(isHealthy)),
    single("gauge", "nsqd_draining", "1 while publishers are refused.", Number(broker.draining)),
    single("gauge", "nsqd_connections", "Open TCP connections.", host.connectionCount()),
    ...diskFigures(disk),
    ...threadFigures(host.ioThreads()),
    ...TOPIC_ROWS.map((row) => family("nsqd_topic", ["topic"], topicLabels, row)),
    ...(durable.length === 0 ? [] : [family("nsqd_topic", ["topic"], durable, DURABLE_TOPIC_ROW)]),
    ...(keyed.length === 0
      ? []
      : KEYED_TOPIC_ROWS.map((row) => family("nsqd_topic", ["topic"], keyed, row))),
    latencyFamily("nsqd_topic", ["topic"], topicLabels),
    ...CHANNEL_ROWS.map((row) => family("nsqd_channel", ["topic", "channel"], channelLabels, row)),
    ...journalFigures(broker.journalFigures),
    latencyFamily("nsqd_channel", ["topic", "channel"], channelLabels),
  ];
}

/** None where the disk does not say. */
function diskFigures(space: DiskSpace | null): MetricFamily[] {
  if (space === null) return [];
  const gauge = (name: string, help: string, value: number) =>
    single("gauge", `nsqd_disk_${name}_bytes`, help, value);
  return [
    gauge("free", "Room on the disk of the data path for the broker.", space.free_bytes),
    gauge("size", "Size of the disk of the data path.", space.size_bytes),
  ];
}

/** None without I/O threads. */
function threadFigures(threads: readonly IoThreadFigures[]): MetricFamily[] {
  if (threads.length === 0) return [];
  const named = threads.map((thread, index): Named<IoThreadFigures> => [[String(index)], thread]);
  return THREAD_ROWS.map((row) => family("nsqd_io_thread", ["thread"], named, row));
}

/** None where no topic is durable. */
function journalFigures(figures: JournalFigures | null): MetricFamily[] {
  if (figures === null) return [];
  const { commits: { commits, bytes, ms, failures }, spareBytes } = figures;
  const total = (name: string, help: string, value: number) =>
    single("counter", `nsqd_journal_${name}_total`, help, value);
  return [
    total("commits", "Commits of durable topics, each with all that had collected.", commits),
    total("commit_bytes", "Bytes that commits have written.", bytes),
    total("commit_seconds", "Time that commits took, writes and fsyncs.", ms / MS_PER_SECOND),
    total("commit_failures", "Commits that failed, counted for each topic.", failures),
    single(
      "gauge",
      "nsqd_journal_spare_bytes",
      "Segments that were made ahead, for topics that much is published to.",
      spareBytes,
    ),
  ];
}

function family<T>(
  prefix: string,
  labels: string[],
  all: readonly Named<T>[],
  [type, name, help, value]: Row<T>,
): MetricFamily {
  const samples = all.map(([names, stats]): Sample => [names, value(stats)]);
  return { type, name: `${prefix}_${name}`, help, labels, samples };
}

/** Empty unless latency is measured and there was some. */
function latencyFamily<T extends { e2e_processing_latency: LatencySummary }>(
  prefix: string,
  labels: string[],
  all: readonly Named<T>[],
): MetricFamily {
  const samples = all.flatMap(([names, { e2e_processing_latency: { count, percentiles } }]) =>
    (count === 0 ? [] : percentiles ?? []).map(({ quantile, value }): Sample => [
      [...names, String(quantile)],
      value / NS_PER_SECOND,
    ])
  );
  return {
    type: "gauge",
    name: `${prefix}_e2e_processing_latency_seconds`,
    help: "Time from publishing to finishing a message, over the last while.",
    labels: [...labels, "quantile"],
    samples,
  };
}
