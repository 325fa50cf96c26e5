import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { countOpenFiles, openFileLimit } from "../process/open_files.ts";
import { CollectionsWatch } from "./collections_watch.ts";
import { EventLoopWatch } from "./event_loop_watch.ts";
import { type MetricFamily, single } from "./prometheus.ts";

const US_PER_SECOND = 1e6;

/**
 * Figures of the process, under the names that Prometheus' own clients give them where they do.
 * What takes watching is watched from the first question on: who is not scraped pays nothing.
 */
export class ProcessFigures {
  readonly #version: string;
  readonly #startTime: Date;
  readonly #loop = new EventLoopWatch();
  readonly #collections = new CollectionsWatch();

  /** @param version of this program */
  constructor(version: string, startTime: Date) {
    this.#version = version;
    this.#startTime = startTime;
  }

  async families(): Promise<MetricFamily[]> {
    this.#loop.start();
    this.#collections.start();
    return [
      {
        type: "gauge",
        name: "nsq_build_info",
        help: "Always 1; its labels say what runs.",
        labels: ["version", "deno"],
        samples: [[[this.#version, Deno.version.deno], 1]],
      },
      single(
        "gauge",
        "process_start_time_seconds",
        "When the process was started, Unix time.",
        this.#startTime.getTime() / 1000,
      ),
      ...this.#loopFigures(await eventLoopLagSeconds()),
      ...this.#memoryFigures(),
      ...await systemFigures(),
    ];
  }

  /** Ends the watching. */
  stop(): void {
    this.#loop.stop();
  }

  #loopFigures(lagSeconds: number): MetricFamily[] {
    return [
      single(
        "gauge",
        "nsq_event_loop_lag_seconds",
        "How long the event loop took for one round, measured now.",
        lagSeconds,
      ),
      single(
        "gauge",
        "nsq_event_loop_lag_max_seconds",
        "The longest wait of the last minute or two for a turn of the event loop.",
        this.#loop.worstSeconds(),
      ),
    ];
  }

  #memoryFigures(): MetricFamily[] {
    const { rss, heapTotal, heapUsed, external } = Deno.memoryUsage();
    const { heap_size_limit: heapLimit } = getHeapStatistics();
    return [
      single("gauge", "process_resident_memory_bytes", "Memory that the process occupies.", rss),
      single("gauge", "nsq_heap_used_bytes", "V8's heap in use.", heapUsed),
      single("gauge", "nsq_heap_size_bytes", "V8's heap, in use or not.", heapTotal),
      single("gauge", "nsq_heap_limit_bytes", "What V8's heap may grow to.", heapLimit),
      single(
        "gauge",
        "nsq_external_memory_bytes",
        "Buffers outside of V8's heap; messages in memory are there.",
        external,
      ),
      single(
        "counter",
        "nsq_gc_runs_total",
        "Runs of V8's garbage collector that were noticed since the first scrape.",
        this.#collections.count,
      ),
    ];
  }
}

/** What the operating system counts; what it does not tell is left out. */
async function systemFigures(): Promise<MetricFamily[]> {
  const { user, system } = process.cpuUsage();
  const open = await countOpenFiles(), limit = await openFileLimit();
  return [
    single(
      "counter",
      "process_cpu_seconds_total",
      "Processor time that the process has used, all its threads together.",
      (user + system) / US_PER_SECOND,
    ),
    ...open === null
      ? []
      : [single("gauge", "process_open_fds", "Files and sockets that are open.", open)],
    ...limit === null
      ? []
      : [single("gauge", "process_max_fds", "Files and sockets that may be open.", limit)],
  ];
}

/** How long something that is ready has to wait for its turn. */
async function eventLoopLagSeconds(): Promise<number> {
  const startMs = performance.now();
  await setImmediate();
  return (performance.now() - startMs) / 1000;
}
