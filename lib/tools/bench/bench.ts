/** One run: who takes part, in which order, and when it is over. */

import {
  applyConfigOption,
  type ConnectionOptions,
  Consumer,
  type ConsumerOptions,
  Producer,
} from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import { isEphemeralName } from "../../wire/names.ts";
import { userAgent } from "../consumer_options.ts";
import { formatCount, progressBar } from "../progress.ts";
import {
  type BenchCluster,
  checkJoins,
  deleteTopics,
  findCluster,
  releaseTopics,
} from "./cluster.ts";
import { Consuming } from "./consuming.ts";
import { type BenchOptions, DEFAULT_DURATION_MS, topicNames } from "./options.ts";
import { Publishing } from "./publishing.ts";
import type { BenchRun } from "./report.ts";
import { Stamp } from "./stamp.ts";

/** Messages that do not come for so long are not waited for. */
const QUIET_MS = 3000;

const MS_PER_SECOND = 1000;
const RATE_COLUMNS = 11;

/** What a run takes from the outside. */
export interface BenchContext {
  readonly logger: Logger;
  /** Aborted when the run is to end early. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970, fractions counting. */
  readonly wallMs: () => number;
  readonly random: () => number;
}

/** One run of the benchmark. */
export class Bench {
  readonly #options: BenchOptions;
  readonly #context: BenchContext;
  readonly #stamp: Stamp;
  readonly #madeUpTopic: string;
  readonly #end = new AbortController();
  #publishing: Publishing | null = null;
  #consuming: Consuming | null = null;
  #startMs = 0;

