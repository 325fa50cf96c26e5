import { DEAD_NOTE_BYTES } from "../../journal/dead_journal.ts";
import type { JournalChannel } from "../../journal/journal_channel.ts";
import { messageIdString } from "../../wire/message_id.ts";
import { ID_OFFSET, recordEnd } from "../../wire/record.ts";
import type { TopicJournal } from "../durable/topic_journal.ts";
import type { HeldMessage } from "../held_message.ts";
import { type DeadMessage, type DeadNote, putDead, readDead, revive } from "./dead_record.ts";

/** The journal of dead messages has one reader, of this name. */
const READER = "dead";

/** Read at once; more when a message is larger. */
const BLOCK_BYTES = 256 * 1024;

/** What is read or written at the moment: one for all stores, as nobody holds on to it. */
let block = new Uint8Array(0);
let view = new DataView(block.buffer);

/** Neighbours among the dead as they were before: frames one behind the other. */
export interface Revived {
  bytes: Uint8Array;
  end: number;
  count: number;
}

/** The dead messages of one channel, oldest first, in a journal of their own: that costs memory for those alone that are looked at. */
export class DeadStore {
  readonly #journal: TopicJournal;
  readonly #channel: JournalChannel;

  constructor(journal: TopicJournal) {
    this.#journal = journal;
    this.#channel = journal.channel(READER, 0);
  }

  get count(): number {
    return this.#channel.depth;
  }

  /** Adds a message: it is safe with the commit that this requires of the barrier. @throws the error of the last commit while writing fails */
  add({ bytes, start, end }: HeldMessage, note: DeadNote): void {
    reserve(end - start + DEAD_NOTE_BYTES);
    const noteEnd = putDead(block, bytes.subarray(start, end), note);
    this.#journal.append(block, 0, noteEnd, 1);
  }

  /** Of the oldest ones, `count` behind the first `offset`. @throws what reading a file throws */
  list(offset: number, count: number): DeadMessage[] {
    const messages: DeadMessage[] = [];
    for (let index = this.#indexOf(offset); messages.length < count;) {
      const read = this.#read(index, count - messages.length);
      if (read === 0) break;
      for (let i = 0, at = 0; i < read; i++) {
        messages.push(readDead(block, view, at));
        at = recordEnd(view, at);
      }
      index = this.#channel.reader.first + read;
    }
    return messages;
  }

  /** Index of the oldest one. */
  get firstIndex(): number {
    return this.#channel.state.finished.floor;
  }

  /** Behind the newest one. */
  get endIndex(): number {
    return this.#journal.journal.endIndex;
  }

  /** Looks for the message with this id among a few from `index` on. @returns its index, or where to go on if it is not there */
  find(id: string, index: number): { found: number | null; next: number } {
    const read = this.#read(index, Infinity), { first } = this.#channel.reader;
    for (let i = 0, at = 0; i < read; i++) {
      if (messageIdString(block, at + ID_OFFSET) === id) return { found: first + i, next: 0 };
      at = recordEnd(view, at);
    }
    return { found: null, next: read === 0 ? this.endIndex : first + read };
  }

  /** Some of the messages from `index` on, at most `max`, as they were before: until the next call of any method. Null if there are none. @throws what reading a file throws */
  revived(index: number, max: number): Revived & { first: number } | null {
    const count = this.#read(index, max);
    if (count === 0) return null;
    const { first, bytes } = this.#channel.reader;
    return { bytes: block, end: revive(block, view, bytes), count, first };
  }

  /** The messages `[first, first + count)` are not dead any more. */
  remove(first: number, count: number): void {
    for (let index = first; index < first + count; index++) this.#channel.finish(index);
  }

  /** Whoever did something is answered when it is on the disk. */
  requireCommit(): void {
    this.#journal.requireCommit();
  }

  empty(): void {
    this.#channel.moveTo(this.endIndex);
    this.#journal.requireCommit();
  }

  /** Nothing happens any more. What was added is written with the last commit. */
  end(): void {
    this.#journal.journal.end();
  }

  /** Removes the files. @throws what removing throws */
  delete(): TopicJournal {
    this.#journal.delete();
    return this.#journal;
  }

  /** Index of the one that `offset` older ones stand before. */
  #indexOf(offset: number): number {
    const { finished } = this.#channel.state, end = this.endIndex;
    let index = finished.nextMissing(finished.floor, end);
    while (index < end) {
      const runEnd = finished.nextPresent(index, end);
      if (offset < runEnd - index) return index + offset;
      offset -= runEnd - index;
      index = finished.nextMissing(runEnd, end);
    }
    return end;
  }

  /** Reads neighbours from `index` on into the block. @returns how many; 0 if there are no more */
  #read(index: number, max: number): number {
    const { reader } = this.#channel, end = this.endIndex;
    if (index >= end) return 0;
    reserve(BLOCK_BYTES);
    this.#channel.read(index, Math.min(end, index + max), block);
    if (reader.neededBytes > 0) {
      reserve(reader.neededBytes);
      this.#channel.read(reader.first, Math.min(end, index + max), block);
    }
    return reader.count;
  }
}

function reserve(bytes: number): void {
  if (bytes <= block.length) return;
  block = new Uint8Array(bytes);
  view = new DataView(block.buffer);
}
