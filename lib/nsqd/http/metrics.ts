import type { ChannelStats, LatencySummary, TopicStats } from "../../broker/stats.ts";
import type { HttpApi } from "../../http/api.ts";
import { processFigures } from "../../metrics/process_figures.ts";
import {
  type MetricFamily,
  metricsResponse,
  type Sample,
  single,
} from "../../metrics/prometheus.ts";
import { PROJECT_VERSION } from "../../version.ts";
import type { NsqdHost } from "./host.ts";

const NS_PER_SECOND = 1e9;

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

const CHANNEL_ROWS: readonly Row<ChannelStats>[] = [
  ["gauge", "depth", "Messages waiting.", (channel) => channel.depth],
  ["gauge", "backend_depth", "Messages waiting on disk.", (channel) => channel.backend_depth],
  ["gauge", "in_flight", "Messages sent and not finished.", (channel) => channel.in_flight_count],
  ["gauge", "deferred", "Messages that wait for a time.", (channel) => channel.deferred_count],
  ["counter", "messages_total", "Messages taken in.", (channel) => channel.message_count],
  ["counter", "requeues_total", "Messages given back.", (channel) => channel.requeue_count],
  ["counter", "timeouts_total", "Messages timed out.", (channel) => channel.timeout_count],
  ["gauge", "clients", "Consumers subscribed.", (channel) => channel.client_count],
  ["gauge", "paused", "1 while the channel is paused.", (channel) => Number(channel.paused)],
];

/** `/metrics` in Prometheus' text format. Everything is collected when it is asked for. */
export function addMetricsRoute(api: HttpApi, host: NsqdHost): void {
  api.route("GET", "/metrics", async () =>
    metricsResponse([
      ...await processFigures(PROJECT_VERSION, host.startTime),
      ...brokerFigures(host),
    ]), { logged: false });
}

function brokerFigures(host: NsqdHost): MetricFamily[] {
  const { broker } = host;
  const topics = broker.stats("", "", false) ?? [];
  const topicLabels = topics.map((topic): Named<TopicStats> => [[topic.topic_name], topic]);
  const channelLabels = topics.flatMap((topic) =>
    topic.channels.map((channel): Named<ChannelStats> => [
      [topic.topic_name, channel.channel_name],
      channel,
    ])
  );
  const isHealthy = broker.health() === "OK";
  return [
    single("gauge", "nsqd_healthy", "0 while the disk fails.", Number(isHealthy)),
    single("gauge", "nsqd_connections", "Open TCP connections.", host.connectionCount()),
    ...TOPIC_ROWS.map((row) => family("nsqd_topic", ["topic"], topicLabels, row)),
    latencyFamily("nsqd_topic", ["topic"], topicLabels),
    ...CHANNEL_ROWS.map((row) => family("nsqd_channel", ["topic", "channel"], channelLabels, row)),
    latencyFamily("nsqd_channel", ["topic", "channel"], channelLabels),
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
