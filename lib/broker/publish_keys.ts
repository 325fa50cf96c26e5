import { type KeyEntry, KeyTable, lastDeferred } from "../journal/key_table.ts";
import type { Barrier } from "../storage/barrier.ts";
import type { TopicStats } from "./stats.ts";
import type { TopicJournal } from "./durable/topic_journal.ts";

/** Where a deferred message may be. */
interface DeferredPlace {
  /** Drops a deferred message that is not due. False if it is not there. */
  cancelDeferred(message: KeyEntry): boolean;
}

/** The keys of one topic's messages: in memory, and for a durable topic in its journal too. */
export class PublishKeys {
  /** Publishes that were answered and not queued, as their key was known. */
  duplicateCount = 0;
  readonly #journal: TopicJournal | null;
  readonly #table: KeyTable;
  readonly #barrier: Barrier;

  constructor(journal: TopicJournal | null, barrier: Barrier) {
    this.#journal = journal;
    this.#table = journal?.journal.state.keys ?? new KeyTable();
    this.#barrier = barrier;
  }

  /**
   * The same keys, in a journal that the topic has now.
   * @param indexOf where the message of an id stands; undefined unless it is deferred
   */
  movedTo(journal: TopicJournal, indexOf: (id: number) => number | undefined): PublishKeys {
    const moved = new PublishKeys(journal, this.#barrier);
    moved.duplicateCount = this.duplicateCount;
    for (const [key, entry] of this.#table.entries()) {
      const index = indexOf(entry.id), { dueMs } = entry;
      const earlier = entry.earlier === null ? null : moved.#table.get(key) ?? null;
      // Of all others only the key counts.
      const place = index === undefined ? { index: 0, dueMs: 0 } : { index, dueMs };
      journal.setKey(key, { ...entry, ...place, earlier });
    }
    moved.#table.evictedCount = this.#table.evictedCount;
    return moved;
  }

  /** Its part of the topic's statistics. */
  stats(): Pick<TopicStats, "key_count" | "key_evicted_count" | "duplicate_count"> {
    return {
      key_count: this.#table.size,
      key_evicted_count: this.#table.evictedCount,
      duplicate_count: this.duplicateCount,
    };
  }

  /**
   * Publishes a message with a key, unless it is a duplicate.
   * @param publish does so, and returns the number of its id
   * @returns whether it did
   * @throws what `publish` throws
   */
  publish(
    key: string,
    unixMs: number,
    delayMs: number,
    windowMs: number,
    publish: () => number,
  ): boolean {
    if (this.#isDuplicate(key, unixMs, windowMs)) return false;
    const id = publish();
    if (windowMs > 0 || delayMs > 0) this.#add(key, id, unixMs, delayMs, windowMs);
    return true;
  }

  /**
   * Whether a message was published with this key within the window. If so, the answer that is being made waits for what that one's publisher
   * was promised; one whose publisher was refused does not count.
   */
  #isDuplicate(key: string, unixMs: number, windowMs: number): boolean {
    const entry = this.#table.get(key);
    if (entry === undefined || unixMs - entry.unixMs >= windowMs) return false;
    if (entry.promise !== null && entry.promise.error !== null) return false;
    this.#barrier.require(entry.number, entry.promise);
    this.duplicateCount++;
    return true;
  }

  /**
   * The message that was just published has this key.
   * @param delayMs for which it is deferred; 0 if it is not
   */
  #add(key: string, id: number, unixMs: number, delayMs: number, windowMs: number): void {
    const table = this.#table, { required: number, promise } = this.#barrier;
    table.prune(unixMs, windowMs);
    const earlier = lastDeferred(table.get(key) ?? null, unixMs);
    const index = this.#journal === null ? NaN : this.#journal.journal.endIndex - 1;
    const dueMs = delayMs === 0 ? 0 : unixMs + delayMs;
    const entry: KeyEntry = { index, id, unixMs, dueMs, promise, number, earlier };
    if (this.#journal === null) table.set(key, entry);
    else this.#journal.setKey(key, entry);
  }

  /**
   * Drops the messages with this key that are deferred and not due, and forgets it.
   * @returns how many, and from how many channels, which is none while they wait at the topic; null if there was none
   */
  cancel(
    key: string,
    unixMs: number,
    waiting: DeferredPlace,
    channelsByName: ReadonlyMap<string, DeferredPlace>,
  ): { count: number; channels: number } | null {
    let count = 0, channels = 0;
    for (const message of this.#takeDeferred(key, unixMs)) {
      let isFound = waiting.cancelDeferred(message);
      for (const channel of channelsByName.values()) {
        if (!channel.cancelDeferred(message)) continue;
        channels++;
        isFound = true;
      }
      if (isFound) count++;
    }
    return count > 0 ? { count, channels } : null;
  }

  /** The messages with this key that are deferred and not due. They are to be cancelled: the key is forgotten. */
  #takeDeferred(key: string, unixMs: number): KeyEntry[] {
    const found: KeyEntry[] = [];
    for (let each = this.#table.get(key) ?? null; each !== null; each = each.earlier) {
      if (each.dueMs > unixMs) found.push(each);
    }
    if (found.length === 0) return found;
    if (this.#journal === null) this.#table.delete(key);
    else this.#journal.forgetKey(key);
    return found;
  }
}
