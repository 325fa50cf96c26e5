import type { JournalChannel } from "../../journal/journal_channel.ts";
import type { KeyEntry } from "../../journal/key_table.ts";
import { DiskQueueError } from "../../diskqueue/errors.ts";
import { NOTHING_WAITS } from "../../journal/topic_state.ts";
import type { ChannelStore } from "../channel_store.ts";
import type { BrokerContext } from "../context.ts";
import type { HeldMessage } from "../held_message.ts";
import { JournalBacklog } from "./journal_backlog.ts";
import { JournalDeferred } from "./journal_deferred.ts";
import { JournalLedger } from "./journal_ledger.ts";
import type { Log } from "../log.ts";
import type { TopicJournal } from "./topic_journal.ts";

/** Where the deferred messages of such a channel go when they are due. */
interface DueMessages {
  /** Whether a message that was delivered so often is dead. */
  isDead(attempts: number): boolean;
  /** It is: nothing else refers to it. */
  dueDead(held: HeldMessage): void;
  /** It was queued. */
  dueQueued(): void;
}

/** What such a store asks of its channel. */
interface JournaledChannelOwner {
  readonly comingBack: DueMessages;
}

/** A channel that its topic's journal knows. */
export class JournaledChannel implements ChannelStore {
  readonly ledger: JournalLedger;
  readonly backlog: JournalBacklog;
  readonly deferred: JournalDeferred;
  readonly #journal: TopicJournal;
  readonly #channel: JournalChannel;
  readonly #log: Log;

  /**
   * @param owner told of deferred messages whose time has come
   * @param floor the first message that it is to get, if the journal does not know it yet; default: the next one to be handed on
   */
  constructor(
    name: string,
    log: Log,
    journal: TopicJournal,
    context: BrokerContext,
    owner: JournaledChannelOwner,
    floor = journal.handedOnEnd,
  ) {
    this.#journal = journal;
    this.#log = log;
    const channel = this.#channel = journal.channel(name, floor);
    const ledger = this.ledger = new JournalLedger(channel, context.clock, context.latency);
    this.backlog = new JournalBacklog(log, journal, channel, context, (n) => ledger.dropped(n));
    const isOwn = (index: number) => this.backlog.wasHandedOn(index);
    this.deferred = new JournalDeferred(journal.journal, channel, isOwn, context, (index) => {
      const due = owner.comingBack;
      if (due.isDead(channel.state.attempts(index))) {
        return this.#dueDead(index, due, context.clock.unixMs);
      }
      this.backlog.pushDue(index, context.clock.unixMs);
      due.dueQueued();
    });
  }

  #dueDead(index: number, due: DueMessages, unixMs: number): void {
    try {
      const held = this.backlog.readBack(index);
      if (held !== null) due.dueDead(held);
    } catch (error) { // it is delivered once more, and dead when it comes back then
      if (!(error instanceof DiskQueueError)) throw error;
      this.backlog.pushDue(index, unixMs);
      due.dueQueued();
    }
  }

  get deferredCount(): number {
    return this.deferred.count - this.backlog.waitingDeferred;
  }

  get paused(): boolean {
    return this.#channel.state.paused;
  }

  setPaused(paused: boolean): void {
    this.#journal.pauseChannel(this.#channel, paused);
  }

  takeWaiting(to: number, count: number): boolean {
    this.backlog.takeWaiting(to, count);
    this.deferred.watch();
    return true;
  }

  putBack(bytes: Uint8Array, end: number, count: number, sinceMs: number): void {
    const { journal } = this.#journal, first = journal.endIndex;
    if (journal.state.waitingFrom !== NOTHING_WAITS) {
      throw new Error(`messages wait at the topic ${this.#journal.name}: unpause it first`);
    }
    this.#journal.append(bytes, 0, end, count);
    for (const other of journal.channels.values()) {
      if (other !== this.#channel) other.finishRange(first, first + count);
    }
    this.backlog.takeWaiting(first + count, count);
    if (sinceMs > 0) this.backlog.putBackSince(first, first + count, sinceMs);
    this.#log.leaveOut(count);
  }

  waitingDropped(): void {
    this.backlog.waitingDropped();
  }

  cancelDeferred({ index }: KeyEntry): boolean {
    // One that waits at the topic is cancelled there.
    if (index >= this.#journal.handedOnEnd) return false;
    if (this.#channel.state.exceptions.dueMs(index) === 0) return false;
    this.#channel.finish(index);
    return true;
  }

  unfinishedBefore(index: number): number {
    return this.#channel.state.depth(Math.min(index, this.#journal.handedOnEnd));
  }

  moveTo(index: number): void {
    this.backlog.moveTo(index);
  }

  /** All of it stands in the journal, also what was in flight. */
  close(inFlight: HeldMessage[]): null {
    for (const held of inFlight) held.gone();
    this.backlog.clearMemory();
    return null;
  }

  delete(): void {
    this.backlog.delete();
  }
}
