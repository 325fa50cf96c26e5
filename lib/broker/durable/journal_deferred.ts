import type { Exceptions } from "../../journal/exceptions.ts";
import type { Journal } from "../../journal/journal.ts";
import type { JournalChannel } from "../../journal/journal_channel.ts";
import type { Clock } from "../clock.ts";
import type { ChannelDeferred, FoundDeferred } from "../deferred.ts";
import type { HeldMessage } from "../held_message.ts";
import type { Collector, Walk } from "../peek/collector.ts";
import { EarliestFirst } from "../peek/earliest_first.ts";
import { readId, walkJournalDeferred } from "../peek/journal_walk.ts";
import type { Alarm, Scheduler } from "../scheduler.ts";

/** So many are handed on in one call; the scheduler decides when it is called again. */
const BATCH_MESSAGES = 500;

/**
 * The messages of a durable channel that wait for their time. They stand in the journal; here is the alarm. Their time is that of the machine's
 * clock, as it has to hold across a restart.
 */
export class JournalDeferred implements ChannelDeferred {
  readonly #exceptions: Exceptions;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #onDue: (index: number) => void;
  readonly #alarm: Alarm;

  /**
   * @param isOwn whether a message is the channel's already
   * @param onDue given the index of each message when its time has come
   */
  constructor(
    private readonly journal: Journal,
    private readonly channel: JournalChannel,
    private readonly isOwn: (index: number) => boolean,
    { scheduler, clock }: { scheduler: Scheduler; clock: Clock },
    onDue: (index: number) => void,
  ) {
    this.#exceptions = channel.state.exceptions;
    this.#onDue = onDue;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#alarm = { dueMs: 0, heapIndex: -1, ring: () => this.#ring() };
    this.watch();
  }

  get count(): number {
    return this.#exceptions.deferred;
  }

  /** The message stands in the journal already. */
  add(held: HeldMessage, _dueMs: number): void {
    held.gone();
    this.watch();
  }

  peek(offset: number, into: Collector): Walk {
    return walkJournalDeferred(this.journal, this.#exceptions, this.isOwn, offset, into);
  }

  *kickEach(): Generator<void, void, void> {
    for (const index of this.#earliestFirst()) {
      if (!this.#isDeferred(index)) continue;
      this.#kick(index);
      yield;
    }
  }

  *find(id: string): Generator<void, FoundDeferred | null, void> {
    const reader = this.journal.newReader();
    try {
      for (const index of this.#earliestFirst()) {
        yield;
        if (!this.#isDeferred(index) || readId(reader, index) !== id) continue;
        return { kick: () => this.#kick(index), drop: () => this.channel.finish(index) };
      }
      return null;
    } finally {
      reader.close();
    }
  }

  *#earliestFirst(): Iterable<number> {
    const { indexes, dueMs, arity } = this.#exceptions.deferredHeap();
    const order = new EarliestFirst(dueMs.length, arity, (at) => dueMs[at]!);
    for (let at; (at = order.next()) >= 0;) yield indexes(at);
  }

  #isDeferred(index: number): boolean {
    return this.isOwn(index) && this.#exceptions.dueMs(index) !== 0;
  }

  #kick(index: number): void {
    this.channel.except(index, this.#exceptions.attempts(index), 0);
    this.#onDue(index);
  }

  /** Nothing has to be taken out: all stands in the journal. */
  takeAll(): HeldMessage[] {
    return [];
  }

  /** They are cleared in the journal. The alarm may ring in vain. */
  clear(): void {}

  stop(): void {
    this.#scheduler.cancel(this.#alarm);
  }

  /** Sees to it that the alarm rings when the next is due. */
  watch(): void {
    const { nextDueMs } = this.#exceptions;
    if (nextDueMs === Infinity) return;
    this.#clock.update();
    const { nowMs, unixMs } = this.#clock;
    this.#scheduler.setAtLatest(this.#alarm, nowMs + Math.max(0, nextDueMs - unixMs));
  }

  #ring(): void {
    const exceptions = this.#exceptions;
    for (let left = BATCH_MESSAGES; left > 0; left--) {
      if (exceptions.nextDueMs > this.#clock.unixMs) break;
      const index = exceptions.nextDueIndex;
      exceptions.set(index, exceptions.attempts(index), 0);
      this.#onDue(index);
    }
    this.watch();
  }
}
