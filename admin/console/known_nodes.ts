import { nodeName } from "../../lib/cluster/node.ts";
import type { LocatedNode } from "../../lib/cluster/daemons.ts";
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";

/**
 * For how long a node that nobody lists and that does not answer is shown as lost, in ms. lookupd
 * forgets a node as soon as its connection breaks, so without this a node that died would look like
 * one that never was. Who stopped it on purpose sees it for a while, too, or has it forgotten.
 */
const GONE_SHOWN_MS = 15 * 60_000;

/** The same for a node that still held messages: nobody may think that they were finished. */
const GONE_WITH_MESSAGES_MS = 24 * 3600_000;

/** A node that is or was there, as it was when it answered last. */
export interface KnownNode extends LocatedNode {
  name: string;
  /** When it was listed last, or answered. */
  seenAtMs: number;
  /** When it gave figures last; 0 for never. */
  answeredAtMs: number;
  /** Figures of that time. */
  stats: readonly TopicStats[];
}

/** Remembers nodes, and what they said last. */
export class KnownNodes {
  readonly #known = new Map<string, KnownNode>();
  /** The lookupds that told of them: with others, it is another cluster. */
  #lookupds = "";

  /** All of them; they are worth to be asked even if no lookupd lists them. */
  get all(): ReadonlyMap<string, KnownNode> {
    return this.#known;
  }

  /** Takes note of what a look has found. */
  update({ nodes, addresses, lookupds, stats, health }: ClusterSnapshot, atMs: number): void {
    const source = lookupds.map(({ address }) => address).join();
    if (source !== this.#lookupds) this.#known.clear();
    this.#lookupds = source;
    const listed = new Set(lookupds.flatMap((lookupd) => lookupd.nodes ?? []));
    const isAnswering = new Set(health.map(({ node }) => node));
    const figures = Map.groupBy(stats, ({ node }) => node);
    for (const node of nodes) {
      const name = nodeName(node);
      const before = this.#known.get(name);
      const answers = isAnswering.has(name);
      this.#known.set(name, {
        name,
        node,
        address: addresses.get(name) ?? name,
        seenAtMs: answers || listed.has(name) ? atMs : before?.seenAtMs ?? atMs,
        answeredAtMs: answers ? atMs : before?.answeredAtMs ?? 0,
        stats: answers ? figures.get(name) ?? [] : before?.stats ?? [],
      });
    }
    for (const each of this.#known.values()) {
      const limitMs = holdsMessages(each) ? GONE_WITH_MESSAGES_MS : GONE_SHOWN_MS;
      if (atMs - each.seenAtMs > limitMs) this.#known.delete(each.name);
    }
  }

  /** Forgets a node that is gone for good; one that is still there is found again. */
  forget(name: string): void {
    this.#known.delete(name);
  }
}

function holdsMessages({ stats }: KnownNode): boolean {
  return stats.some(({ depth, channels }) =>
    depth > 0 ||
    channels?.some((each) => each.depth + each.in_flight_count + each.deferred_count > 0)
  );
}
