import type { Journal } from "../../journal/journal.ts";
import type { JournalChannel } from "../../journal/journal_channel.ts";
import { NOTHING_WAITS } from "../../journal/topic_state.ts";
import type { Backlog } from "../backlog.ts";
import type { Channel } from "../channel.ts";
import type { ChannelStore } from "../channel_store.ts";
import type { BrokerContext } from "../context.ts";
import type { Cursor } from "../cursor.ts";
import type { HeldMessage, MessageKey } from "../held_message.ts";
import { appendBlock } from "./conversion.ts";
import { JournalBacklog } from "./journal_backlog.ts";
import { LeftQueues } from "./left_queues.ts";
import type { TopicJournal } from "./topic_journal.ts";
import type { QueuedChannel } from "../queued_channel.ts";
import type { Waiting } from "../waiting.ts";

/** A channel on its way, and what it has in memory. */
interface MovingChannel {
  channel: Channel;
  queued: QueuedChannel;
  /** Null if it is ephemeral: then it stays in memory. */
  journaled: JournalChannel | null;
  waiting: HeldMessage[];
  deferred: HeldMessage[];
  inFlight: HeldMessage[];
}

/** A topic on its way. */
interface MovingTopic {
  readonly name: string;
  readonly paused: boolean;
  readonly channels: ReadonlyMap<string, Channel>;
}

/**
 * A topic becomes durable while it is in use: all that it and its channels have goes into its journal, in one turn of the event loop. What is on disk
 * stays there until the journal is safe: a process that is killed before finds it, some of it perhaps twice.
 */
export class MovingIn {
  /** The topic's journal. */
  readonly journal: TopicJournal;
  readonly #journal: Journal;
  readonly #context: BrokerContext;
  readonly #waiting: Waiting;
  readonly #channels: MovingChannel[] = [];
  /** Where messages stand that are deferred. */
  readonly #deferred = new Map<MessageKey, number>();

  /**
   * Puts all into a journal.
   * @param waiting what the topic could not hand on
   * @throws what opening a journal and reading disk queues throws; all is as it was then
   */
  constructor({ name, paused, channels }: MovingTopic, waiting: Waiting, context: BrokerContext) {
    this.#context = context;
    this.#waiting = waiting;
    const own = this.journal = context.openJournal(name)!;
    this.#journal = own.journal;
    try {
      context.clock.update();
      own.make();
      own.pause(paused);
      for (const channel of channels.values()) this.#add(channel);
      this.#fill();
    } catch (error) {
      own.delete();
      context.forgetJournal(own);
      throw error;
    }
  }

