import type { FileHandle } from "../storage/file_system.ts";
import { SIZE_FIELD_BYTES } from "../wire/record.ts";
import type { Batch } from "./batch.ts";
import { BlockReader } from "./block_reader.ts";
import { HEADER_BYTES, holdsMessages, newHeader, readSealed } from "./format.ts";
import type { Segment } from "./segment.ts";
import type { Segments } from "./segments.ts";

/** What a reader reads from. */
export interface ReadSource {
  readonly segments: Segments;
  /** Messages from here on are not in segments yet, but in batches. */
  readonly writtenEnd: number;
  readonly endIndex: number;
  /** Those that are not on stable storage, and the one that collects. */
  batches(): Iterable<Batch>;
}

/** Reads runs of records by index: one after the other fast, anywhere with a search. */
export class JournalReader {
  /** Index of the first record that was read. */
  first = 0;
  /** Records read, 0 if there is none. */
  count = 0;
  /** Bytes read. */
  bytes = 0;
  /** After a read that found a record larger than the buffer: its size in bytes; else 0. */
  neededBytes = 0;
  readonly #source: ReadSource;
  #segment: Segment | null = null;
  #file: FileHandle | null = null;
  #blocks: BlockReader | null = null;
  /** Behind the last record read: its index, and where its successor stands. */
  #nextIndex = -1;
  #nextAt = 0;
  /** After a search in vain: behind those that the damaged block held. */
  #missingEnd = 0;

  constructor(source: ReadSource) {
    this.#source = source;
  }

  /**
   * Copies records from index `from` on, below `end`, into `into`: as many as are adjacent and fit. `first` is greater than `from`
   * when those between are lost.
   * @throws what reading a file throws
   */
  read(from: number, end: number, into: Uint8Array): void {
    const source = this.#source;
    this.count = this.bytes = this.neededBytes = 0;
    this.first = from;
    end = Math.min(end, source.endIndex);
    if (from >= end) return;
    if (from >= source.writtenEnd) return this.#readBatches(from, end, into);
    if (this.#readSegment(from, end, into)) return;
    const next = this.#nextWhole(from + 1, end);
    this.first = next;
    if (next >= end) return;
    if (next >= source.writtenEnd) this.#readBatches(next, end, into);
    else this.#readSegment(next, end, into);
  }

  /** Gives back its memory and its file; it can be used again. */
  close(): void {
    this.#file?.close();
    this.#file = this.#blocks = this.#segment = null;
    this.#nextIndex = -1;
  }

  #readBatches(from: number, end: number, into: Uint8Array): void {
    const header = newHeader();
    for (const batch of this.#source.batches()) {
      batch.seal();
      const { bytes, view, length } = batch.blocks;
      for (let at = 0; at < length;) {
        readSealed(view, at, header);
        const payloadAt = at + HEADER_BYTES;
        const { firstIndex, count } = header;
        at = payloadAt + header.payloadBytes;
        if (!holdsMessages(header.kind) || from < firstIndex || from >= firstIndex + count) {
          continue;
        }
        const recordAt = skip(view, payloadAt, from - firstIndex);
        this.#copy(bytes, view, recordAt, at, from, firstIndex + count, end, into);
        return;
      }
    }
    throw new Error(`message ${from} is in no batch`);
  }

  /** Returns false when `from` is not there. */
  #readSegment(from: number, end: number, into: Uint8Array): boolean {
    const segment = this.#source.segments.holding(from);
    if (segment === null) return false;
    if (segment !== this.#segment || this.#nextIndex !== from) {
      if (!this.#find(segment, from)) return false;
    } else if (from >= this.#blockEnd && !this.#nextBlock(from)) {
      if (!this.#find(segment, from)) return false;
    }
    const blocks = this.#blocks!, { header } = blocks;
    const blockEnd = header.firstIndex + header.count;
    const payloadEnd = blocks.payloadAt + header.payloadBytes;
    const bound = this.#boundOf(segment, end);
    this.#nextAt = this.#copy(
      blocks.bytes,
      blocks.view,
      blocks.payloadAt + this.#nextAt,
      payloadEnd,
      from,
      blockEnd,
      bound,
      into,
    ) - blocks.payloadAt;
    this.#nextIndex = from + this.count;
    return true;
  }

