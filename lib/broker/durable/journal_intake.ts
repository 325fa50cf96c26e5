import type { KeyEntry } from "../../journal/key_table.ts";
import { NOTHING_WAITS } from "../../journal/topic_state.ts";
import { recordEnd } from "../../wire/record.ts";
import type { Channel } from "../channel.ts";
import type { Clock } from "../clock.ts";
import { Cursor } from "../cursor.ts";
import { Fanout } from "../fanout.ts";
import { HeldMessage } from "../held_message.ts";
import type { Log } from "../log.ts";
import type { Collector, Walk } from "../peek/collector.ts";
import { walkJournal, walkJournalDeferred } from "../peek/journal_walk.ts";
import type { TopicJournal } from "./topic_journal.ts";
import type { TopicWaiting } from "../waiting.ts";

/** Messages handed on to channels that live in memory are read back in pieces of so many bytes. */
const READ_BYTES = 256 * 1024;

/** Writes what is added to a log into the journal. */
class LogRecorder {
  /** Up to where it is written. */
  readonly #cursor: Cursor;

  constructor(private readonly log: Log, private readonly journal: TopicJournal) {
    this.#cursor = Cursor.atEndOf(log);
  }

  /** Writes what was added since the last call. @param release whether the references to it are given back */
  record(release: boolean): void {
    const cursor = this.#cursor;
    while (cursor.index < this.log.endIndex) {
      cursor.findNext();
      const { slab, position } = cursor, count = slab.count - position;
      this.journal.append(slab.bytes, cursor.offset, slab.end, count);
      cursor.offset = slab.end;
      cursor.position = slab.count;
      if (release) slab.release(count);
    }
  }
}

/** The fanout of a durable topic: what is added goes into the journal, too. */
export class JournalFanout extends Fanout {
  readonly #journal: TopicJournal;
  readonly #recorder: LogRecorder;
  readonly #clock: Clock;

  constructor(log: Log, journal: TopicJournal, clock: Clock) {
    super(log);
    this.#journal = journal;
    this.#recorder = new LogRecorder(log, journal);
    this.#clock = clock;
  }

  override makeRoom(count: number, bytes: number): void {
    this.#journal.checkWritable();
    super.makeRoom(count, bytes);
  }

  override shedExcess(): void {
    this.#recorder.record(false);
    super.shedExcess();
  }

