/** What the charts draw: rates and depths of everything in the last 24 hours. */
import type { HistoryView, OldestAge, Points, Trend } from "./contract.ts";
import { NO_RATES, type Rates } from "./counters.ts";
import { heldDepth, lastDepth } from "./lost.ts";
import type { ClusterModel } from "./model.ts";
import {
  RingBudget,
  Series,
  STEP_COUNT,
  STEP_MS,
  type Window,
  type WindowName,
  WINDOWS,
} from "./series.ts";

/** A sparkline: 15 minutes in steps of 30 s. */
const TREND: Window = { tier: WINDOWS["1h"].tier, count: STEP_COUNT / 6 };

/** The lines of a topic's own queue. */
class QueueLines {
  readonly publish: Series;
  readonly depth: Series;

  constructor(budget: RingBudget) {
    this.publish = new Series(budget);
    this.depth = new Series(budget);
  }

  drop(): void {
    this.publish.drop();
    this.depth.drop();
  }
}

/** The lines of a channel, of a node, or of the whole cluster. `publish`: what comes in. */
class FlowLines extends QueueLines {
  readonly deliver: Series;
  readonly finish: Series;
  readonly requeue: Series;
  readonly timeout: Series;

  constructor(budget: RingBudget) {
    super(budget);
    this.deliver = new Series(budget);
    this.finish = new Series(budget);
    this.requeue = new Series(budget);
    this.timeout = new Series(budget);
  }

  record(slot: number, rates: Rates): void {
    this.deliver.record(slot, rates.delivered);
    this.finish.record(slot, rates.finished);
    this.requeue.record(slot, rates.requeues);
    this.timeout.record(slot, rates.timeouts);
  }

  override drop(): void {
    super.drop();
    for (const name of FLOWS) this[name].drop();
  }
}

/** What only channels know. */
const FLOWS = ["deliver", "finish", "requeue", "timeout"] as const;

class TopicLines extends QueueLines {
  readonly channels = new Map<string, FlowLines>();

  override drop(): void {
    super.drop();
    for (const lines of this.channels.values()) lines.drop();
  }
}

/** What a chart is about; nothing said: the cluster. */
export interface Subject {
  topic?: string;
  channel?: string;
  node?: string;
}

/** The lines of everything that is there now; what vanishes is forgotten. */
export class History {
  readonly #budget: RingBudget;
  readonly #topics = new Map<string, TopicLines>();
  readonly #nodes = new Map<string, FlowLines>();
  readonly #total: FlowLines;
  readonly #handedOut: Series;
  #slot = 0;

  constructor(budget: RingBudget = new RingBudget()) {
    this.#budget = budget;
    this.#total = new FlowLines(budget);
    this.#handedOut = new Series(budget);
  }

