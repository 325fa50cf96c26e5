import { deepStrictEqual, strictEqual } from "node:assert/strict";
import parsePrometheus from "parse-prometheus-text-format";
import { metricsResponse, prometheusText, single } from "./prometheus.ts";
import { ProcessFigures } from "./process_figures.ts";

Deno.test("prometheusText writes what a parser reads, whatever is in a label", async () => {
  const text = await prometheusText([
    single("gauge", "lag_seconds", "How late.", 0.25),
    {
      type: "counter",
      name: "things_total",
      help: "Things.",
      labels: ["topic", "channel"],
      samples: [[["a", "b#ephemeral"], 2], [['q"u\\o', "c"], 0]],
    },
    { type: "gauge", name: "nothing", help: "None.", labels: ["topic"], samples: [] },
  ]);
  deepStrictEqual(
    JSON.parse(JSON.stringify(parsePrometheus(text))).map(
      (family: { name: string; type: string; metrics: unknown }) => family,
    ),
    [
      { name: "lag_seconds", help: "How late.", type: "GAUGE", metrics: [{ value: "0.25" }] },
      {
        name: "things_total",
        help: "Things.",
        type: "COUNTER",
        metrics: [
          { value: "2", labels: { topic: "a", channel: "b#ephemeral" } },
          { value: "0", labels: { topic: 'q"u\\o', channel: "c" } },
        ],
      },
      { name: "nothing", help: "None.", type: "GAUGE", metrics: [] },
    ],
  );
});

Deno.test("metricsResponse says its format and is not to be compressed", async () => {
  const response = await metricsResponse([single("gauge", "up", "Up.", 1)]);
  strictEqual(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  strictEqual(response.headers.get("Cache-Control"), "no-transform");
  strictEqual(await response.text(), "# HELP up Up.\n# TYPE up gauge\nup 1\n");
});

Deno.test("ProcessFigures tells version, start, memory, processor time, files and event-loop lag", async () => {
  const process = new ProcessFigures("1.2.3", new Date(5500));
  const families = await process.families();
  process.stop();
  const figures = Object.fromEntries(
    families.map(({ name, samples }) => [name, [...samples][0]!] as const),
  );
  deepStrictEqual(figures.nsq_build_info, [["1.2.3", Deno.version.deno], 1]);
  deepStrictEqual(figures.process_start_time_seconds, [[], 5.5]);
  const names = Object.entries(figures).filter(([, [, value]]) => !(value > 0))
    .map(([name]) => name).filter((name) => name !== "nsq_event_loop_lag_max_seconds");
  deepStrictEqual(names, ["nsq_gc_runs_total"]); // none yet
});
