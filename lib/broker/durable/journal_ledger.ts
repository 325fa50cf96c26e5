import type { JournalChannel } from "../../journal/journal_channel.ts";
import type { LatencySettings } from "../../metrics/latency_window.ts";
import type { Clock } from "../clock.ts";
import type { HeldMessage } from "../held_message.ts";
import { Ledger } from "../ledger.ts";
import type { Slab } from "../slab.ts";

/** The book of a channel of a durable topic: what is entered is written into the journal too, without anybody waiting for it. */
export class JournalLedger extends Ledger {
  readonly #channel: JournalChannel;
  readonly #clock: Clock;

  constructor(channel: JournalChannel, clock: Clock, latency: LatencySettings | undefined) {
    super(clock, latency);
    this.#channel = channel;
    this.#clock = clock;
  }

  override finished(slab: Slab, offset: number, id: number): void {
    super.finished(slab, offset, id);
    this.#channel.finish(slab.indexOf(id));
  }

  override finishedHeld(held: HeldMessage): void {
    super.finishedHeld(held);
    this.#channel.finish(held.index);
  }

  override requeued(held: HeldMessage, dueMs: number): void {
    super.requeued(held, dueMs);
    this.#channel.except(held.index, held.attempts, this.#unixMs(dueMs));
  }

  override timedOut(held: HeldMessage, dueMs: number): void {
    super.timedOut(held, dueMs);
    this.#channel.except(held.index, held.attempts, this.#unixMs(dueMs));
  }

  override droppedTwin(twin: HeldMessage): void {
    super.droppedTwin(twin);
    this.#channel.finish(twin.index);
  }

  override deleted(held: HeldMessage): void {
    super.deleted(held);
    this.#channel.finish(held.index);
  }

  override died(held: HeldMessage): void {
    super.died(held);
    this.#channel.finish(held.index);
  }

  override deadDropped(held: HeldMessage): void {
    super.deadDropped(held);
    this.#channel.finish(held.index);
  }

  override keptDead(held: HeldMessage, dueMs: number): void {
    this.#channel.except(held.index, held.attempts, this.#unixMs(dueMs));
  }

  /** @param dueMs as of Clock.nowMs; 0 for now */
  #unixMs(dueMs: number): number {
    const { nowMs, unixMs } = this.#clock;
    return dueMs === 0 ? 0 : dueMs - nowMs + unixMs;
  }
}
