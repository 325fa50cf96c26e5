import type { KeyEntry } from "../journal/key_table.ts";
import type { ChannelBacklog } from "./channel_backlog.ts";
import type { ChannelDeferred } from "./deferred.ts";
import type { HeldMessage } from "./held_message.ts";
import type { LastWrites } from "./last_writes.ts";
import type { Ledger } from "./ledger.ts";

/** Where a channel keeps its messages: in memory and a disk queue ({@link QueuedChannel}), or in its topic's journal ({@link JournaledChannel}). */
export interface ChannelStore {
  readonly ledger: Ledger;
  readonly backlog: ChannelBacklog;
  readonly deferred: ChannelDeferred;
  /** Deferred messages that the channel was given: those that wait at the topic are not among them. */
  readonly deferredCount: number;
  /** Whether it is paused, as far as the store knows. */
  readonly paused: boolean;
  setPaused(paused: boolean): void;
  /**
   * Messages that waited at a durable topic are handed on: those up to `to`, of which `count` are not deferred.
   * False if they have to come one by one.
   */
  takeWaiting(to: number, count: number): boolean;
  /**
   * Puts messages behind all that wait, as if they were new: frames that stand in `bytes[0, end)`.
   * @param sinceMs their age counts from then, unix ms; 0 if nobody asks for it
   * @throws Error if it cannot take them; nothing happened then
   */
  putBack(bytes: Uint8Array, end: number, count: number, sinceMs: number): void;
  /** What waited at a durable topic was dropped. */
  waitingDropped(): void;
  /** Drops a message that it was given deferred and that is not due. False if it has none such. */
  cancelDeferred(message: KeyEntry): boolean;
  /** Messages before the message `index` that are not finished. @throws Error as {@link moveTo} */
  unfinishedBefore(index: number): number;
  /** Its memory is cleared: begins anew with the message `index`. @throws Error if messages are gone when they are finished */
  moveTo(index: number): void;
  /**
   * Writes all to disk.
   * @param inFlight what consumers had not answered
   * @returns what is to be synced and closed; null if nothing
   */
  close(inFlight: HeldMessage[]): LastWrites | null;
  /** Everything was dropped, for good. @throws DiskQueueError if a file stays behind */
  delete(): void;
}