  #fill(): void {
    const journal = this.#journal, waiting = this.#waiting;
    journal.setWaitingFrom(NOTHING_WAITS);
    const blocks = this.#readDisks(waiting.backlog);
    this.#appendMemory();
    journal.setWaitingFrom(journal.endIndex);
    for (const block of blocks) this.#append(null, block);
    for (const held of waiting.backlog.takeMemory()) this.#place(held);
    for (const held of waiting.takeDeferred()) this.#placeLate(held, this.#unixMs(held.dueMs));
  }

  /** The disk queues go when the journal is safe. */
  leftQueues(): LeftQueues {
    const ofTopic = () => {
      this.#waiting.delete();
      this.#context.forgetDisk(this.journal.name);
    };
    const ofChannels = this.#channels.map(({ queued }) => () => queued.delete());
    return new LeftQueues(this.journal, [...ofChannels, ofTopic], this.#context);
  }

  /** Where the message of this id stands, if it is deferred. */
  indexOf(id: MessageKey): number | undefined {
    return this.#deferred.get(id);
  }

  /** The topic has its journal: the channels go on from there. */
  finish(): void {
    for (const moving of this.#channels) {
      const { channel, journaled, inFlight } = moving, store = channel.reopen();
      if (journaled === null) keepInMemory(store, moving);
      else {
        for (const { index, attempts } of inFlight) journaled.except(index, attempts, 0);
        keepAges(store, moving);
        for (const held of [...moving.waiting, ...moving.deferred]) held.gone();
      }
      channel.wake();
    }
  }

  #add(channel: Channel): void {
    const { name, ephemeral, paused } = channel;
    const journaled = ephemeral ? null : this.journal.channel(name, 0);
    if (paused) journaled?.pause(true);
    const queued = channel.store as QueuedChannel,
      inMemory = { waiting: [], deferred: [], inFlight: [] };
    this.#channels.push({ channel, queued, journaled, ...inMemory });
  }

  /** Appends what the channels have on disk. @returns what the topic has there */
  #readDisks(ofTopic: Backlog): Cursor[] {
    const blocks: Cursor[] = [];
    try {
      for (const { journaled, queued } of this.#channels) {
        if (journaled === null) continue;
        for (const block of queued.backlog.takeBlocks()) this.#append(journaled, block);
      }
      for (const block of ofTopic.takeBlocks()) blocks.push(block);
      return blocks;
    } catch (error) {
      for (const { slab, position } of blocks) slab.release(slab.count - position);
      for (const { queued } of this.#channels) queued.backlog.leaveBlocks();
      ofTopic.leaveBlocks();
      throw error;
    }
  }

  #append(channel: JournalChannel | null, { slab, offset, position }: Cursor): void {
    appendBlock(this.#journal, channel, slab, offset, position);
    slab.release(slab.count - position);
  }

  #appendMemory(): void {
    for (const moving of this.#channels) {
      const { channel, journaled, queued: { backlog, deferred } } = moving;
      moving.inFlight = channel.inFlightOutOfLog();
      moving.waiting = [...backlog.takeMemory()];
      moving.deferred = deferred.takeAll();
      if (journaled !== null) this.#placeOwn(moving, journaled);
    }
    this.#placeDeferred();
  }

  /** What is the channel's alone: what was in flight first, as at a stop. */
  #placeOwn({ inFlight, waiting }: MovingChannel, channel: JournalChannel): void {
    const journal = this.#journal, first = journal.endIndex, { unixMs } = this.#context.clock;
    for (const held of inFlight) {
      this.#place(held);
      // Queued it is not: see finish().
      channel.except(held.index, held.attempts, unixMs);
    }
    for (const held of waiting) {
      this.#place(held);
      if (held.attempts > 0) channel.except(held.index, held.attempts, 0);
    }
    for (const other of journal.channels.values()) {
      if (other !== channel) other.finishRange(first, journal.endIndex);
    }
  }

  /** What several channels have deferred stands there once: it may be cancelled for all of them. */
  #placeDeferred(): void {
    const journal = this.#journal, first = journal.endIndex, { nodeId } = this.#context;
    const owned = new Map<JournalChannel, Set<number>>();
    for (const { journaled, deferred } of this.#channels) {
      if (journaled === null) continue;
      const own = new Set<number>();
      for (const held of deferred) {
        const known = this.#deferred.get(held.key(nodeId));
        if (known === undefined || own.has(known)) this.#placeLate(held);
        else held.index = known;
        own.add(held.index);
        journaled.except(held.index, held.attempts, this.#unixMs(held.dueMs));
      }
      owned.set(journaled, own);
    }
    for (const [channel, own] of owned) {
      for (let index = first; index < journal.endIndex; index++) {
        if (!own.has(index)) channel.finish(index);
      }
    }
  }

  #placeLate(held: HeldMessage, dueUnixMs = 0): void {
    this.#place(held, dueUnixMs);
    this.#deferred.set(held.key(this.#context.nodeId), held.index);
  }

  #place(held: HeldMessage, dueUnixMs = 0): void {
    const journal = this.#journal, { bytes, start, end } = held;
    held.index = journal.endIndex;
    journal.append(bytes, start, end, 1, dueUnixMs);
  }

  #unixMs(ms: number): number {
    const { nowMs, unixMs } = this.#context.clock;
    return ms - nowMs + unixMs;
  }
}

function keepInMemory({ backlog, deferred }: ChannelStore, moving: MovingChannel): void {
  for (const held of moving.waiting) backlog.pushAgain(held);
  for (const held of moving.deferred) deferred.add(held, held.dueMs);
}

/** The age of some counts from when they were due. */
function keepAges({ backlog }: ChannelStore, { waiting }: MovingChannel): void {
  if (!(backlog instanceof JournalBacklog)) return;
  for (const { index, dueSinceMs } of waiting) {
    if (dueSinceMs > 0) backlog.putBackSince(index, index + 1, dueSinceMs);
  }
}
