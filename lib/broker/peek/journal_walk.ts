import type { Exceptions } from "../../journal/exceptions.ts";
import type { FinishedSet } from "../../journal/finished_set.ts";
import type { Journal } from "../../journal/journal.ts";
import type { JournalReader } from "../../journal/reader.ts";
import { messageIdString } from "../../wire/message_id.ts";
import { ID_OFFSET, recordEnd } from "../../wire/record.ts";
import type { AgainQueue } from "../durable/again_queue.ts";
import type { Collector, PeekedState, Walk } from "./collector.ts";
import { EarliestFirst } from "./earliest_first.ts";

/** How much is read in one step. */
const PIECE_BYTES = 64 * 1024;

/** So many messages are counted one by one before others are heard. */
const COUNTED_AT_ONCE = 1000;

/** The part of a journal that somebody looks at. Of messages: their indexes in the topic. */
export interface JournalView {
  journal: Journal;
  /** The next message, and where they end. */
  from: number;
  end: number;
  /** Those that are done with; null if none is. */
  finished: FinishedSet | null;
  /** Those that do not wait in their place. */
  exceptions: Exceptions;
  attempts(index: number): number;
  /** Those that stand behind their place; null if there is no such. */
  again: AgainQueue | null;
}

/** Looks at what waits in a durable topic or in a channel of it: see JournalBacklog. */
export function* walkJournal(view: JournalView, offset: number, into: Collector): Walk {
  const records = new Records(view.journal);
  const { finished, exceptions, again } = view;
  let index = view.from, at = again?.first ?? 0;
  const stateOf = (each: number) => ({ attempts: view.attempts(each) });
  try {
    for (let counted = 0; !into.full; counted++) {
      if (counted % COUNTED_AT_ONCE === 0) yield;
      const dueIndex = again?.dueIndexAt(at) ?? Infinity;
      if (dueIndex <= index) {
        if (offset > 0) offset--;
        else {
          const which = again!.indexAt(at);
          yield* records.collect(which, which + 1, into, stateOf);
        }
        at++;
        continue;
      }
      const stop = Math.min(dueIndex, view.end);
      index = finished?.nextMissing(index, stop) ?? index;
      if (index >= view.end && dueIndex > index) return;
      if (index >= stop) continue;
      if (exceptions.size > 0 && exceptions.has(index)) {
        index++;
        continue;
      }
      const end = exceptions.size > 0 ? index + 1 : finished?.nextPresent(index, stop) ?? stop;
      const skipped = Math.min(offset, end - index);
      offset -= skipped;
      index += skipped;
      if (index < end) {
        index = yield* records.collect(index, end, into, stateOf);
        yield;
      }
    }
  } finally {
    records.close();
  }
}

/** Looks at the deferred ones among `exceptions`, the earliest first. @param isWanted whether one belongs to those that are looked at */
export function* walkJournalDeferred(
  journal: Journal,
  exceptions: Exceptions,
  isWanted: (index: number) => boolean,
  offset: number,
  into: Collector,
): Walk {
  const records = new Records(journal);
  const { indexes, dueMs, arity } = exceptions.deferredHeap();
  const order = new EarliestFirst(dueMs.length, arity, (at) => dueMs[at]!);
  try {
    let counted = 0;
    for (let at; !into.full && (at = order.next()) >= 0; counted++) {
      if (counted % COUNTED_AT_ONCE === 0) yield;
      const index = indexes(at);
      if (!isWanted(index) || exceptions.dueMs(index) === 0 || offset-- > 0) continue;
      yield* records.collect(index, index + 1, into, (each) => ({
        attempts: Math.max(0, exceptions.attempts(each)),
        dueUnixMs: dueMs[at]!,
      }));
      yield;
    }
  } finally {
    records.close();
  }
}

/** Where one record is read whose body nobody looks at. */
let one = new Uint8Array(1024);

/** The 16 characters of the id of message `index`; "" if it cannot be read. @throws what reading a file throws */
export function readId(reader: JournalReader, index: number): string {
  reader.read(index, index + 1, one);
  if (reader.neededBytes > 0) {
    one = new Uint8Array(reader.neededBytes);
    reader.read(index, index + 1, one);
  }
  return reader.count === 1 && reader.first === index ? messageIdString(one, ID_OFFSET) : "";
}

/** Records of a journal, read for somebody who looks. */
class Records {
  readonly #journal: Journal;
  readonly #reader: JournalReader;
  #buffer = new Uint8Array(PIECE_BYTES);

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#reader = journal.newReader();
  }

  /** Collects the records from `index` on, below `end`, as many as are read in one step. @returns the index behind them */
  *collect(
    index: number,
    end: number,
    into: Collector,
    stateOf: (index: number) => PeekedState,
  ): Generator<void, number, void> {
    const reader = this.#reader;
    if (index < this.#journal.writtenEnd) yield* this.#journal.segments.indexing(index);
    reader.read(index, end, this.#buffer);
    if (reader.neededBytes > 0) {
      this.#buffer = new Uint8Array(reader.neededBytes);
      reader.read(reader.first, end, this.#buffer);
    }
    const view = new DataView(this.#buffer.buffer);
    for (let i = 0, at = 0; i < reader.count && !into.full; i++) {
      const recordAt = at;
      at = recordEnd(view, at);
      into.add(this.#buffer, recordAt, at, stateOf(reader.first + i));
    }
    return reader.count === 0 ? end : reader.first + reader.count;
  }

  close(): void {
    this.#reader.close();
  }
}
