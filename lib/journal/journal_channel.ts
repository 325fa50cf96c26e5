import type { Batch, PendingEvents } from "./batch.ts";
import type { ChannelState } from "./channel_state.ts";
import type { ByteBuffer } from "./byte_buffer.ts";
import { EventKind, putEvent, raiseDelivered } from "./events.ts";
import { FinishedSince } from "./finished_events.ts";
import { JournalReader, type ReadSource } from "./reader.ts";

/** What a channel needs of its journal. */
export interface ChannelHost extends ReadSource {
  /** The batch that collects, for an event that nobody waits for. */
  collectEvent(): Batch;
  /** Messages `[from, to)` cannot be read. */
  reportLost(channel: string, from: number, to: number): void;
}

/** A channel of a durable topic: what happens in it is kept in memory and written down. */
export class JournalChannel implements PendingEvents {
  readonly reader: JournalReader;
  readonly #state: ChannelState;
  readonly #host: ChannelHost;
  readonly #finished = new FinishedSince();
  /** The batch that will have them. */
  #finishedIn: Batch | null = null;
  /** Messages that were finished one after the other, and are not entered yet: a consumer's FINs are mostly in order. */
  #runFrom = 0;
  #runTo = 0;
  #deliveredIn: Batch | null = null;
  #deliveredAt = 0;

  constructor(host: ChannelHost, state: ChannelState) {
    this.#host = host;
    this.#state = state;
    this.reader = new JournalReader(host);
  }

  /** Who has it otherwise, from the topic's, may see messages as not finished whose FIN the next commit writes. */
  get state(): ChannelState {
    if (this.#runTo > this.#runFrom) this.#endRun();
    return this.#state;
  }

  /** Messages that are not finished, those in flight and deferred ones included. */
  get depth(): number {
    return this.state.depth(this.#host.endIndex);
  }

  /** The message is done with. Nothing happens if it was. */
  finish(index: number): void {
    if (index === this.#runTo && index > this.#runFrom) {
      this.#runTo++;
      return;
    }
    if (this.state.finished.has(index)) return;
    this.#expectFinished();
    this.#runFrom = index;
    this.#runTo = index + 1;
  }

  /** The messages `[from, to)` are done with, however many. Nothing happens to those that were. */
  finishRange(from: number, to: number): void {
    if (this.state.finished.nextMissing(from, to) === to) return;
    this.#expectFinished();
    this.#enter(from, to);
  }

  putPending(buffer: ByteBuffer): number {
    const { id } = this.state;
    this.#finishedIn = null;
    return this.#finished.putInto(buffer, id);
  }

  /**
   * The message was requeued, timed out, or is delivered once more.
   * @param attempts how often it was delivered, this time included
   * @param dueMs unix ms; 0 for at once
   */
  except(index: number, attempts: number, dueMs: number): void {
    this.state.except(index, attempts, dueMs);
    this.#put(this.#host.collectEvent(), EventKind.Excepted, 0, attempts, index, dueMs);
  }

  /** All messages before `index` were handed to consumers once. */
  deliver(index: number): void {
    if (index <= this.state.delivered) return;
    this.state.delivered = index;
    const batch = this.#host.collectEvent();
    if (batch === this.#deliveredIn) return raiseDelivered(batch.events, this.#deliveredAt, index);
    this.#deliveredAt = this.#put(batch, EventKind.Delivered, 0, 0, index, 0);
    this.#deliveredIn = batch;
  }

  /** Emptied, or sent back or forth: all before `index` counts as finished, all from there on as new. */
  moveTo(index: number): void {
    this.state.moveTo(index);
    this.reader.close();
    this.#deliveredIn = null;
    this.#finished.clear();
    this.#put(this.#host.collectEvent(), EventKind.Moved, 0, 0, index, 0);
  }

  pause(paused: boolean): void {
    this.state.paused = paused;
    this.#put(this.#host.collectEvent(), EventKind.Paused, Number(paused), 0, 0, 0);
  }

  /**
   * Copies the next records from `from` on that are not finished, below `end`, into `into`: see `reader`. What cannot be read counts as
   * finished.
   * @throws what reading a file throws
   */
  read(from: number, end: number, into: Uint8Array): void {
    const { reader } = this;
    end = Math.min(end, this.#host.endIndex);
    for (let at = from;; at = reader.first) {
      const { finished } = this.state;
      const first = finished.nextMissing(at, end);
      reader.read(first, finished.nextPresent(first, end), into);
      if (reader.first === first) return;
      for (let index = first; index < reader.first; index++) this.finish(index);
      this.#host.reportLost(this.state.name, first, reader.first);
      if (reader.count > 0 || reader.neededBytes > 0) return;
    }
  }

  #endRun(): void {
    const from = this.#runFrom, to = this.#runTo;
    this.#runFrom = this.#runTo = 0;
    this.#enter(from, to);
  }

  /** Notes that `[from, to)` are finished, as far as they were not. */
  #enter(from: number, to: number): void {
    const state = this.#state, { finished } = state;
    for (let first = finished.nextMissing(from, to); first < to;) {
      const end = finished.nextPresent(first, to);
      this.#finished.add(first, end);
      first = finished.nextMissing(end, to);
    }
    state.finishRange(from, to - from);
  }

  /** The batch that collects will have what is finished now. */
  #expectFinished(): void {
    const batch = this.#host.collectEvent();
    if (batch === this.#finishedIn) return;
    batch.expect(this);
    this.#finishedIn = batch;
  }

  #put(
    batch: Batch,
    kind: number,
    flag: number,
    small: number,
    a: number,
    b: number,
  ): number {
    batch.eventCount++;
    return putEvent(batch.events, kind, flag, small, this.state.id, a, b);
  }
}
