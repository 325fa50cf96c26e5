import type { HttpApi } from "../../lib/http/api.ts";
import { type MetricFamily, metricsResponse, single } from "../../lib/metrics/prometheus.ts";
import type { Counters } from "../counters.ts";
import type { LookupdHost } from "./host.ts";

/** `/metrics` in Prometheus' text format. */
export function addMetricsRoute(api: HttpApi, host: LookupdHost): void {
  api.route("GET", "/metrics", async () =>
    metricsResponse([
      ...await host.process.families(),
      ...registryFigures(host),
      ...requestFigures(host),
    ]), { logged: false });
}

function registryFigures({ registry, options, clock }: LookupdHost): MetricFamily[] {
  const nowMs = clock.monotonicMs();
  let active = 0, channels = 0;
  for (const peer of registry.peers) {
    if (peer.isActive(nowMs, options.inactiveProducerTimeoutMs)) active++;
  }
  for (const topic of registry.find("*")) channels += topic.channels.size;
  const gauge = (name: string, help: string, value: number) =>
    single("gauge", `nsqlookupd_${name}`, help, value);
  return [
    gauge("producers", "Brokers that are connected.", registry.peers.size),
    gauge("active_producers", "Brokers that have been heard of lately.", active),
    gauge("topics", "Topics known.", registry.topicCount),
    gauge("channels", "Channels known.", channels),
    gauge(
      "registrations",
      "Pairs of a broker and one of its topics or channels.",
      registry.registrationCount,
    ),
  ];
}

function requestFigures(host: LookupdHost): MetricFamily[] {
  const counted = (name: string, help: string, label: string, counters: Counters) => ({
    type: "counter" as const,
    name: `nsqlookupd_${name}_total`,
    help,
    labels: [label],
    samples: Array.from(counters, ([key, count]) => [[key], count] as const),
  });
  return [
    single("gauge", "nsqlookupd_connections", "Open TCP connections.", host.connectionCount()),
    counted("commands", "Commands of brokers.", "command", host.commands),
    counted("http_requests", "Requests of the HTTP API.", "path", host.requests),
  ];
}
