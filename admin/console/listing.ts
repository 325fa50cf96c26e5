/** What the lookupds list, and what they listed when they answered last. */
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";
import type { Listing } from "./contract.ts";

/** What a lookupd listed when it answered last. */
export interface LastListing {
  atMs: number;
  nodes: readonly string[];
  topics: readonly string[];
}

/** Remembers the last word of each lookupd. */
export class KnownListings {
  readonly #known = new Map<string, LastListing>();

  /** Takes note of what a look has found; lookupds that are not asked any more are forgotten. */
  update({ lookupds }: ClusterSnapshot, atMs: number): void {
    const asked = new Set(lookupds.map(({ address }) => address));
    for (const address of this.#known.keys()) if (!asked.has(address)) this.#known.delete(address);
    for (const { address, nodes, topics } of lookupds) {
      if (nodes !== null) this.#known.set(address, { atMs, nodes, topics: topics ?? [] });
    }
  }

  get(address: string): LastListing | undefined {
    return this.#known.get(address);
  }

  /** How good the list of nodes and topics is that a look has found. */
  listingOf({ lookupds }: ClusterSnapshot, atMs: number): Listing {
    const silent = lookupds.filter(({ nodes }) => nodes === null).map(({ address }) => address);
    if (silent.length < lookupds.length || lookupds.length === 0) {
      return { state: "fresh", atMs, silent };
    }
    const latestMs = Math.max(0, ...[...this.#known.values()].map((each) => each.atMs));
    return { state: latestMs === 0 ? "unknown" : "stale", atMs: latestMs, silent };
  }

  /** Topics that are known by an old listing only, as no lookupd answers. */
  rememberedTopics({ state }: Listing): string[] {
    return state === "fresh" ? [] : [...this.#known.values()].flatMap(({ topics }) => topics);
  }
}
