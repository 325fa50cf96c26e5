import type { Kept } from "../../storage/barrier.ts";
import type { BrokerContext } from "../context.ts";
import type { Alarm } from "../scheduler.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { DeadMessage } from "./dead_record.ts";
import type { DeadStore } from "./dead_store.ts";

/** So long one piece of work may take, in ms: then others are heard. */
const SLICE_MS = 5;

/** An alarm that is due at once would ring in the same turn. */
const PAUSE_MS = 1;

/** So many pieces are on their way to the disk at once. */
const PIECES_ON_THE_WAY = 16;

/** With a rate, so many pieces a second. */
const PIECES_PER_SECOND = 20;

/** What the dead messages of a channel are asked from outside. Oldest first. */
export interface DeadMessages {
  readonly count: number;
  /** `count` of them behind the first `offset`. @throws Error if they cannot be read */
  list(offset: number, count: number): DeadMessage[];
  /**
   * Sends them back to their channel, as if they had never been delivered, the oldest first. Resolves when that is done, and as safe as their topic is.
   * @param count at most so many @param ratePerSecond at most so many a second; Infinity for all at once
   * @returns how many
   * @throws Error if that is refused; some may have gone
   */
  kick(count: number, ratePerSecond: number): Promise<number>;
  /** As {@link kick}, of one. False if there is none with this id. */
  kickOne(id: string): Promise<boolean>;
  /** Forgets one. False if there is none with this id. */
  delete(id: string): Promise<boolean>;
  /** Forgets all. */
  empty(): void;
}

/** Puts messages back into a channel: frames that stand in `bytes[0, end)`, neighbours. @throws Error if it cannot take them; nothing happened then */
export type PutBack = (bytes: Uint8Array, end: number, count: number) => void;

/** Neighbours among the dead that were put back, and what has to pass until that is safe. */
interface PutBackPiece {
  required: number;
  promise: Kept | null;
  first: number;
  count: number;
}

/** What is done to a channel's dead messages, in pieces, one request after the other. */
export class Kicks implements DeadMessages {
  readonly #dead: DeadLetters;
  readonly #putBack: PutBack;
  readonly #context: BrokerContext;
  /** The last request. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #alarm: Alarm;
  #resume: () => void = () => {};
  #closed = false;
  #sliceEndMs = 0;

  constructor(dead: DeadLetters, putBack: PutBack, context: BrokerContext) {
    this.#dead = dead;
    this.#putBack = putBack;
    this.#context = context;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: () => this.#resume() };
  }

  get count(): number {
    return this.#dead.count;
  }

  list(offset: number, count: number): DeadMessage[] {
    return this.#dead.list(offset, count);
  }

  kick(count: number, ratePerSecond: number): Promise<number> {
    return this.#inTurn(async (store) => {
      const end = store.endIndex, startMs = this.#context.clock.update();
      let kicked = 0;
      const onTheWay: PutBackPiece[] = [];
      for (let index = store.firstIndex; kicked < count && index < end;) {
        const piece = await this.#nextPiece(startMs, kicked, ratePerSecond);
        if (this.#closed) break;
        const next = this.#putBackSome(store, index, Math.min(count - kicked, piece));
        if (next === null) break;
        kicked += next.count;
        index = next.first + next.count;
        onTheWay.push(next);
        if (onTheWay.length > PIECES_ON_THE_WAY) await this.#removeSafe(store, onTheWay.shift()!);
      }
      for (const each of onTheWay) await this.#removeSafe(store, each);
      return kicked;
    }, 0);
  }

  kickOne(id: string): Promise<boolean> {
    return this.#inTurn(async (store) => {
      const index = await this.#find(store, id);
      const piece = index === null ? null : this.#putBackSome(store, index, 1);
      if (piece !== null) await this.#removeSafe(store, piece);
      return piece !== null;
    }, false);
  }

  delete(id: string): Promise<boolean> {
    return this.#inTurn(async (store) => {
      const index = await this.#find(store, id);
      if (index === null) return false;
      const { barrier } = this.#context;
      await this.#safe(barrier.apart(() => {
        store.remove(index, 1);
        store.requireCommit();
      }));
      return true;
    }, false);
  }

  empty(): void {
    this.#dead.empty();
  }

  /** The channel is gone, or the broker stops: what is under way ends. */
  close(): void {
    this.#closed = true;
    this.#context.scheduler.cancel(this.#alarm);
    this.#resume();
  }

  #inTurn<T>(act: (store: DeadStore) => Promise<T>, none: T): Promise<T> {
    const done = this.#last.then(() => {
      const { store } = this.#dead;
      return store === null || this.#closed ? none : act(store);
    });
    this.#last = done.catch(() => {}); // whoever asked for it is told
    return done;
  }

  /** Puts neighbours from `index` on back into the channel. @returns what is to be {@link #removeSafe}; null if there are none */
  #putBackSome(store: DeadStore, index: number, max: number): PutBackPiece | null {
    const revived = store.revived(index, max);
    if (revived === null) return null;
    const { bytes, end, count, first } = revived;
    const commit = this.#context.barrier.apart(() => this.#putBack(bytes, end, count));
    return { ...commit, first, count };
  }

  /** What was put back is not dead any more once it is safe. @throws why it is not */
  async #removeSafe(store: DeadStore, piece: PutBackPiece): Promise<void> {
    await this.#safe(piece);
    if (!this.#closed) store.remove(piece.first, piece.count);
  }

  /** Resolves when something is as safe as it has to be. @throws why it is not */
  async #safe({ required, promise }: { required: number; promise: Kept | null }): Promise<void> {
    if (required === 0) return;
    await this.#context.barrier.passed(required);
    if (promise?.error != null) throw promise.error;
  }

  async #find(store: DeadStore, id: string): Promise<number | null> {
    const end = store.endIndex;
    for (let index = store.firstIndex; index < end;) {
      await this.#breathe();
      if (this.#closed) break;
      const { found, next } = store.find(id, index);
      if (found !== null) return found;
      index = next;
    }
    return null;
  }

  /** Waits until more may be kicked. @returns how many */
  async #nextPiece(startMs: number, kicked: number, ratePerSecond: number): Promise<number> {
    if (ratePerSecond === Infinity) {
      await this.#breathe();
      return Infinity;
    }
    const atMs = startMs + kicked / ratePerSecond * 1000;
    if (atMs > this.#context.clock.update()) await this.#pause(atMs);
    return Math.max(1, Math.floor(ratePerSecond / PIECES_PER_SECOND));
  }

  /** Lets others go on if this has taken long. */
  async #breathe(): Promise<void> {
    const nowMs = this.#context.clock.update();
    if (nowMs < this.#sliceEndMs) return;
    await this.#pause(nowMs + PAUSE_MS);
    this.#sliceEndMs = this.#context.clock.update() + SLICE_MS;
  }

  #pause(untilMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.#context.scheduler.set(this.#alarm, untilMs);
    });
  }
}
