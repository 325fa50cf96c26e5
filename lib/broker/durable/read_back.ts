import { DiskQueueError } from "../../diskqueue/errors.ts";
import type { JournalChannel } from "../../journal/journal_channel.ts";
import { RECORD_OVERHEAD_BYTES } from "../../wire/record.ts";
import type { BacklogContext } from "../backlog.ts";
import { Cursor } from "../cursor.ts";
import { HeldMessage } from "../held_message.ts";
import { JournalBlocks } from "./journal_blocks.ts";
import type { Log } from "../log.ts";
import type { TopicJournal } from "./topic_journal.ts";

/** So many messages, of about so many bytes, are read to know their bytes, where a policy asks for them. */
const MAX_MEASURED = 1000;
const MAX_MEASURED_BYTES = 4 * 1024 * 1024;

/**
 * What of a channel's backlog is not in memory and is to be read back from the journal: the messages from {@link #next} up to {@link #end} that
 * are neither finished nor an exception, behind what is left of the block that was read last.
 */
export class ReadBack {
  readonly #log: Log;
  readonly #journal: TopicJournal;
  readonly #channel: JournalChannel;
  readonly #onLost: (count: number) => void;
  readonly #context: BacklogContext;
  readonly #blocks: JournalBlocks;
  /** Next in the block that was read back. */
  #block: Cursor | null = null;
  /** Index of the message that is read back next. */
  #next = 0;
  /** Messages up to here are to be read back. */
  #end = 0;
  #depth = 0;
  #bytes = 0;
  /** Whether that is about, as it is of what was never read. */
  #isAbout = false;

  /**
   * Begins with nothing to read: see {@link restart}.
   * @param onLost told how many messages are gone because they could not be read
   */
  constructor(
    log: Log,
    journal: TopicJournal,
    channel: JournalChannel,
    context: BacklogContext,
    onLost: (count: number) => void,
  ) {
    this.#log = log;
    this.#journal = journal;
    this.#channel = channel;
    this.#onLost = onLost;
    this.#context = context;
    this.#blocks = new JournalBlocks(channel, context);
  }

  /** How many messages are to be read back, with those in the block. */
  get depth(): number {
    return this.#depth;
  }

  /** Bytes of their records; where those are many that were never read, about. */
  get bytes(): number {
    if (this.#depth === 0) return 0;
    const isLittle = this.#depth <= MAX_MEASURED && this.#bytes <= MAX_MEASURED_BYTES;
    if (this.#isAbout && isLittle) {
      this.#isAbout = false;
      this.#bytes = this.#measure();
    }
    return this.#bytes;
  }

  /** Bytes of the records, those in the block and those that are read for this. What cannot be read counts nothing: it is lost. */
  #measure(): number {
    const block = this.#block, blocks = new JournalBlocks(this.#channel, this.#context);
    let bytes = block === null ? 0 : block.slab.end - block.offset;
    try {
      for (let next = this.#next; next < this.#end; next = blocks.next) {
        const slab = this.#reading(() => blocks.read(next, this.#end));
        bytes += slab?.end ?? 0;
        slab?.release(slab.count);
      }
      return bytes;
    } catch (error) {
      if (!(error instanceof DiskQueueError)) throw error;
      return this.#bytes; // whoever delivers them says so
    }
  }

  /** Index of the next of them; null without one. Reads nothing, so it may be one that does not wait. */
  get nextIndex(): number | null {
    if (this.#depth <= 0) return null;
    const block = this.#block;
    if (block === null || block.position === block.slab.count) return this.#next;
    return block.slab.indexAt(block.position);
  }

  /** Of a record that is not in memory: what they have on average, by the last ones or else by all there are. */
  get usualBytes(): number {
    const log = this.#log;
    if (log.endIndex > 0) return Math.round(log.bytes / log.endIndex);
    const { segments, endIndex } = this.#journal.journal;
    const count = endIndex - (segments.list[0]?.firstIndex ?? endIndex);
    return count === 0 ? 0 : Math.max(RECORD_OVERHEAD_BYTES, Math.round(segments.bytes / count));
  }

  /** To be read back are `count` messages in `[from, end)`, and no others. There must be no block. */
  restart(from: number, end: number, count: number): void {
    this.#next = from;
    this.#end = end;
    this.#depth = count;
    this.#bytes = count * this.usualBytes;
    this.#isAbout = true;
  }

  /** To be read back are also `count` messages in `[from, end)`, behind the others. */
  append(from: number, end: number, count: number): void {
    if (this.#depth === 0) this.#next = from;
    this.#end = end;
    this.#depth += count;
    this.#bytes += count * this.usualBytes;
    this.#isAbout = true;
  }

  /** Passes over the next `count` records of the log, from `cursor` on: they are read back when it is their turn. */
  forget(cursor: Cursor, count: number): void {
    if (count > 0 && this.#depth === 0) {
      cursor.findNext();
      this.#next = cursor.slab.indexAt(cursor.position);
      this.#bytes = 0;
      this.#isAbout = false;
    }
    this.#depth += count;
    while (count > 0) {
      cursor.findNext();
      const here = Math.min(count, cursor.slab.count - cursor.position);
      this.#end = cursor.slab.indexAt(cursor.position + here - 1) + 1;
      const from = cursor.offset;
      cursor.pass(here);
      this.#bytes += cursor.offset - from;
      count -= here;
    }
  }

  /** The block with the next message, read back if need be; null if there is nothing to read back. @throws DiskQueueError */
  nextBlock(): Cursor | null {
    const block = this.#block;
    if (block !== null && block.position < block.slab.count) return block;
    this.#block = null;
    while (this.#depth > 0 && this.#next < this.#end) {
      const slab = this.#reading(() => this.#blocks.read(this.#next, this.#end));
      this.#next = this.#blocks.next;
      if (slab !== null) return this.#block = new Cursor(slab, 0, 0);
    }
    if (this.#depth > 0) this.#onLost(this.#depth);
    this.#depth = 0;
    return null;
  }

  /** The block's cursor has passed over `count` records of `bytes` bytes together. */
  passed(count: number, bytes: number): void {
    this.#depth -= count;
    this.#bytes -= bytes;
  }

  /** Gives up what is left of the block. */
  dropBlock(): void {
    if (this.#block === null) return;
    const { slab, position } = this.#block;
    this.#block = null;
    slab.release(slab.count - position);
  }

  /** A message that only the journal has; null if it cannot be read. @throws DiskQueueError */
  readOne(index: number): HeldMessage | null {
    const record = this.#reading(() => this.#blocks.readOne(index));
    return record && new HeldMessage(record, this.#channel.state.attempts(index), index);
  }

  /** As {@link readOne}, but a message that cannot be read is lost then. @throws DiskQueueError */
  readOrLose(index: number): HeldMessage | null {
    const held = this.readOne(index);
    if (held !== null) return held;
    this.#channel.finish(index);
    this.#onLost(1);
    return null;
  }

  /** @throws DiskQueueError in place of what `read` throws */
  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new DiskQueueError("read", `journal of ${this.#journal.name}`, error);
    }
  }
}