  override defer(held: HeldMessage, dueMs: number): void {
    deferInJournal(this.#journal, this.#clock, held, dueMs);
    this.log.leaveOut(1);
    super.defer(held, dueMs);
  }

  /** The next `count` messages, which waited, are dropped. */
  dropWaiting(count: number): void {
    for (const channel of this.channels) channel.intake.waitingDropped();
    this.log.leaveOut(count);
  }

  /** Hands on the messages `[from, to)`, which stand in the journal. @param deferred how many of them are @param gone how many are not there */
  handOn(from: number, to: number, deferred: number, gone: number): void {
    if (from === to) return;
    const count = to - from - deferred - gone;
    for (const channel of this.channels) channel.intake.takeWaiting(to, count, deferred);
    this.log.leaveOut(to - from);
    const inMemory = this.channels.filter((channel) => channel.ephemeral);
    if (inMemory.length > 0) this.#copyTo(inMemory, from, to);
    this.wake();
  }

  /** Gives channels that live in memory what they can hold, or deliver at once, and all that is deferred. */
  #copyTo(channels: readonly Channel[], from: number, to: number): void {
    const { unixMs, nowMs } = this.#clock;
    const { waitingDeferred, cancelled } = this.#journal.journal.state;
    for (const { index, record } of readWaiting(this.#journal, from, to)) {
      if (waitingDeferred.has(index)) continue;
      let anyTook = false;
      for (const channel of channels) {
        if (channel.intake.putWaiting(new HeldMessage(record, 0, index))) anyTook = true;
      }
      if (!anyTook) break;
    }
    const deferred: number[] = [];
    waitingDeferred.forEach((index) => {
      if (!cancelled.has(index)) deferred.push(index);
    });
    for (const each of deferred.sort((a, b) => a - b)) {
      for (const { index, record } of readWaiting(this.#journal, each, each + 1)) {
        const dueMs = waitingDeferred.dueMs(index) - unixMs + nowMs;
        for (const channel of channels) {
          channel.intake.putDeferred(new HeldMessage(record, 0, index), dueMs);
        }
      }
    }
  }
}

/** What waits at a durable topic until it can be handed on: it stands in the journal, and nowhere else. */
export class JournalWaiting implements TopicWaiting {
  readonly log: Log;
  readonly references = 1;
  readonly memoryDepth = 0;
  readonly diskBytes = 0;
  readonly #journal: TopicJournal;
  readonly #recorder: LogRecorder;
  readonly #clock: Clock;
  readonly #fanout: JournalFanout;

  /** @param log its own, with the ids of the topic's: what is published passes through it on its way to the journal */
  constructor(log: Log, journal: TopicJournal, clock: Clock, fanout: JournalFanout) {
    this.log = log;
    this.#journal = journal;
    this.#recorder = new LogRecorder(log, journal);
    this.#clock = clock;
    this.#fanout = fanout;
  }

  // Not only when there is a message: a power cut may take the event and leave the messages of the same commit.
  begin(): void {
    const { journal } = this.#journal;
    if (journal.state.waitingFrom === NOTHING_WAITS) journal.setWaitingFrom(journal.endIndex);
  }

  get diskDepth(): number {
    const { endIndex, state: { cancelled, waitingGone } } = this.#journal.journal;
    return endIndex - this.#journal.handedOnEnd - cancelled.size - waitingGone.size;
  }

  get deferredDepth(): number {
    const { waitingDeferred, cancelled } = this.#journal.journal.state;
    return waitingDeferred.size - cancelled.size;
  }

  peek(offset: number, into: Collector): Walk {
    const { journal, handedOnEnd: from } = this.#journal;
    const { endIndex: end, state: { waitingDeferred: exceptions } } = journal;
    const attempts = () => 0;
    return walkJournal(
      { journal, from, end, finished: null, exceptions, attempts, again: null },
      offset,
      into,
    );
  }

  peekDeferred(offset: number, into: Collector): Walk {
    const { journal } = this.#journal;
    const { waitingDeferred, cancelled } = journal.state;
    const isThere = (index: number) => !cancelled.has(index);
    return walkJournalDeferred(journal, waitingDeferred, isThere, offset, into);
  }

  makeRoom(): void {
    this.#journal.checkWritable();
    this.begin();
  }

  append(src: Uint8Array, start: number, end: number): void {
    this.log.append(src, start, end, 1);
  }

  appendAll(src: Uint8Array, spans: ArrayLike<number>, count: number): void {
    this.log.appendAll(src, spans, count, 1);
  }

  shedExcess(): void {
    this.#recorder.record(true);
  }

  hasPassed(): boolean {
    return true;
  }

  defer(held: HeldMessage, dueMs: number): void {
    this.#journal.checkWritable();
    this.begin();
    deferInJournal(this.#journal, this.#clock, held, dueMs);
  }

  wake(): void {
    // Nobody takes from here.
  }

  handOnBlock(): boolean {
    return false;
  }

  handOnMemory(): void {
    const { journal } = this.#journal, { state } = journal;
    const from = this.#journal.handedOnEnd, to = journal.endIndex;
    this.#clock.update();
    this.#fanout.handOn(from, to, state.waitingDeferred.size, state.waitingGone.size);
    journal.setWaitingFrom(NOTHING_WAITS);
  }

  empty(): void {
    const { journal } = this.#journal;
    const from = this.#journal.handedOnEnd, to = journal.endIndex;
    if (from === to) return;
    for (const channel of journal.channels.values()) channel.finishRange(from, to);
    this.#fanout.dropWaiting(to - from);
    journal.setWaitingFrom(NOTHING_WAITS);
    journal.setWaitingFrom(to);
    this.#journal.requireCommit();
  }

  cancelDeferred({ index }: KeyEntry): boolean {
    const { state } = this.#journal.journal;
    if (state.waitingDeferred.dueMs(index) === 0 || state.cancelled.has(index)) return false;
    this.#journal.cancelWaiting(index);
    return true;
  }

  delete(): void {
    this.#journal.delete();
  }

  close(): null {
    return null;
  }
}

/** @param dueMs as of Clock.nowMs */
function deferInJournal(
  journal: TopicJournal,
  clock: Clock,
  { bytes, start, end }: HeldMessage,
  dueMs: number,
): void {
  journal.append(bytes, start, end, 1, dueMs - clock.nowMs + clock.unixMs);
}

/** The messages `[from, to)`, as far as they can be read. */
function* readWaiting(
  { journal }: TopicJournal,
  from: number,
  to: number,
): Iterable<{ index: number; record: Uint8Array }> {
  const reader = journal.newReader();
  let buffer = new Uint8Array(READ_BYTES);
  try {
    for (let next = from; next < to;) {
      reader.read(next, to, buffer);
      if (reader.neededBytes > 0) {
        buffer = new Uint8Array(reader.neededBytes);
        continue;
      }
      const view = new DataView(buffer.buffer);
      for (let i = 0, at = 0; i < reader.count; i++) {
        const end = recordEnd(view, at);
        yield { index: reader.first + i, record: buffer.slice(at, end) };
        at = end;
      }
      next = Math.max(next + 1, reader.first + reader.count);
    }
  } finally {
    reader.close();
  }
}
