import { type Node, nodeName } from "../../lib/cluster/node.ts";
import type { ClusterSnapshot } from "../../lib/cluster/snapshot.ts";

/**
 * For how long a node that lookupd does not list any more is shown as lost, in ms. lookupd forgets a
 * node as soon as its connection breaks, so without this a node that died would look like one that
 * never was. Who stopped it on purpose sees it for a while, too.
 */
export const GONE_SHOWN_MS = 15 * 60_000;

/** A node that was there lately. */
export interface GoneNode {
  name: string;
  node: Node;
  /** Where it was asked, "host:port". */
  address: string;
  /** When it was listed last. */
  seenAtMs: number;
}

/** Remembers nodes that were listed before. */
export class KnownNodes {
  readonly #seen = new Map<string, GoneNode>();

  /** Takes note of those that are listed, and gives back those that are not any more. */
  update({ nodes, addresses }: ClusterSnapshot, atMs: number): GoneNode[] {
    for (const node of nodes) {
      const name = nodeName(node);
      this.#seen.set(name, { name, node, address: addresses.get(name) ?? name, seenAtMs: atMs });
    }
    const gone: GoneNode[] = [];
    for (const each of this.#seen.values()) {
      if (each.seenAtMs === atMs) continue;
      if (atMs - each.seenAtMs > GONE_SHOWN_MS) this.#seen.delete(each.name);
      else gone.push(each);
    }
    return gone;
  }
}
