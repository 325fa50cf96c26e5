import { join } from "node:path";
import type { Logger } from "../log/logger.ts";
import type { SpaceHolder } from "../storage/disk_space.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import type { TimerId, Timers } from "../storage/timers.ts";
import { NO_MARK, SPARE_HEADER } from "./format.ts";
import { type Segment, SegmentWriter } from "./segment.ts";

/** So many are kept for all topics together. */
const MAX_SPARES = 2;

/**
 * The bytes of so many, with the room that is left in those that have become segments, are the most there is: half a gigabyte. Otherwise thousands of
 * topics with one burst each would fill the disk with them, and a start after a crash would read them all.
 */
const MAX_ROOM_SPARES = 8;

/** A segment that nobody needs any more becomes a spare if it has at least this part of a whole one's bytes. */
const USEFUL_SHARE = 1 / 8;

/** Less room than this part of a segment is none. */
const ROOM_SHARE = 1 / 64;

/** So much is written and synced at once: a commit that comes meanwhile waits for some milliseconds. */
const CHUNK_BYTES = 1024 * 1024;

/** Between two chunks: what else goes on is to notice little of it. Some 80 MB are written in a second then. */
const PAUSE_MS = 8;

/** None is made where the disk has room for fewer than so many. */
const MIN_FREE_SPARES = 16;

/** After a failure none is made for so long. */
const RETRY_MS = 60_000;

const SPARE_FILE = /^nsqd\.journal-spare\.\d+\.dat$/;

/** What spare segments need. */
export interface SpareSegmentsOptions {
  dataPath: string;
  files: FileSystem;
  logger: Logger;
  timers: Timers;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
  /** How large each is. */
  segmentBytes: number;
  /** Default: 1 MB. See {@link CHUNK_BYTES}. */
  chunkBytes?: number;
  /** Default: 8. See {@link PAUSE_MS}. */
  pauseMs?: number;
  /** Whether the disk has nothing else to do at present. */
  isIdle: () => boolean;
  /** Room on the disk; null if it is not known. */
  freeBytes: () => number | null;
}

/** A file that is to become a segment. */
interface Spare {
  readonly path: string;
  readonly bytes: number;
  /** How much of it may hold what it held as a segment, no block of which can be read: all or nothing. The rest are zeros. */
  readonly reusedBytes: number;
}

/**
 * Files that become segments. A commit then writes over what is there: its fsync finds neither a new size nor new blocks of the file, and a large one
 * takes half as long (docs/performance.md). Segments that nobody needs any more become spares, and where there are none files of zeros are
 * made while the disk has nothing else to do. Nothing can be read in a spare, so that nothing depends on it.
 */
export class SpareSegments implements SpaceHolder {
  /** How many have become segments, and how many of these had been some before. */
  readonly figures = { taken: 0, recycled: 0 };
  readonly #options: SpareSegmentsOptions;
  readonly #ready: Spare[] = [];
  /** Those that have become segments, while they have room. */
  readonly #lent = new Set<SegmentWriter>();
  /** Those that are not ready yet. */
  readonly #unfinished = new Set<string>();
  #isMaking = false;
  #lastNumber = 0;
  #notBeforeMs = -Infinity;
  #isStopped = false;
  #timer: TimerId | null = null;
  #goOn = () => {};

  constructor(options: SpareSegmentsOptions) {
    this.#options = options;
  }