  /**
   * Adds a point to every line. Depths hold what a lost node had last, so that a line does not fall
   * when a node goes; where no node answers a line has a gap.
   */
  record(model: ClusterModel): void {
    const slot = this.#slot = Math.floor(model.atMs / STEP_MS);
    const { totals, listing } = model;
    const isKnown = totals.nodes > totals.nodesLost ||
      totals.nodes === 0 && listing.state === "fresh";
    let held = totals.depth;
    for (const topic of model.topics.values()) held += lastDepth(topic);
    this.#total.publish.record(slot, isKnown ? totals.rate ?? NaN : NaN);
    this.#total.depth.record(slot, isKnown ? held : NaN);
    this.#total.record(slot, isKnown ? model.rates : NO_RATES);
    this.#handedOut.record(slot, isKnown ? model.rates.messages : NaN);
    for (const [name, node] of model.nodes) {
      const isLost = node.error !== "";
      const lines = getOrMake(this.#nodes, name, () => new FlowLines(this.#budget));
      lines.publish.record(slot, isLost ? NaN : node.rate);
      lines.depth.record(slot, isLost ? NaN : node.depth);
      lines.record(slot, isLost ? NO_RATES : node.rates);
    }
    forget(this.#nodes, model.nodes);
    for (const [name, topic] of model.topics) {
      const lines = getOrMake(this.#topics, name, () => new TopicLines(this.#budget));
      const isTopicKnown = topic.parts.length > 0 || topic.lost.length === 0;
      lines.publish.record(slot, isTopicKnown ? topic.figures.rate ?? NaN : NaN);
      lines.depth.record(slot, isTopicKnown ? heldDepth(topic) : NaN);
      for (const [channelName, channel] of topic.channels) {
        const line = getOrMake(lines.channels, channelName, () => new FlowLines(this.#budget));
        const isChannelKnown = channel.parts.length > 0;
        const heldHere = channel.lost.reduce((sum, { stats }) => sum + (stats?.depth ?? 0), 0);
        line.publish.record(slot, isChannelKnown ? channel.rates.messages : NaN);
        line.depth.record(slot, isChannelKnown ? channel.figures.depth + heldHere : NaN);
        line.record(slot, isChannelKnown ? channel.rates : NO_RATES);
      }
      forget(lines.channels, topic.channels);
    }
    forget(this.#topics, model.topics);
  }

  /** All lines of something over a span of time. */
  view(subject: Subject, windowName: WindowName): HistoryView {
    const window = WINDOWS[windowName];
    const { steps } = window.tier;
    const read = (series: Series | undefined) =>
      series?.read(this.#slot, window) ?? new Array(window.count).fill(null);
    const flows = this.#flows(subject);
    const flow = (name: typeof FLOWS[number]) => sumOf(flows.map((each) => read(each[name])), read);
    const own = this.#linesOf(subject);
    return {
      endMs: Math.floor(this.#slot / steps) * steps * STEP_MS,
      stepMs: steps * STEP_MS,
      publish: read(own?.publish),
      depth: read(own?.depth),
      deliver: flow("deliver"),
      finish: flow("finish"),
      requeue: flow("requeue"),
      timeout: flow("timeout"),
    };
  }

  /** What all channels are handed per second, as nsqadmin counts. */
  handedOut(windowName: WindowName): Points {
    return this.#handedOut.read(this.#slot, WINDOWS[windowName]);
  }

  trend(subject: Subject): Trend {
    const lines = this.#linesOf(subject);
    return {
      rate: lines?.publish.read(this.#slot, TREND) ?? [],
      depth: lines?.depth.read(this.#slot, TREND) ?? [],
    };
  }

  /**
   * How long the oldest of `depth` waiting messages may have waited: as long as it took that many to
   * come in, if they are taken in their order.
   */
  ageOf(subject: Subject, depth: number): OldestAge | null {
    const series = this.#linesOf(subject)?.publish;
    if (series === undefined || depth === 0) return null;
    let knownMs = 0;
    for (const { tier, count } of Object.values(WINDOWS)) {
      const points = series.read(this.#slot, { tier, count });
      const stepSeconds = tier.steps * STEP_MS / 1000;
      let left = depth;
      for (let at = points.length - 1; at >= 0; at--) {
        const value = points[at] ?? null;
        if (value === null) break;
        const ms = (points.length - at) * tier.steps * STEP_MS;
        left -= value * stepSeconds;
        if (left <= 0) return { ms, how: "estimated" };
        knownMs = Math.max(knownMs, ms);
      }
    }
    return knownMs === 0 ? null : { ms: knownMs, how: "least" };
  }

  /** The last points of a channel's line, newest last. */
  recent(subject: Subject, line: "depth" | "publish" | "timeout", count: number): number[] {
    const lines = this.#linesOf(subject);
    const series = line === "timeout"
      ? lines instanceof FlowLines ? lines.timeout : undefined
      : lines?.[line];
    const window = { tier: WINDOWS["5m"].tier, count };
    return (series?.read(this.#slot, window) ?? []).filter((value) => value !== null);
  }

  #linesOf({ topic, channel, node }: Subject): QueueLines | FlowLines | undefined {
    if (node !== undefined) return this.#nodes.get(node);
    if (topic === undefined) return this.#total;
    const lines = this.#topics.get(topic);
    return channel === undefined ? lines : lines?.channels.get(channel);
  }

  /** Where deliveries are counted: a topic's are those of its channels. */
  #flows(subject: Subject): FlowLines[] {
    const lines = this.#linesOf(subject);
    if (lines instanceof TopicLines) return [...lines.channels.values()];
    return lines instanceof FlowLines ? [lines] : [];
  }
}

/** Sums of what is known at each point. */
function sumOf(lines: Points[], read: (series: undefined) => Points): Points {
  const [first, ...others] = lines;
  if (first === undefined) return read(undefined);
  if (others.length === 0) return first;
  return first.map((_, at) => {
    let sum: number | null = null;
    for (const line of lines) {
      const value = line[at] ?? null;
      if (value !== null) sum = (sum ?? 0) + value;
    }
    return sum === null ? null : Math.round(sum * 1000) / 1000;
  });
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

function forget(lines: Map<string, QueueLines>, known: ReadonlyMap<string, unknown>): void {
  if (lines.size === known.size) return; // Everything known was just recorded.
  for (const [name, each] of lines) {
    if (known.has(name)) continue;
    each.drop();
    lines.delete(name);
  }
}
