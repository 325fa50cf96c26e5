import assert from "node:assert/strict";
import { type Slab, SlabPool } from "../slab.ts";

/** What freed memory is filled with, so that whoever still reads it is found out. */
const POISON = 0xa5;

/** A pool that knows all slabs it gave out, and spoils the memory that comes back. */
export class CheckedPool extends SlabPool {
  readonly #slabs = new Set<Slab>();

  override take(sizeClass: number, atLeastBytes: number): Slab {
    const slab = super.take(sizeClass, atLeastBytes);
    this.#slabs.add(slab);
    return slab;
  }

  override give(bytes: Uint8Array): void {
    bytes.fill(POISON);
    super.give(bytes);
  }

  /** References to records that are not finished, over all slabs. Fails if a slab has fewer than none. */
  liveReferences(): number {
    let live = 0;
    for (const slab of this.#slabs) {
      assert.ok(slab.live >= 0, `a slab has ${slab.live} references`);
      live += slab.live;
      if (slab.sealed && slab.live === 0) this.#slabs.delete(slab);
    }
    return live;
  }
}
