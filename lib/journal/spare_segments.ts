import { join } from "node:path";
import type { Logger } from "../log/logger.ts";
import type { SpaceHolder } from "../storage/disk_space.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import type { Timers } from "../storage/timers.ts";

/** So many are kept: at most 128 MB for all topics together. */
const MAX_SPARES = 2;

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

  /** Removes what a process that was killed has left. @throws what removing throws */
  removeLeft(): void {
    const { files, dataPath } = this.#options;
    for (const name of files.list(dataPath)) {
      if (SPARE_FILE.test(name)) files.remove(join(dataPath, name));
    }
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
    if (this.#isMaking || this.#isStopped || this.#ready.length >= MAX_SPARES) return;
    const { monotonicMs, freeBytes, segmentBytes } = this.#options;
    if (monotonicMs() < this.#notBeforeMs) return;
    if ((freeBytes() ?? Infinity) < MIN_FREE_SPARES * segmentBytes) return;
    this.#isMaking = true;
    this.#makeAll().catch((error) => this.#fail(error)).finally(() => this.#isMaking = false);
  }

  /** Makes `path` of one. @returns bytes of zeros in it; 0 if there is none, and no such file then */
  take(path: string): number {
    const spare = this.#ready[0], { files, segmentBytes } = this.#options;
    if (spare === undefined) return 0;
    try {
      files.rename(spare, path);
    } catch (error) {
      this.#fail(error as Error);
      return 0;
    }
    this.#ready.shift();
    this.taken++;
    return segmentBytes;
  }

  freeSpace(): boolean {
    const had = this.#ready.length > 0 || this.#unfinished !== null;
    this.#notBeforeMs = this.#options.monotonicMs() + RETRY_MS;
    this.#removeAll();
    return had;
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
    while (!this.#isStopped && this.#ready.length < MAX_SPARES) {
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
    await this.#untilIdle();
    if (this.#isStopped) return false;
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
    this.freeSpace();
  }

  #removeAll(): void {
    const { files, logger } = this.#options;
    const paths = this.#ready.splice(0);
    if (this.#unfinished !== null) {
      this.#unfinished.file.close();
      paths.push(this.#unfinished.path);
      this.#unfinished = null;
    }
    for (const path of paths) {
      try {
        files.remove(path);
      } catch (error) {
        logger.debug(`JOURNAL: ${path} stays behind - ${(error as Error).message}`);
      }
    }
  }
}