  /** Removes what a process that was killed has left. */
  removeLeft(): void {
    const { files, dataPath } = this.#options;
    const left = files.list(dataPath).filter((name) => SPARE_FILE.test(name));
    this.#remove(left.map((name) => join(dataPath, name)));
  }

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Bytes of those that are ready. */
  get bytes(): number {
    return this.#ready.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Somebody writes so much that the next segments should be there when they are needed. */
  want(): void {
    if (this.#isMaking || !this.#mayMake) return;
    this.#isMaking = true;
    this.#makeAll().catch((error) => this.#fail(error)).finally(() => this.#isMaking = false);
  }

  get #mayMake(): boolean {
    const { freeBytes, segmentBytes } = this.#options;
    return this.#mayHaveMore && (freeBytes() ?? Infinity) >= MIN_FREE_SPARES * segmentBytes;
  }

  get #mayHaveMore(): boolean {
    if (this.#isStopped || this.#ready.length + this.#unfinished.size >= MAX_SPARES) return false;
    const { monotonicMs, segmentBytes } = this.#options;
    if (monotonicMs() < this.#notBeforeMs) return false;
    return this.bytes + this.#lentBytes <= (MAX_ROOM_SPARES - 1) * segmentBytes;
  }

  /** Takes a segment that nobody needs any more. @returns whether its file is no concern of anybody else's now */
  recycle({ path, bytes, blockOffsets }: Segment): boolean {
    const { segmentBytes, files } = this.#options;
    if (blockOffsets === null || bytes < USEFUL_SHARE * segmentBytes) return false;
    if (!this.#mayHaveMore) return false;
    const spare = this.#newPath();
    try {
      files.rename(path, spare);
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
    this.#unfinished.add(spare);
    this.#makeUnreadable(spare, bytes, blockOffsets).catch((error) => this.#fail(error));
    return true;
  }

  /** Room in those that have become segments. */
  get #lentBytes(): number {
    let bytes = 0;
    for (const writer of this.#lent) {
      if (this.hasRoom(writer)) bytes += writer.roomBytes;
      else this.#lent.delete(writer);
    }
    return bytes;
  }

  /** Begins `segment` in one. @returns null if there is none, and no such file then */
  take(segment: Segment): SegmentWriter | null {
    const spare = this.#ready[0], { files } = this.#options;
    if (spare === undefined) return null;
    const { path, bytes, reusedBytes } = spare;
    try {
      const sizeBytes = files.sizeBytes(path);
      if (sizeBytes !== bytes) throw new Error(`${path} has ${sizeBytes ?? "no"} bytes`);
      files.rename(path, segment.path);
      this.#ready.shift();
      const writer = new SegmentWriter(segment, bytes, reusedBytes);
      this.#lent.add(writer);
      this.figures.taken++;
      if (reusedBytes > 0) this.figures.recycled++;
      return writer;
    } catch (error) {
      if (this.#ready[0] !== spare) this.#remove([segment.path]);
      this.#fail(error as Error);
      return null;
    }
  }

  /** Whether the segment has room to speak of. */
  hasRoom({ roomBytes }: SegmentWriter): boolean {
    return roomBytes >= this.#options.segmentBytes * ROOM_SHARE;
  }

  /** The segment was closed. */
  closed(writer: SegmentWriter): void {
    this.#lent.delete(writer);
  }

  freeSpace(): boolean {
    const had = this.#ready.length + this.#unfinished.size > 0;
    this.#giveUp();
    const freed = [...this.#lent].map((writer) => this.giveBackRoom(writer));
    return had || freed.includes(true);
  }

  /** @returns whether the segment had any */
  giveBackRoom(writer: SegmentWriter): boolean {
    this.#lent.delete(writer);
    if (writer.roomBytes === 0) return false;
    try {
      writer.giveBackRoom();
      return true;
    } catch (error) {
      const { logger } = this.#options;
      logger.debug(`JOURNAL: ${writer.segment.path} keeps its room - ${(error as Error).message}`);
      return false;
    }
  }

  onRoom(): void {
    // They are made when they are wanted again.
  }

  /** Removes them all. Nothing is made any more. */
  stop(): void {
    this.#isStopped = true;
    this.#removeAll();
    if (this.#timer !== null) this.#options.timers.clearTimeout(this.#timer);
    this.#timer = null;
    this.#goOn();
  }

  async #makeAll(): Promise<void> {
    for (;;) {
      await this.#untilIdle();
      if (!this.#mayMake) return; // given up meanwhile, perhaps
      const path = this.#newPath();
      this.#unfinished.add(path);
      if (!await this.#inFile(path, (file) => this.#fill(path, file))) return;
      this.#finished({ path, bytes: this.#options.segmentBytes, reusedBytes: 0 });
    }
  }

  #newPath(): string {
    return join(this.#options.dataPath, `nsqd.journal-spare.${++this.#lastNumber}.dat`);
  }

  /** Writes zeros. @returns false if it was given up meanwhile */
  async #fill(path: string, file: FileHandle): Promise<boolean> {
    const { segmentBytes, chunkBytes = CHUNK_BYTES } = this.#options;
    const chunk = new Uint8Array(chunkBytes);
    for (let at = 0; at < segmentBytes;) {
      const rest = chunk.subarray(0, Math.min(chunk.length, segmentBytes - at));
      at += await file.writeInBackground(rest);
      if (!this.#unfinished.has(path)) return false;
      await file.syncData();
      if (at < segmentBytes) await this.#untilIdle();
      if (!this.#unfinished.has(path)) return false;
    }
    return true;
  }

  /**
   * Of what was a segment no block is left that can be read. Before that its name has to be gone for good: a power cut that brings it back must
   * find what it held.
   */
  async #makeUnreadable(path: string, bytes: number, offsets: readonly number[]): Promise<void> {
    const { files, dataPath } = this.#options;
    await files.syncData(dataPath);
    if (!this.#unfinished.has(path)) return;
    const isMade = await this.#inFile(path, async (file) => {
      for (const offset of offsets) {
        file.seek(offset);
        await file.writeInBackground(offset === 0 ? SPARE_HEADER : NO_MARK);
        if (!this.#unfinished.has(path)) return false;
      }
      await file.syncData();
      return this.#unfinished.has(path);
    });
    if (isMade) this.#finished({ path, bytes, reusedBytes: bytes });
  }

  async #inFile(path: string, write: (file: FileHandle) => Promise<boolean>): Promise<boolean> {
    const file = this.#options.files.openWrite(path);
    try {
      return await write(file);
    } finally {
      file.close();
    }
  }

  #finished(spare: Spare): void {
    this.#unfinished.delete(spare.path);
    this.#ready.push(spare);
  }

  async #untilIdle(): Promise<void> {
    const { isIdle, timers, pauseMs = PAUSE_MS } = this.#options;
    do {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
        if (pauseMs > 0) this.#timer = timers.setTimeout(resolve, pauseMs);
        else resolve();
      });
    } while (!this.#isStopped && !isIdle());
  }

  /** They make writing faster, and nothing depends on them. */
  #fail(error: Error): void {
    this.#options.logger.debug(`JOURNAL: no segments are made ahead - ${error.message}`);
    this.#giveUp();
  }

  /** Removes them, and makes none for a while. */
  #giveUp(): void {
    this.#notBeforeMs = this.#options.monotonicMs() + RETRY_MS;
    this.#removeAll();
  }

  #removeAll(): void {
    const paths = [...this.#ready.splice(0).map(({ path }) => path), ...this.#unfinished];
    this.#unfinished.clear();
    this.#remove(paths);
  }

  #remove(paths: string[]): void {
    const { files, logger } = this.#options;
    for (const path of paths) {
      try {
        files.remove(path);
      } catch (error) {
        logger.debug(`JOURNAL: ${path} stays behind - ${(error as Error).message}`);
      }
    }
  }
}
