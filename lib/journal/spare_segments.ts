import { join } from "node:path";
import type { Logger } from "../log/logger.ts";
import type { SpaceHolder } from "../storage/disk_space.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import type { Timers } from "../storage/timers.ts";
import { type Segment, SegmentWriter } from "./segment.ts";

/** So many are kept for all topics together. */
const MAX_SPARES = 2;

/**
 * The zeros of so many, with the room that is left in those that have become segments, are the most there is: half a gigabyte. Otherwise thousands of
 * topics with one burst each would fill the disk with them, and a start after a crash would read them all.
 */
const MAX_ROOM_SPARES = 8;

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

/**
 * Files of zeros, made while the disk has nothing else to do, that become segments. A commit then writes over what is there: its fsync finds neither
 * a new size nor new blocks of the file, and a large one takes half as long (docs/performance.md). Since they hold nothing, what a
 * crash leaves of one is the same as room that was written ahead.
 */
export class SpareSegments implements SpaceHolder {
  /** How many have become segments. */
  taken = 0;
  readonly #options: SpareSegmentsOptions;
  /** Those that are whole. */
  readonly #ready: string[] = [];
  /** Those that have become segments, while they have room. */
  readonly #lent = new Set<SegmentWriter>();
  /** The one that is being written. */
  #unfinished: { path: string; file: FileHandle } | null = null;
  #isMaking = false;
  #lastNumber = 0;
  #notBeforeMs = -Infinity;
  #isStopped = false;
  #timer: number | null = null;
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

  /** Bytes of those that are whole. */
  get bytes(): number {
    return this.#ready.length * this.#options.segmentBytes;
  }

  /** Somebody writes so much that the next segments should be there when they are needed. */
  want(): void {
    if (this.#isMaking || !this.#mayMake) return;
    this.#isMaking = true;
    this.#makeAll().catch((error) => this.#fail(error)).finally(() => this.#isMaking = false);
  }

  get #mayMake(): boolean {
    if (this.#isStopped || this.#ready.length >= MAX_SPARES) return false;
    const { monotonicMs, freeBytes, segmentBytes } = this.#options;
    if (monotonicMs() < this.#notBeforeMs) return false;
    if (this.bytes + this.#lentBytes > (MAX_ROOM_SPARES - 1) * segmentBytes) return false;
    return (freeBytes() ?? Infinity) >= MIN_FREE_SPARES * segmentBytes;
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
    const spare = this.#ready[0], { files, segmentBytes } = this.#options;
    if (spare === undefined) return null;
    try {
      const sizeBytes = files.sizeBytes(spare);
      if (sizeBytes !== segmentBytes) throw new Error(`${spare} has ${sizeBytes ?? "no"} bytes`);
      files.rename(spare, segment.path);
      this.#ready.shift();
      const writer = new SegmentWriter(segment, segmentBytes);
      this.#lent.add(writer);
      this.taken++;
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
    const had = this.#ready.length > 0 || this.#unfinished !== null;
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
      if (!await this.#make(path)) return;
      this.#ready.push(path);
    }
  }

  #newPath(): string {
    return join(this.#options.dataPath, `nsqd.journal-spare.${++this.#lastNumber}.dat`);
  }

  /** @returns false if it was given up meanwhile @throws what writing throws */
  async #make(path: string): Promise<boolean> {
    const { files, segmentBytes, chunkBytes = CHUNK_BYTES } = this.#options;
    const made = this.#unfinished = { path, file: files.openWrite(path) };
    const chunk = new Uint8Array(chunkBytes);
    for (let at = 0; at < segmentBytes;) {
      const rest = chunk.subarray(0, Math.min(chunk.length, segmentBytes - at));
      at += await made.file.writeInBackground(rest);
      if (this.#unfinished !== made) return false;
      await made.file.syncData();
      await this.#untilIdle();
      if (this.#unfinished !== made) return false;
    }
    this.#unfinished = null;
    made.file.close();
    return true;
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
    const paths = this.#ready.splice(0);
    if (this.#unfinished !== null) {
      this.#unfinished.file.close();
      paths.push(this.#unfinished.path);
      this.#unfinished = null;
    }
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
