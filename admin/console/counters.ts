/** From counts that only grow to rates: remembers what each node said before. */
import type { ChannelStats, TopicStats } from "../../lib/cluster/stats.ts";

interface ChannelCounts {
  messages: number;
  requeues: number;
  timeouts: number;
}

interface NodeMemory {
  atMs: number;
  topics: Map<string, { messages: number; channels: Map<string, ChannelCounts> }>;
}

/** Per second, since the node answered before. */
export interface ChannelRates {
  messages: number;
  requeues: number;
  timeouts: number;
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

  /** Messages a second published to the topic on its node. */
  topic(stats: TopicStats): number {
    const before = this.#nodes.get(stats.node);
    let memory = this.#next.get(stats.node);
    if (memory === undefined) {
      memory = { atMs: this.#atMs, topics: new Map() };
      this.#next.set(stats.node, memory);
    }
    const messages = stats.message_count;
    memory.topics.set(stats.topic_name, { messages, channels: new Map() });
    if (before === undefined) return 0;
    return this.#rate(before, messages, before.topics.get(stats.topic_name)?.messages);
  }

  /** Rates of a channel on its node; after {@link topic} of its topic. */
  channel(stats: ChannelStats): ChannelRates {
    const now = {
      messages: stats.message_count,
      requeues: stats.requeue_count,
      timeouts: stats.timeout_count,
    };
    this.#next.get(stats.node)!.topics.get(stats.topic_name)!.channels
      .set(stats.channel_name, now);
    const before = this.#nodes.get(stats.node);
    if (before === undefined) return { messages: 0, requeues: 0, timeouts: 0 };
    const then = before.topics.get(stats.topic_name)?.channels.get(stats.channel_name);
    return {
      messages: this.#rate(before, now.messages, then?.messages),
      requeues: this.#rate(before, now.requeues, then?.requeues),
      timeouts: this.#rate(before, now.timeouts, then?.timeouts),
    };
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
