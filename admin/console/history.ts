/** What the charts draw: rates and depths of everything in the last quarter of an hour. */
import type { HistoryView, Trend } from "./contract.ts";
import { type ClusterModel, totalDepth } from "./model.ts";
import { RingBudget, Series, STEP_COUNT, STEP_MS } from "./series.ts";

/** Points of a sparkline average this many steps: 30 s. */
const TREND_WIDTH = 6;

/** The lines of one topic, node, or of the whole cluster. */
export class Lines {
  readonly rate: Series;
  readonly depth: Series;

  constructor(budget: RingBudget) {
    this.rate = new Series(budget);
    this.depth = new Series(budget);
  }

  drop(): void {
    this.rate.drop();
    this.depth.drop();
  }
}

/** The lines of a channel. */
export class ChannelLines extends Lines {
  readonly timeouts: Series;
  readonly requeues: Series;

  constructor(budget: RingBudget) {
    super(budget);
    this.timeouts = new Series(budget);
    this.requeues = new Series(budget);
  }

  override drop(): void {
    super.drop();
    this.timeouts.drop();
    this.requeues.drop();
  }
}

class TopicLines extends Lines {
  readonly channels = new Map<string, ChannelLines>();

  override drop(): void {
    super.drop();
    for (const lines of this.channels.values()) lines.drop();
  }
}

/** The lines of everything that is there now; what vanishes is forgotten. */
export class History {
  readonly #budget: RingBudget;
  readonly #topics = new Map<string, TopicLines>();
  readonly #nodes = new Map<string, Lines>();
  readonly total: Lines;
  /** What all channels are handed per second. */
  readonly handedOut: Series;
  #slot = 0;

  constructor(budget: RingBudget = new RingBudget()) {
    this.#budget = budget;
    this.total = new Lines(budget);
    this.handedOut = new Series(budget);
  }

  /** Adds a point to every line. */
  record(model: ClusterModel): void {
    const slot = this.#slot = Math.floor(model.atMs / STEP_MS);
    this.total.rate.record(slot, model.totals.rate);
    this.total.depth.record(slot, model.totals.depth);
    let handedOut = 0;
    for (const [name, node] of model.nodes) {
      handedOut += node.handedOutRate;
      const lines = getOrMake(this.#nodes, name, () => new Lines(this.#budget));
      lines.rate.record(slot, node.error === "" ? node.rate : NaN);
      lines.depth.record(slot, node.error === "" ? node.depth : NaN);
    }
    this.handedOut.record(slot, handedOut);
    forget(this.#nodes, model.nodes);
    for (const [name, topic] of model.topics) {
      const lines = getOrMake(this.#topics, name, () => new TopicLines(this.#budget));
      lines.rate.record(slot, topic.figures.rate);
      lines.depth.record(slot, totalDepth(topic));
      for (const [channelName, channel] of topic.channels) {
        const line = getOrMake(lines.channels, channelName, () => new ChannelLines(this.#budget));
        line.rate.record(slot, channel.figures.rate);
        line.depth.record(slot, channel.figures.depth);
        line.timeouts.record(slot, channel.rates.timeouts);
        line.requeues.record(slot, channel.rates.requeues);
      }
      forget(lines.channels, topic.channels);
    }
    forget(this.#topics, model.topics);
  }

  topic(name: string): Lines | undefined {
    return this.#topics.get(name);
  }

  channel(topic: string, channel: string): ChannelLines | undefined {
    return this.#topics.get(topic)?.channels.get(channel);
  }

  node(name: string): Lines | undefined {
    return this.#nodes.get(name);
  }

  /** All points of a line, for a chart. */
  points(series: Series | undefined): (number | null)[] {
    return series?.read(this.#slot) ?? new Array(STEP_COUNT).fill(null);
  }

  view(lines: Lines | undefined): HistoryView {
    return {
      endMs: this.#slot * STEP_MS,
      stepMs: STEP_MS,
      rate: this.points(lines?.rate),
      depth: this.points(lines?.depth),
    };
  }

  trend(lines: Lines | undefined): Trend {
    return {
      rate: lines?.rate.readAverages(this.#slot, TREND_WIDTH) ?? [],
      depth: lines?.depth.readAverages(this.#slot, TREND_WIDTH) ?? [],
    };
  }

  /** The last points of a line, newest last. */
  recent(series: Series | undefined, count: number): number[] {
    return (series?.read(this.#slot, count) ?? []).filter((value) => value !== null);
  }
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

function forget(lines: Map<string, Lines>, known: ReadonlyMap<string, unknown>): void {
  if (lines.size === known.size) return; // Everything known was just recorded.
  for (const [name, each] of lines) {
    if (known.has(name)) continue;
    each.drop();
    lines.delete(name);
  }
}
