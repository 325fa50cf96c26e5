import type { Kept } from "../storage/barrier.ts";

/** Keys that one topic remembers. Beyond them the oldest is forgotten, in its window or not. */
export const MAX_KEYS = 250_000;

/** Look for deferred messages that became due when there are so many more than after the last look. */
const LOOK_AGAIN_AFTER = 1000;

/** A message that was published with a key. */
export interface KeyEntry {
  /** Its index in the topic's journal; NaN without one. */
  readonly index: number;
  /** The number of its id, for messages in memory; NaN after a restart. */
  readonly id: number;
  /** When it was published, ms since 1970. */
  readonly unixMs: number;
  /** When it is due, ms since 1970; 0 if it was not deferred. */
  readonly dueMs: number;
  /** What its publisher was promised: nothing that may fail, if null. */
  readonly promise: Kept | null;
  /** At the barrier, when that is known. */
  readonly number: number;
  /** A deferred message with the same key that was not due when this one was published. */
  readonly earlier: KeyEntry | null;
}

/** The last of the messages with a key, from `entry` back, that is deferred and not due at `unixMs`; null if none is. */
export function lastDeferred(entry: KeyEntry | null, unixMs: number): KeyEntry | null {
  let each = entry;
  while (each !== null && each.dueMs <= unixMs) each = each.earlier;
  return each;
}

/** Keys of a topic's messages: those of a window of time, and those of deferred messages that are not due. */
export class KeyTable {
  /** By time of publishing. */
  readonly #recent = new Map<string, KeyEntry>();
  /** Older than the window, but deferred. */
  readonly #deferred = new Map<string, KeyEntry>();
  #lookAt = LOOK_AGAIN_AFTER;
  /** How many were forgotten though they were to be remembered. */
  evictedCount = 0;

  get size(): number {
    return this.#recent.size + this.#deferred.size;
  }

  get(key: string): KeyEntry | undefined {
    return this.#recent.get(key) ?? this.#deferred.get(key);
  }

  set(key: string, entry: KeyEntry): void {
    this.delete(key);
    if (this.size >= MAX_KEYS) this.#evict();
    this.#recent.set(key, entry);
  }

  delete(key: string): void {
    if (!this.#recent.delete(key)) this.#deferred.delete(key);
  }

  /** Forgets what is older than the window and not deferred until after now. @param unixMs now */
  prune(unixMs: number, windowMs: number): void {
    for (const [key, entry] of this.#recent) {
      if (unixMs - entry.unixMs < windowMs) break;
      this.#recent.delete(key);
      const deferred = lastDeferred(entry, unixMs);
      if (deferred !== null) this.#deferred.set(key, deferred);
    }
    if (this.#deferred.size < this.#lookAt) return;
    for (const [key, entry] of this.#deferred) {
      if (lastDeferred(entry, unixMs) === null) this.#deferred.delete(key);
    }
    this.#lookAt = this.#deferred.size + LOOK_AGAIN_AFTER;
  }

  /** The messages `[from, to)` are not there. */
  forget(from: number, to: number): void {
    for (const map of [this.#recent, this.#deferred]) {
      for (const [key, { index }] of map) if (index >= from && index < to) map.delete(key);
    }
  }

  /** In the order in which they are to be set again. */
  *entries(): Iterable<[key: string, entry: KeyEntry]> {
    for (const map of [this.#deferred, this.#recent]) {
      for (const [key, entry] of map) {
        const all = [entry];
        while (all[0]!.earlier !== null) all.unshift(all[0]!.earlier);
        for (const each of all) yield [key, each];
      }
    }
  }

  #evict(): void {
    const map = this.#recent.size > 0 ? this.#recent : this.#deferred;
    map.delete(map.keys().next().value!);
    this.evictedCount++;
  }
}
