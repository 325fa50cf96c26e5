import { bareReason } from "../../net/bare_reason.ts";
import type { CommitFigures } from "../../broker/durable/journals.ts";
import type { TopicStats } from "../../broker/stats.ts";
import type { Logger } from "../../log/logger.ts";
import { packDatagrams } from "../../metrics/statsd.ts";
import type { MemoryStats } from "../http/memory.ts";
import type { NsqdOptions } from "../options.ts";
import { statsdReport } from "./report.ts";
import type { DatagramSocket } from "./udp.ts";

/** The datagrams of a report are spread over the interval less this, or over half a short one. */
const SPREAD_RESERVE_MS = 1000;

/** Reports are no more frequent, whatever the interval. */
const MIN_INTERVAL_MS = 10;

/** Stopping waits no longer for a report that is under way: the look-up of a name can hang. */
const STOP_GRACE_MS = 1000;

/** setTimeout takes 31 bits of ms. */
const MAX_DELAY_MS = 0x7fffffff;

/** What the reporter needs of the nsqd around it. */
export interface ReporterContext {
  /** Those of statsd, with the host in the prefix. */
  readonly options: NsqdOptions;
  readonly logger: Logger;
  topics(): TopicStats[];
  memory(): MemoryStats;
  /** Since the start; null where no topic can be durable. */
  commits(): CommitFigures | null;
  openSocket(address: string, onError: (error: Error) => void): Promise<DatagramSocket>;
  nowMs(): number;
  /** Resolves after `delayMs`, or at once when the signal comes, or came. */
  sleep(delayMs: number, signal: AbortSignal): Promise<unknown>;
}

/** Tells statsd every interval what has happened. */
export class StatsdReporter {
  readonly #context: ReporterContext;
  readonly #stop = new AbortController();
  #lastTopics: TopicStats[] = [];
  #lastGcRuns = 0;
  #lastCommits: CommitFigures = { commits: 0, bytes: 0, ms: 0, failures: 0 };
  #done: Promise<void> = Promise.resolve();

  constructor(context: ReporterContext) {
    this.#context = context;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Sends what is left of a report that is under way, without pauses, and waits a little for that. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const ended = new AbortController();
    const grace = this.#context.sleep(STOP_GRACE_MS, ended.signal);
    await Promise.race([this.#done, grace]);
    ended.abort();
  }

  async #run(): Promise<void> {
    const { options, logger, nowMs, sleep } = this.#context;
    const intervalMs = Math.max(options.statsdIntervalMs, MIN_INTERVAL_MS);
    const { signal } = this.#stop;
    let nextMs = nowMs() + intervalMs;
    while (!signal.aborted) {
      const waitMs = nextMs - nowMs();
      if (waitMs > 0) {
        await sleep(Math.min(waitMs, MAX_DELAY_MS), signal);
        continue;
      }
      await this.#report().catch((error) => this.#logFailure(error));
      // Times that were missed, on a machine that slept, are left out.
      const missed = Math.max(0, Math.floor((nowMs() - nextMs) / intervalMs));
      nextMs += (missed + 1) * intervalMs;
    }
    logger.info("STATSD: closing");
  }

  #logFailure({ message }: Error): void {
    const { options, logger } = this.#context;
    const why = bareReason(options.statsdAddress, message);
    logger.error(`STATSD: failed to report to ${options.statsdAddress} - ${why}`);
  }

  async #report(): Promise<void> {
    const { options, logger, openSocket, sleep } = this.#context;
    const socket = await openSocket(options.statsdAddress, (error) => this.#logFailure(error));
    try {
      logger.info(`STATSD: pushing stats to ${options.statsdAddress}`);
      const datagrams = packDatagrams(this.#lines(), options.statsdUdpPacketSizeBytes);
      const intervalMs = options.statsdIntervalMs;
      const spreadMs = Math.max(intervalMs - SPREAD_RESERVE_MS, intervalMs / 2);
      for (const [at, datagram] of datagrams.entries()) {
        if (at > 0) await sleep(spreadMs / datagrams.length, this.#stop.signal);
        await socket.send(datagram);
      }
    } finally {
      socket.close();
    }
  }

  #lines(): string[] {
    const { options, topics, memory } = this.#context;
    const now = topics();
    const figures = options.statsdMemStats ? memory() : undefined;
    const gcRuns = figures?.gc_total_runs ?? 0;
    const commits = now.some(({ durable }) => durable) ? this.#context.commits() : null;
    const lines = statsdReport({
      prefix: options.statsdPrefix,
      topics: now,
      lastTopics: this.#lastTopics,
      excludeEphemeral: options.statsdExcludeEphemeral,
      memory: figures,
      gcRuns: gcRuns - this.#lastGcRuns,
      ...commits !== null && { commits: since(commits, this.#lastCommits) },
    });
    if (commits !== null) this.#lastCommits = { ...commits };
    this.#lastTopics = now;
    this.#lastGcRuns = gcRuns;
    return lines;
  }
}

function since(now: CommitFigures, last: CommitFigures): CommitFigures {
  return {
    commits: now.commits - last.commits,
    bytes: now.bytes - last.bytes,
    ms: now.ms - last.ms,
    failures: now.failures - last.failures,
  };
}