  constructor(options: BenchOptions, context: BenchContext) {
    const isEndless = options.durationMs === 0 && options.count === 0;
    this.#options = isEndless ? { ...options, durationMs: DEFAULT_DURATION_MS } : options;
    this.#context = context;
    const run = context.random();
    this.#stamp = new Stamp(run);
    this.#madeUpTopic = `nsq-bench-${Math.floor(run * 2 ** 32).toString(16)}#ephemeral`;
    context.signal.addEventListener("abort", () => this.#end.abort());
  }

  /** Runs to the end, and cleans up. @throws Error when it cannot begin */
  async run(): Promise<BenchRun> {
    const { logger } = this.#context;
    const options = this.#options;
    const cluster = await findCluster(options, logger);
    const topics = topicNames(options, this.#madeUpTopic);
    await this.#checkJoins(cluster, topics);
    const producers = options.mode === "consume" ? [] : this.#createProducers(cluster);
    const consumers = options.mode === "publish" ? [] : this.#createConsumers(cluster, topics);
    try {
      await Promise.all(producers.map((producer) => producer.connect()));
      if (consumers.length > 0) await this.#startConsuming(consumers);
      this.#startMs = this.#context.nowMs();
      await this.#load(producers, topics);
    } finally {
      await Promise.all(producers.map((producer) => producer.close()));
      await this.#consuming?.stop();
      await this.#cleanUp(cluster, topics);
    }
    const { nsqd } = cluster;
    return { options, topics, nsqd, publishing: this.#publishing, consuming: this.#consuming };
  }

  /** How far it has come, in a line. */
  progress(): string {
    const { durationMs, count } = this.#options;
    const elapsedMs = this.#startMs === 0 ? 0 : this.#context.nowMs() - this.#startMs;
    const done = this.#publishing?.acknowledged ?? this.#consuming?.received ?? 0;
    const byTime = durationMs === 0 ? 0 : elapsedMs / durationMs;
    const byCount = count === 0 ? 0 : done / count;
    const rate = (messages: number) =>
      `${formatCount(messages * MS_PER_SECOND / Math.max(elapsedMs, 1))}/s`.padStart(RATE_COLUMNS);
    const parts = [progressBar(Math.max(byTime, byCount))];
    if (this.#publishing !== null) parts.push(`published ${rate(this.#publishing.acknowledged)}`);
    if (this.#consuming !== null) parts.push(`consumed ${rate(this.#consuming.received)}`);
    return parts.join("  ");
  }

  async #startConsuming(consumers: readonly Consumer[]): Promise<void> {
    const { nowMs, wallMs, logger } = this.#context;
    const onlyOwn = this.#options.mode === "both";
    const stamp = this.#stamp;
    this.#consuming = new Consuming({ consumers, stamp, onlyOwn, nowMs, wallMs });
    await this.#consuming.start();
    if (consumers.every(({ stats }) => stats.connections === 0)) {
      logger.warn("no consumer is connected");
    }
  }

  async #load(producers: readonly Producer[], topics: readonly string[]): Promise<void> {
    const { durationMs, count, mode } = this.#options;
    const timer = durationMs === 0 ? undefined : setTimeout(() => this.#end.abort(), durationMs);
    try {
      if (producers.length > 0) {
        this.#publishing = this.#createPublishing(producers, topics);
        await this.#publishing.run();
      }
    } finally {
      if (mode !== "consume") clearTimeout(timer);
    }
    // The user's own signal: the time that publishing may take says nothing of what is still to come.
    const { signal } = this.#context;
    if (mode === "both") {
      await this.#consuming?.settled(this.#publishing?.acknowledged ?? 0, QUIET_MS, signal);
    } else if (mode === "consume") {
      const wanted = count === 0 ? Infinity : count;
      await this.#consuming?.settled(wanted, Infinity, this.#end.signal);
      clearTimeout(timer);
    }
  }

  #createPublishing(producers: readonly Producer[], topics: readonly string[]): Publishing {
    const { maxAhead } = this.#options;
    const { nowMs, logger } = this.#context;
    const consuming = this.#consuming;
    const mayBegin = (begun: number) => {
      const isAhead = () =>
        consuming !== null && maxAhead > 0 && begun - consuming.received > maxAhead;
      const opening = async () => {
        while (isAhead() && !this.#end.signal.aborted) await consuming!.progressed();
      };
      return isAhead() ? opening() : undefined;
    };
    return new Publishing({
      ...this.#options,
      producers,
      topics,
      signal: this.#end.signal,
      stamp: this.#stamp,
      nowMs,
      gate: mayBegin,
      onFirstFailure: (text) => logger.error(text),
    });
  }

  #createProducers({ nsqd }: BenchCluster): Producer[] {
    const { connections, concurrency, batch } = this.#options;
    const { logger } = this.#context;
    const common = this.#connectionOptions(this.#options.producerOpts);
    const maxPending = Math.max(1, 2 * concurrency * batch);
    return Array.from(
      { length: connections },
      () => new Producer({ ...common, nsqd, maxPending, logger }),
    );
  }

  #createConsumers({ nsqd }: BenchCluster, topics: readonly string[]): Consumer[] {
    const { connections, channel, maxInFlight, mode, lookupd } = this.#options;
    const { logger } = this.#context;
    const common = this.#connectionOptions(this.#options.consumerOpts);
    // A topic of others is where lookupds say; subscribing elsewhere would make it there.
    const source = mode === "consume" && lookupd.length > 0 ? { lookupd: [...lookupd] } : { nsqd };
    return topics.flatMap((topic) =>
      Array.from(
        { length: connections },
        () =>
          new Consumer({
            ...common,
            topic,
            channel,
            ...source,
            maxInFlight,
            maxAttempts: 0,
            logger,
          }),
      )
    );
  }

  /** The topics of others must not lose messages: their first channel is not to be an ephemeral one. */
  async #checkJoins(cluster: BenchCluster, topics: readonly string[]): Promise<void> {
    const { mode, topic, channel, consumerOpts } = this.#options;
    if (mode === "publish" || topic === "" || !isEphemeralName(channel)) return;
    const { logger } = this.#context;
    await checkJoins(cluster, topics, {
      ...this.#connectionOptions(consumerOpts),
      channel,
      logger,
    });
  }

  #connectionOptions(texts: readonly string[]): ConnectionOptions & Partial<ConsumerOptions> {
    const options: ConnectionOptions & Partial<ConsumerOptions> = {};
    for (const option of texts) applyConfigOption(options, option);
    options.userAgent = userAgent("nsq_bench");
    return options;
  }

  async #cleanUp(cluster: BenchCluster, topics: readonly string[]): Promise<void> {
    const { mode, producerOpts, topic } = this.#options;
    const { logger } = this.#context;
    if (this.#options.delete) return await deleteTopics(cluster, topics, logger);
    if (mode !== "publish" || topic !== "" || !isEphemeralName(topics[0]!)) return;
    const options = this.#connectionOptions(producerOpts);
    await releaseTopics(cluster, topics, "bench#ephemeral", options, logger);
  }
}
