import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { BlockIndex } from "./block_index.ts";
import { BlockReader } from "./block_reader.ts";
import type { ByteBuffer } from "./byte_buffer.ts";
import { HEADER_BYTES, holdsMessages, newHeader, placeBlock, readSealed } from "./format.ts";

/**
 * Room is written ahead, as zeros: an fsync then finds neither a new size nor new blocks of the file, and needs no commit of the file system's own
 * journal. Where that is shared with a busy machine a small commit took 4 ms, and takes 0.2. As much as there is already, within these.
 */
const MIN_AHEAD = 4096;
const MAX_AHEAD = 1024 * 1024;

/** A larger commit takes so long anyway that writing twice gains nothing. */
export const LARGE_COMMIT = 64 * 1024;

const ZEROS = new Uint8Array(64 * 1024);

/** Of a segment with more blocks than so many it is not remembered where they begin. */
const MAX_BLOCK_OFFSETS = 1024;

/** One file of a journal. */
export class Segment {
  /** Where which messages are; null while it is not in memory: see {@link Segments.indexOf}. */
  index: BlockIndex | null = null;
  /** How much of the file counts. */
  bytes = 0;
  /** When the last block was written, ms since 1970; 0 if not known. */
  writtenMs = 0;
  /** Where all blocks begin that the file ever had; null if that is not known. */
  blockOffsets: number[] | null = null;

  /**
   * @param firstIndex the first message that it speaks for
   * @param createdMs when it was begun, ms since 1970
   * @param salt what all its blocks carry
   */
  constructor(
    readonly files: FileSystem,
    readonly number: number,
    readonly path: string,
    readonly firstIndex: number,
    readonly createdMs: number,
    readonly salt: number,
  ) {}

  /** Reads the index from the file, block by block. @throws what reading throws */
  *indexing(): Generator<void, BlockIndex, void> {
    const index = new BlockIndex();
    const file = this.files.openRead(this.path);
    try {
      const reader = new BlockReader(file, this.bytes, this.salt);
      while (reader.next()) {
        const { kind, firstIndex, count, timeMs } = reader.header;
        if (holdsMessages(kind)) index.add(firstIndex, count, reader.offset, timeMs);
        yield;
      }
    } finally {
      file.close();
    }
    return index;
  }
}

/** The end of the segment that is written to. */
export class SegmentWriter {
  readonly segment: Segment;
  /** Null while it rests. */
  #file: FileHandle | null;
  /** Up to here the file has room: zeros, but for {@link reusedBytes}. */
  #reservedEnd = 0;

  /**
   * Makes the file, unless it is there.
   * @param roomBytes how long it is then
   * @param reusedBytes how much of it may hold what it held before; the rest are zeros
   * @throws what opening throws
   */
  constructor(segment: Segment, roomBytes = 0, readonly reusedBytes = 0) {
    this.segment = segment;
    this.#reservedEnd = roomBytes;
    segment.index = new BlockIndex();
    segment.blockOffsets = [];
    this.#file = segment.files.openWrite(segment.path);
  }

  /**
   * Adds whole blocks.
   * @param commitAt how long the segment was when the commit began that they belong to
   * @throws what writing throws; the file is not to be written to any more then
   */
  write(blocks: ByteBuffer, commitAt: number): void {
    const { segment } = this, { bytes, view } = blocks;
    for (let at = 0; at < blocks.length;) {
      at += placeBlock(bytes, view, at, segment.salt, commitAt);
    }
    const file = this.#open();
    for (let at = 0; at < blocks.length;) {
      at += file.write(bytes.subarray(at, blocks.length));
    }
    const header = newHeader();
    for (let at = 0; at < blocks.length;) {
      this.#noteBlock(segment.bytes + at);
      readSealed(view, at, header);
      segment.writtenMs = header.timeMs;
      if (holdsMessages(header.kind)) {
        segment.index!.add(header.firstIndex, header.count, segment.bytes + at, header.timeMs);
      }
      at += HEADER_BYTES + header.payloadBytes;
    }
    segment.bytes += blocks.length;
  }

  #noteBlock(offset: number): void {
    const { segment } = this;
    if (segment.blockOffsets?.length === MAX_BLOCK_OFFSETS) segment.blockOffsets = null;
    segment.blockOffsets?.push(offset);
  }

  /** After the blocks of a commit: writes room ahead for the next ones, to be synced with it. @param commitBytes how long it was */
  reserve(commitBytes: number): void {
    const { bytes } = this.segment;
    const isUseful = bytes >= MIN_AHEAD && commitBytes < LARGE_COMMIT;
    if (!isUseful || this.#reservedEnd - bytes >= commitBytes) return;
    const wanted = bytes + Math.min(bytes, MAX_AHEAD);
    const end = wanted - wanted % MIN_AHEAD + MIN_AHEAD;
    const file = this.#open();
    try {
      if (this.#reservedEnd > bytes) file.seek(this.#reservedEnd);
      for (let at = Math.max(bytes, this.#reservedEnd); at < end;) {
        at += file.write(ZEROS.subarray(0, Math.min(ZEROS.length, end - at)));
      }
      this.#reservedEnd = end;
    } catch {
      this.#reservedEnd = Infinity; // the disk is full, perhaps: what counts is written
    }
    file.seek(bytes);
  }

  /** Bytes of the file behind what counts. */
  get roomBytes(): number {
    const room = this.#reservedEnd - this.segment.bytes;
    return Number.isFinite(room) ? Math.max(0, room) : 0;
  }

  /** Gives the room back. @throws what truncating throws */
  giveBackRoom(): void {
    if (this.roomBytes === 0) return;
    this.segment.files.truncate(this.segment.path, this.segment.bytes);
    this.#reservedEnd = 0;
  }

  /** Nothing more is written: closes the file, without the room that is left. @throws what truncating throws */
  end(): void {
    if (this.#reservedEnd > this.segment.bytes) this.#open().truncate(this.segment.bytes);
    this.close();
  }

  sync(): Promise<void> {
    return this.#open().syncData();
  }

  syncNow(): void {
    this.#open().syncDataSync();
  }

  /** Closes the file, all of which is synced. It is opened again when it is needed. */
  rest(): void {
    this.#file?.close();
    this.#file = null;
  }

  close(): void {
    this.rest();
  }

  #open(): FileHandle {
    if (this.#file !== null) return this.#file;
    const file = this.#file = this.segment.files.openWrite(this.segment.path);
    file.seek(this.segment.bytes);
    return file;
  }
}
