import { DeadlineHeap } from "./deadline_heap.ts";
import { type HeldMessage, type MessageKey, messageKey } from "./held_message.ts";
import type { Ledger } from "./ledger.ts";

/** What is in flight to one consumer outside the log and the ring of {@link InFlight}: by id and by deadline, in any order. */
export class HeldInFlight {
  readonly #nodeId: number;
  /** Hears of twins that are dropped. */
  ledger: Ledger;
  readonly #byId = new Map<MessageKey, HeldMessage>();
  readonly #deadlines = new DeadlineHeap<HeldMessage>();

  constructor(nodeId: number, ledger: Ledger) {
    this.#nodeId = nodeId;
    this.ledger = ledger;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** All, which stay. */
  all(): Iterable<HeldMessage> {
    return this.#byId.values();
  }

  /** Adds a delivered message. @returns false if it takes the place of one with the same id */
  keep(held: HeldMessage, deadlineMs: number): boolean {
    const key = held.key(this.#nodeId);
    const twin = this.#byId.get(key);
    if (twin !== undefined) { // the same id twice, as a crash can leave it on disk: one answer will do for both
      this.#deadlines.remove(twin);
      this.ledger.droppedTwin(twin);
      twin.gone();
    }
    held.dueMs = deadlineMs;
    this.#byId.set(key, held);
    this.#deadlines.push(held);
    return twin === undefined;
  }

  /** Whether the message with the id at `bytes[at, at + 16)` is here. */
  has(bytes: Uint8Array, at: number): boolean {
    return this.#byId.has(messageKey(bytes, at, this.#nodeId));
  }

  /** Takes out the message with the id at `bytes[at, at + 16)`; undefined if it is not here. */
  take(bytes: Uint8Array, at: number): HeldMessage | undefined {
    if (this.#byId.size === 0) return undefined;
    const key = messageKey(bytes, at, this.#nodeId);
    const held = this.#byId.get(key);
    if (held === undefined) return undefined;
    this.#byId.delete(key);
    this.#deadlines.remove(held);
    return held;
  }

  /** Puts a deadline off, at most until `maxTimeoutMs` after the delivery. False if the message is not here. */
  touch(bytes: Uint8Array, at: number, deadlineMs: number, maxTimeoutMs: number): boolean {
    if (this.#byId.size === 0) return false;
    const held = this.#byId.get(messageKey(bytes, at, this.#nodeId));
    if (held === undefined) return false;
    const dueMs = Math.min(deadlineMs, held.deliveredMs + maxTimeoutMs);
    if (dueMs === held.dueMs) return true;
    this.#deadlines.remove(held);
    held.dueMs = dueMs;
    this.#deadlines.push(held);
    return true;
  }

  /** The earliest deadline; Infinity if there is none. */
  nextDeadlineMs(): number {
    return this.#deadlines.peek()?.dueMs ?? Infinity;
  }

  /** Takes out a message whose deadline has passed; undefined if there is none. */
  takeTimedOut(nowMs: number): HeldMessage | undefined {
    const held = this.#deadlines.popDue(nowMs);
    if (held !== undefined) this.#byId.delete(held.key(this.#nodeId));
    return held;
  }

  /** Takes out everything. */
  takeAll(): HeldMessage[] {
    const all = [...this.#byId.values()];
    this.#byId.clear();
    this.#deadlines.clear();
    return all;
  }
}