  get #blockEnd(): number {
    const { header } = this.#blocks!;
    return header.firstIndex + header.count;
  }

  /** How far `segment` speaks for what follows. */
  #boundOf(segment: Segment, end: number): number {
    return Math.min(end, this.#source.writtenEnd, this.#source.segments.endOf(segment, end));
  }

  /** Goes on to the next block, if `from` is its first message. */
  #nextBlock(from: number): boolean {
    const blocks = this.#blocks!;
    blocks.seek(blocks.end, this.#segment!.bytes);
    while (blocks.next()) {
      const { kind, firstIndex, count } = blocks.header;
      if (!holdsMessages(kind) || firstIndex + count <= from) continue;
      this.#nextAt = 0;
      return firstIndex === from;
    }
    return false;
  }

  /** Goes to the record `index`. Returns false when it is not there. */
  #find(segment: Segment, index: number): boolean {
    const entries = this.#source.segments.indexOf(segment), entry = entries.find(index);
    if (entry < 0) {
      this.#missingEnd = index + 1;
      return false;
    }
    if (segment !== this.#segment) {
      this.close();
      this.#file = segment.files.openRead(segment.path);
      this.#segment = segment;
      this.#blocks = new BlockReader(this.#file, segment.bytes, segment.salt);
    }
    this.#nextIndex = -1;
    this.#missingEnd = entries.end(entry);
    const blocks = this.#blocks!;
    blocks.seek(entries.offset(entry), segment.bytes);
    while (blocks.next()) {
      const { kind, firstIndex, count } = blocks.header;
      if (!holdsMessages(kind) || firstIndex + count <= index) continue;
      if (firstIndex > index) {
        this.#missingEnd = Math.min(firstIndex, this.#missingEnd);
        return false;
      }
      this.#nextAt = skip(blocks.view, blocks.payloadAt, index - firstIndex) - blocks.payloadAt;
      this.#nextIndex = index;
      return true;
    }
    return false;
  }

  /** The first message from `from` on that can be read; `end` if none can. */
  #nextWhole(from: number, end: number): number {
    const { segments, writtenEnd } = this.#source;
    const bound = Math.min(end, writtenEnd);
    for (let next = from; next < bound;) {
      const held = segments.nextHeld(next, bound);
      if (held >= bound) break;
      const segment = segments.holding(held);
      if (segment !== null && this.#find(segment, held)) return held;
      next = Math.max(held + 1, this.#missingEnd);
    }
    return bound;
  }

  /**
   * Copies records of one block, which stand in `[at, payloadEnd)` of `src` and have the indices `[from, blockEnd)`, as far as they are below `end`.
   * @returns where the record behind the last copied one stands
   */
  #copy(
    src: Uint8Array,
    view: DataView,
    at: number,
    payloadEnd: number,
    from: number,
    blockEnd: number,
    end: number,
    into: Uint8Array,
  ): number {
    let to = at, count = 0;
    // What fits as a whole was counted when it was written.
    if (blockEnd <= end && payloadEnd - at <= into.length) {
      to = payloadEnd;
      count = blockEnd - from;
    }
    while (to < payloadEnd && from + count < end) {
      const recordBytes = SIZE_FIELD_BYTES + view.getUint32(to);
      if (to + recordBytes - at > into.length) {
        if (count === 0) this.neededBytes = recordBytes;
        break;
      }
      to += recordBytes;
      count++;
    }
    into.set(src.subarray(at, to));
    this.first = from;
    this.count = count;
    this.bytes = to - at;
    return to;
  }
}

/** Where the record stands that is `count` behind the one at `at`. */
function skip(view: DataView, at: number, count: number): number {
  for (let i = 0; i < count; i++) at += SIZE_FIELD_BYTES + view.getUint32(at);
  return at;
}
