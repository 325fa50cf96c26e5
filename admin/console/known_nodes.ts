import type { Node } from "../../lib/cluster/node.ts";
import { nodeName } from "../../lib/cluster/node.ts";

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
  /** When it was listed last. */
  seenAtMs: number;
}

/** Remembers nodes that were listed before. */
export class KnownNodes {
  readonly #seen = new Map<string, { node: Node; seenAtMs: number }>();

  /** Takes note of those that are listed, and gives back those that are not any more. */
  update(listed: readonly Node[], atMs: number): GoneNode[] {
    for (const node of listed) this.#seen.set(nodeName(node), { node, seenAtMs: atMs });
    const gone: GoneNode[] = [];
    for (const [name, { node, seenAtMs }] of this.#seen) {
      if (seenAtMs === atMs) continue;
      if (atMs - seenAtMs > GONE_SHOWN_MS) this.#seen.delete(name);
      else gone.push({ name, node, seenAtMs });
    }
    return gone;
  }
}
