import { SEQUENCES_PER_TICK, tickOf } from "../wire/message_id.ts";

/** Numbers are reserved in aligned blocks of this many, inside which only the last two characters of an id change. */
export const ID_BLOCK = 256;

/**
 * The ids of one topic, as numbers (see message_id.ts): they grow, and none is given twice, also when the clock is set back or when more are
 * used than a tick holds (then the next tick's are borrowed).
 */
export class IdSequence {
  /** The next number. */
  next = 0;
  /** Where the reserved block ends; `next === blockEnd` asks for {@link reserve}. */
  blockEnd = 0;

  /** The next number. @param unixMs ms since 1970 */
  take(unixMs: number): number {
    if (this.next === this.blockEnd) this.reserve(unixMs);
    return this.next++;
  }

  /** Reserves the next block, at the earliest the one of `unixMs` (ms since 1970). */
  reserve(unixMs: number): void {
    this.next = Math.max(tickOf(unixMs) * SEQUENCES_PER_TICK, this.blockEnd);
    this.blockEnd = this.next + ID_BLOCK;
  }
}
