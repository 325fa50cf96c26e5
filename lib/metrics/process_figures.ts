import { setImmediate } from "node:timers/promises";
import { type MetricFamily, single } from "./prometheus.ts";

/** Figures of the process, under the names that Prometheus' own clients give them where they do. */
export async function processFigures(version: string, startTime: Date): Promise<MetricFamily[]> {
  const lagSeconds = await eventLoopLagSeconds();
  const { rss, heapTotal, heapUsed, external } = Deno.memoryUsage();
  return [
    {
      type: "gauge",
      name: "nsq_build_info",
      help: "Always 1; its labels say what runs.",
      labels: ["version", "deno"],
      samples: [[[version, Deno.version.deno], 1]],
    },
    single(
      "gauge",
      "process_start_time_seconds",
      "When the process was started, Unix time.",
      startTime.getTime() / 1000,
    ),
    single("gauge", "process_resident_memory_bytes", "Memory that the process occupies.", rss),
    single("gauge", "nsq_heap_used_bytes", "V8's heap in use.", heapUsed),
    single("gauge", "nsq_heap_size_bytes", "V8's heap, in use or not.", heapTotal),
    single(
      "gauge",
      "nsq_external_memory_bytes",
      "Buffers outside of V8's heap; messages in memory are there.",
      external,
    ),
    single(
      "gauge",
      "nsq_event_loop_lag_seconds",
      "How long the event loop took for one round, measured now.",
      lagSeconds,
    ),
  ];
}

/** How long something that is ready has to wait for its turn. */
async function eventLoopLagSeconds(): Promise<number> {
  const startMs = performance.now();
  await setImmediate();
  return (performance.now() - startMs) / 1000;
}
