import { BODY_OFFSET, RECORD_OVERHEAD_BYTES } from "../wire/record.ts";
import { RecordTemplate } from "../wire/record_template.ts";
import { copyWords, FEW_WORDS_BYTES } from "../wire/copy_bytes.ts";
import type { Clock } from "./clock.ts";
import { ID_BLOCK, type IdSequence } from "./id_sequence.ts";
import { Slab, SLAB_SIZES, type SlabPool } from "./slab.ts";

/** Where a log ended, to go back to. See {@link Log.mark}. */
interface LogMark {
  slab: Slab;
  end: number;
  count: number;
  runs: number;
  expectedId: number;
  endIndex: number;
}

/**
 * Messages in the order of their publishing, each once, in wire format: a linked list of slabs. Channels are cursors on it. A record
 * has an index, counted from the log's beginning; slabs that everybody is done with are freed from the front.
 */
export class Log {
  /** The slab that is written to. */
  tail: Slab;
  /** Index of the next record. */
  endIndex = 0;
  /** What has to be added to it to have the index of the topic's next message: how many are not in this log. */
  indexOffset = 0;

  #sizeClass = 0;
  #pool: SlabPool;
  #clock: Clock;
  #nodeId: number;
  #ids: IdSequence;
  readonly #template = new RecordTemplate();

  /** @param ids where the ids come from; logs of one topic share it */
  constructor(pool: SlabPool, clock: Clock, nodeId: number, ids: IdSequence) {
    this.#pool = pool;
    this.#clock = clock;
    this.#nodeId = nodeId;
    this.#ids = ids;
    this.tail = new Slab(pool);
  }

  /** All slabs were moved to another log: goes on from the same index with new ones. */
  restart(): void {
    this.tail = new Slab(this.#pool);
    this.tail.firstIndex = this.endIndex;
    this.#sizeClass = 0;
  }

  /** The topic has `count` messages next that are not in this log. */
  leaveOut(count: number): void {
    this.indexOffset += count;
    if (!this.tail.sealed) this.tail.leaveOut(count);
  }

  /**
   * Adds a message with the body `src[start, end)`, a new id and the clock's last stamp.
   * @param references how many channels (or the topic itself) have to finish it
   */
  append(src: Uint8Array, start: number, end: number, references: number): void {
    this.#template.setStamp(this.#clock.stampHigh, this.#clock.stampLow);
    const at = this.#beginRecord(end - start, references);
    this.tail.bytes.set(src.subarray(start, end), at);
  }

  /** {@link append} of `count` bodies: body `i` is `src[spans[2i], spans[2i + 1])`. */
  appendAll(src: Uint8Array, spans: ArrayLike<number>, count: number, references: number): void {
    this.#template.setStamp(this.#clock.stampHigh, this.#clock.stampLow);
    const words = new DataView(src.buffer, src.byteOffset, src.length);
    for (let i = 0; i < count; i++) {
      const start = spans[2 * i]!, end = spans[2 * i + 1]!;
      const at = this.#beginRecord(end - start, references);
      if (end - start <= FEW_WORDS_BYTES) copyWords(words, start, end, this.tail.view, at);
      else this.tail.bytes.set(src.subarray(start, end), at);
    }
  }

  /** Adds a record but for its body. @returns where in the last slab that has to be put */
  #beginRecord(bodyBytes: number, references: number): number {
    const recordBytes = RECORD_OVERHEAD_BYTES + bodyBytes;
    let slab = this.tail;
    if (slab.sealed || slab.bytes.length - slab.end < recordBytes) {
      slab = this.#addSlab(recordBytes);
    }
    const ids = this.#ids;
    if (ids.next === ids.blockEnd) ids.reserve(this.#clock.unixMs);
    const id = ids.next++;
    if ((id & (ID_BLOCK - 1)) === 0 || id !== slab.expectedId) this.#startIdRun(slab, id);
    slab.expectedId = id + 1;

    const at = slab.end;
    this.#template.write(slab.view, at, recordBytes, id & 0xff);
    slab.end = at + recordBytes;
    slab.count++;
    slab.live += references;
    this.endIndex++;
    return at + BODY_OFFSET;
  }

  /** Adds a slab that already holds records, such as a block read from disk. Its `live` must be set. */
  adopt(slab: Slab): void {
    slab.firstIndex = this.endIndex - slab.startPosition;
    slab.indexOffset = this.indexOffset;
    this.endIndex += slab.count - slab.startPosition;
    slab.sealed = true;
    this.#link(slab);
  }

  /** Bytes of all records so far. */
  get bytes(): number {
    return this.tail.firstByte + this.tail.end;
  }

  /** Bytes of the records from a place in this log to the end. */
  bytesFrom({ slab, offset }: { slab: Slab; offset: number }): number {
    return this.tail.firstByte + this.tail.end - slab.firstByte - offset;
  }

  /** The present end. */
  mark(): LogMark {
    const { end, count, runStarts, expectedId } = this.tail;
    return {
      slab: this.tail,
      end,
      count,
      runs: runStarts.length,
      expectedId,
      endIndex: this.endIndex,
    };
  }

  /** Takes back all that was appended after `mark`; no cursor may have moved past it. @param references as given to append */
  truncate(mark: LogMark, references: number): void {
    const { slab } = mark;
    const { next } = slab;
    // A cursor that looked for its next record may stand at the beginning of the slab that was added first: that one stays, empty.
    this.tail = next ?? slab;
    this.endIndex = mark.endIndex;
    for (let gone = next?.next ?? null; gone !== null; gone = gone.next) {
      gone.release(gone.count * references);
    }
    if (next !== null) {
      next.live -= next.count * references;
      next.sealed = false;
      next.next = null;
      next.firstIndex = mark.endIndex;
      next.cut(0, 0, 0, -1);
    }
    const dropped = slab.count - mark.count;
    slab.cut(mark.count, mark.end, mark.runs, mark.expectedId);
    if (next !== null) next.firstByte = slab.firstByte + slab.end;
    if (dropped > 0) slab.release(dropped * references);
  }

  /** Gives back the memory of the last slab if all in it is finished. For logs that have been quiet for a while. */
  retireIdleTail(): void {
    if (this.tail.sealed || this.tail.live > 0) return;
    this.tail.seal();
    this.#sizeClass = 0;
  }

  #addSlab(recordBytes: number): Slab {
    const slab = this.#pool.take(this.#sizeClass, recordBytes);
    if (this.#sizeClass < SLAB_SIZES.length - 1) this.#sizeClass++;
    slab.firstIndex = this.endIndex;
    slab.indexOffset = this.indexOffset;
    this.#link(slab);
    return slab;
  }

  #link(slab: Slab): void {
    const last = this.tail;
    slab.firstByte = last.firstByte + last.end - slab.start;
    last.next = slab;
    this.tail = slab;
    if (!last.sealed) last.seal();
  }

  #startIdRun(slab: Slab, id: number): void {
    this.#template.setId(id, this.#nodeId);
    if (id !== slab.expectedId) slab.noteId(id);
  }
}
