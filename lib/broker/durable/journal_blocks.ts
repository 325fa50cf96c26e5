import type { JournalChannel } from "../../journal/journal_channel.ts";
import { FOREIGN_ID, readMessageId } from "../../wire/message_id.ts";
import { ID_OFFSET, recordEnd, setAttemptsBefore } from "../../wire/record.ts";
import type { BacklogContext } from "../backlog.ts";
import { type Slab, SLAB_SIZES } from "../slab.ts";

/** Slabs for blocks read back go up to this size class. */
const MAX_BLOCK_SIZE_CLASS = SLAB_SIZES.length - 2;

/** Reads back from the journal what a channel has not delivered yet, into slabs. */
export class JournalBlocks {
  /** Where the next {@link read} goes on. */
  next = 0;
  readonly #channel: JournalChannel;
  readonly #context: Pick<BacklogContext, "pool" | "nodeId">;
  #sizeClass = 0;

  constructor(channel: JournalChannel, context: Pick<BacklogContext, "pool" | "nodeId">) {
    this.#channel = channel;
    this.#context = context;
  }

  /**
   * The next messages in `[from, end)` that are neither finished nor an exception, as a sealed slab with one reference to each; null if there are
   * none up to {@link next}.
   * @param withExceptions whether exceptions count as others
   * @throws what reading a file throws
   */
  read(from: number, end: number, withExceptions = false): Slab | null {
    const { pool } = this.#context, channel = this.#channel, { reader } = channel;
    let slab = pool.take(this.#sizeClass, 0);
    try {
      channel.read(from, end, slab.bytes);
      if (reader.neededBytes > 0) { // one message larger than the slab
        slab.seal();
        slab = pool.take(this.#sizeClass, reader.neededBytes);
        channel.read(reader.first, end, slab.bytes);
      }
    } catch (error) {
      slab.seal();
      throw error;
    }
    this.next = reader.count === 0 ? end : reader.first + reader.count;
    // Blocks grow while a backlog is read, and begin small for the odd message.
    const full = reader.bytes > slab.bytes.length >> 1;
    this.#sizeClass = full ? Math.min(this.#sizeClass + 1, MAX_BLOCK_SIZE_CLASS) : 0;
    this.#fill(slab, withExceptions);
    slab.seal();
    return slab.count > 0 ? slab : null;
  }

  /** The record of one message on its own; null if it cannot be read. @throws what reading a file throws */
  readOne(index: number): Uint8Array | null {
    const { reader } = this.#channel;
    for (let record = new Uint8Array(1024);;) {
      reader.read(index, index + 1, record);
      if (reader.neededBytes === 0) {
        return reader.count === 1 && reader.first === index ? record.slice(0, reader.bytes) : null;
      }
      record = new Uint8Array(reader.neededBytes);
    }
  }

  /** Makes a block of the records that the reader put into `slab`. */
  #fill(slab: Slab, withExceptions: boolean): void {
    const { reader, state } = this.#channel, { exceptions, delivered } = state;
    const { bytes, view } = slab, { nodeId } = this.#context;
    slab.indexOffset = reader.first;
    let to = 0;
    for (let i = 0, at = 0, index = reader.first; i < reader.count; i++, index++) {
      const end = recordEnd(view, at);
      if (!withExceptions && exceptions.size > 0 && exceptions.has(index)) {
        slab.leaveOut(1);
        at = end;
        continue;
      }
      if (to !== at) bytes.copyWithin(to, at, end);
      const attempts = withExceptions ? state.attempts(index) : Number(index < delivered);
      setAttemptsBefore(view, to, attempts);
      const id = readMessageId(view, to + ID_OFFSET, nodeId);
      if (id === FOREIGN_ID) slab.expectedId = Infinity; // a run of its own
      slab.noteId(id);
      slab.count++;
      to += end - at;
      at = end;
    }
    slab.end = to;
    slab.live = slab.count;
  }
}
