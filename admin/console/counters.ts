/** From counts that only grow to rates: remembers what each node said before. */
import type { ChannelStats, TopicStats } from "../../lib/cluster/stats.ts";

/** Counts of a channel, or their growth per second; NaN where it is not known. */
export interface Rates {
  /** Messages that came in. */
  messages: number;
  delivered: number;
  /** Finished, or emptied: nsqd does not tell these apart. */
  finished: number;
  requeues: number;
  timeouts: number;
}

const NAMES = ["messages", "delivered", "finished", "requeues", "timeouts"] as const;

/** Of what cannot be known. */
export const NO_RATES: Rates = Object.freeze(rates(() => NaN));

interface NodeMemory {
  atMs: number;
  topics: Map<string, { messages: number; channels: Map<string, Rates> }>;
}

/** What the nodes counted at their last answers. A node that is away keeps its counts meanwhile. */
export class Counters {
  #nodes = new Map<string, NodeMemory>();
  #next = new Map<string, NodeMemory>();
  #atMs = 0;

  /** Opens a look at all nodes. */
  begin(atMs: number): void {
    this.#atMs = atMs;
    this.#next = new Map();
  }

  /** Takes note of a node that answers: what it has at the next look began after this one. */
  node(name: string): void {
    this.#memoryOf(name);
  }

  #memoryOf(node: string): NodeMemory {
    let memory = this.#next.get(node);
    if (memory === undefined) {
      memory = { atMs: this.#atMs, topics: new Map() };
      this.#next.set(node, memory);
    }
    return memory;
  }

  /** Messages a second published to the topic on its node. NaN when the node is new. */
  topic(stats: TopicStats): number {
    const before = this.#nodes.get(stats.node);
    const memory = this.#memoryOf(stats.node);
    const messages = stats.message_count;
    memory.topics.set(stats.topic_name, { messages, channels: new Map() });
    if (before === undefined) return NaN;
    return this.#rate(before, messages, before.topics.get(stats.topic_name)?.messages);
  }

  /** Rates of a channel on its node; after {@link topic} of its topic. */
  channel(stats: ChannelStats): Rates {
    const now = countsOf(stats);
    this.#next.get(stats.node)!.topics.get(stats.topic_name)!.channels
      .set(stats.channel_name, now);
    const before = this.#nodes.get(stats.node);
    if (before === undefined) return NO_RATES;
    const then = before.topics.get(stats.topic_name)?.channels.get(stats.channel_name);
    const isReset = then !== undefined && now.messages < then.messages;
    return rates((name) => {
      // What is put together of several figures may fall: then nothing of it is said to have happened.
      const isComposed = name === "delivered" || name === "finished";
      if (isComposed && (isReset || now[name] < (then?.[name] ?? 0))) return 0;
      return this.#rate(before, now[name], then?.[name]);
    });
  }

  /** Ends the look; nodes that are not `known` any more are forgotten. */
  end(known: ReadonlySet<string>): void {
    for (const node of this.#nodes.keys()) if (!known.has(node)) this.#nodes.delete(node);
    for (const [node, memory] of this.#next) this.#nodes.set(node, memory);
    this.#next = new Map();
  }

  /** A count that is smaller than before started again at 0, with its node or its channel. */
  #rate({ atMs }: NodeMemory, now: number, then = 0): number {
    const elapsedMs = this.#atMs - atMs;
    if (elapsedMs <= 0) return 0;
    return (now >= then ? now - then : now) * 1000 / elapsedMs;
  }
}

/** Sums of what is known; NaN where nothing is. */
export function sumRates(list: readonly Rates[]): Rates {
  return rates((name) => sumKnown(list.map((each) => each[name])));
}

/** The sum of what is known; NaN when there is something and nothing of it is known. */
export function sumKnown(values: readonly number[]): number {
  let sum = values.length === 0 ? 0 : NaN;
  for (const value of values) {
    if (!Number.isNaN(value)) sum = (Number.isNaN(sum) ? 0 : sum) + value;
  }
  return sum;
}

/**
 * nsqd counts neither deliveries nor what is finished. But what came in and is not there any more has
 * been finished, and each delivery ends so, or with a requeue or a timeout, or is still in flight.
 */
function countsOf(stats: ChannelStats): Rates {
  const { message_count: messages, requeue_count: requeues, timeout_count: timeouts } = stats;
  const gone = (stats.dead_count ?? 0) + (stats.expired_count ?? 0) + (stats.dropped_count ?? 0) +
    (stats.skipped_count ?? 0);
  const finished = messages - stats.depth - stats.in_flight_count - stats.deferred_count - gone;
  const delivered = finished + requeues + timeouts + stats.in_flight_count;
  return { messages, delivered, finished, requeues, timeouts };
}

function rates(of: (name: keyof Rates) => number): Rates {
  const [messages, delivered, finished, requeues, timeouts] = NAMES.map(of);
  return {
    messages: messages!,
    delivered: delivered!,
    finished: finished!,
    requeues: requeues!,
    timeouts: timeouts!,
  };
}
