import type { Cursor } from "./cursor.ts";
import type { HeldMessage } from "./held_message.ts";

/** Whom a backlog delivers to. */
export interface Receiver {
  /**
   * Delivers the next records at `cursor`, at most `max` and all in one slab, and moves the cursor past them.
   * @returns how many
   */
  deliverRun(cursor: Cursor, max: number, nowMs: number): number;
  /** Delivers a message that is not in the log. False if there is no room for another. */
  deliverHeld(held: HeldMessage, nowMs: number): boolean;
}
