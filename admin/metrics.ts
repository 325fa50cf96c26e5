import type { ProcessFigures } from "../lib/metrics/process_figures.ts";
import { type MetricFamily, metricsResponse, single } from "../lib/metrics/prometheus.ts";
import type { AdminApi } from "./admin_api.ts";
import type { Look } from "./console/collector.ts";

const MS_PER_SECOND = 1000;

/** Where the figures come from. */
export interface MetricsSource {
  readonly process: Pick<ProcessFigures, "families">;
  /** What the console saw last; null before the first look. Nobody is asked for it. */
  lastLook(): Look | null;
}

/** `/metrics` in Prometheus' text format: the process, and the cluster as the console saw it last. */
export function addMetricsRoute(api: AdminApi, { process, lastLook }: MetricsSource): void {
  api.route(
    "GET",
    "/metrics",
    async () => metricsResponse([...await process.families(), ...lookFigures(lastLook())]),
    { logged: false },
  );
}

/** None before the first look. */
function lookFigures(look: Look | null): MetricFamily[] {
  if (look === null) return [];
  const { model, problems, version } = look;
  const nodes = [...model.nodes.values()];
  const { lookupds } = model.snapshot;
  return [
    single("counter", "nsqadmin_looks_total", "Looks at the whole cluster.", version),
    single(
      "gauge",
      "nsqadmin_last_look_timestamp_seconds",
      "When the console last looked at the cluster, Unix time.",
      model.atMs / MS_PER_SECOND,
    ),
    daemons("nodes", "Brokers that are known", nodes.filter(({ error }) => error === ""), nodes),
    daemons(
      "lookupds",
      "Lookupds that are asked",
      lookupds.filter(({ nodes }) => nodes !== null),
      lookupds,
    ),
    single("gauge", "nsqadmin_topics", "Topics known.", model.topics.size),
    {
      type: "gauge",
      name: "nsqadmin_problems",
      help: "What the console's overview complains of, by kind.",
      labels: ["kind", "severity"],
      samples: problems.map(({ kind, severity, count }) => [[kind, severity], count] as const),
    },
  ];
}

function daemons(
  what: string,
  help: string,
  answering: readonly unknown[],
  all: readonly unknown[],
): MetricFamily {
  return {
    type: "gauge",
    name: `nsqadmin_${what}`,
    help: `${help}, by whether they answered at the last look.`,
    labels: ["state"],
    samples: [[["answering"], answering.length], [["lost"], all.length - answering.length]],
  };
}
