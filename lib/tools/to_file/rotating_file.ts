/** The file of the moment of one topic: opened, closed, moved and followed by the next, none ever overwritten. */

import { dirname, join } from "node:path";
import { formatDuration } from "../../go/duration.ts";
import type { Logger } from "../../log/logger.ts";
import { exists, makeDirectory, moveExclusively, syncDirectory } from "./directory.ts";
import { filenameAt, withRevision } from "./filename.ts";
import { OutputFile } from "./output_file.ts";

/** Where files lie, what they are called, and when the next one begins. */
export interface RotatingFileSettings {
  readonly outputDir: string;
  /** Where a file lies while it is written; may be `outputDir`. */
  readonly workDir: string;
  /** See `filenameTemplate`. */
  readonly filenameTemplate: string;
  readonly datetimeFormat: string;
  /** 0 for no gzip. */
  readonly gzipLevel: number;
  /** Size before compression that a file may reach; 0 for any. */
  readonly rotateSizeBytes: number;
  /** 0 for any age. */
  readonly rotateIntervalMs: number;
}

const SECOND_MS = 1000;

/**
 * Keeps the file that messages are appended to. Every method but {@link needsRotation} throws
 * errors of the file system; after one, all that is left to do is {@link abandon}.
 */
export class RotatingFile {
  readonly #settings: RotatingFileSettings;
  readonly #logger: Logger;
  readonly #now: () => number;
  #out: OutputFile | null = null;
  /** Name of the file of the moment, or of the last one, with `<REV>`; "" before the first. */
  #filename = "";
  #revision = 0;
  #openedAtMs = 0;
  /** The name that files have in the second `#namedAt`: finding it out costs more than a message. */
  #nameNow = "";
  #namedAt = NaN;

  /** @param now milliseconds since 1970 */
  constructor(settings: RotatingFileSettings, logger: Logger, now: () => number = Date.now) {
    this.#settings = settings;
    this.#logger = logger;
    this.#now = now;
  }

  /** Of the file of the moment, or else of the directory it will lie in. */
  get path(): string {
    return this.#out?.path ?? this.#settings.workDir;
  }

  /** Whether the next message belongs into another file than is open, if any is. */
  needsRotation(): boolean {
    const out = this.#out;
    if (out === null) return true;
    const { rotateIntervalMs, rotateSizeBytes } = this.#settings;
    const now = this.#now();
    const name = this.#nameAt(now);
    const ageMs = now - this.#openedAtMs;
    if (name !== this.#filename) this.#logger.info(`new filename ${name}, rotating...`);
    else if (rotateIntervalMs > 0 && ageMs > rotateIntervalMs) {
      this.#logger.info(`${formatDuration(ageMs)} since last open, rotating...`);
    } else if (this.#isFull(out)) {
      this.#logger.info(
        `${out.path} currently ${out.sizeBytes} bytes (> ${rotateSizeBytes}), rotating...`,
      );
    } else return false;
    return true;
  }

  /** Closes the file, if one is open, and opens the next. */
  async rotate(): Promise<void> {
    await this.close();
    const now = this.#now();
    const filename = this.#nameAt(now);
    this.#revision = filename === this.#filename ? this.#revision + 1 : 0;
    this.#filename = filename;
    this.#openedAtMs = now;
    this.#out = await this.#openNext();
  }

  /** @throws Error also when no file is open */
  append(body: Uint8Array): void {
    if (this.#out === null) throw new Error("no file is open");
    this.#out.append(body);
  }

  flush(): void {
    this.#out?.flush();
  }

  sync(): Promise<void> {
    return this.#out?.sync() ?? Promise.resolve();
  }

  /** Syncs and closes the file, if one is open, and moves it to where finished files lie. */
  async close(): Promise<void> {
    const out = this.#out;
    if (out === null) return;
    await out.close();
    this.#out = null;
    const { workDir, outputDir } = this.#settings;
    if (workDir !== outputDir) await this.#moveFinished(out.path);
  }

  /** Gives up the file after an error. */
  abandon(): void {
    const out = this.#out;
    this.#out = null;
    out?.abandon();
  }

  /** Opens the first file of the current name whose revision is not taken. */
  async #openNext(): Promise<OutputFile> {
    const { workDir, outputDir } = this.#settings;
    for (;; this.#revision++) {
      const name = withRevision(this.#filename, this.#revision);
      const path = join(workDir, name);
      await makeDirectory(dirname(path));
      if (workDir !== outputDir) {
        const finished = join(outputDir, name);
        await makeDirectory(dirname(finished));
        if (exists(finished)) {
          this.#logger.warn(`output file already exists: ${finished}`);
          continue;
        }
      }
      const out = this.#open(path);
      if (out === null) continue;
      await syncDirectory(dirname(path));
      if (!this.#isFull(out)) return out;
      this.#logger.info(`${path} is full already (${out.sizeBytes} bytes)`);
      await out.close();
    }
  }

  /** null when the name is taken. */
  #open(path: string): OutputFile | null {
    const { gzipLevel, rotateIntervalMs } = this.#settings;
    try {
      const out = new OutputFile(path, {
        gzipLevel,
        exclusive: gzipLevel > 0 || rotateIntervalMs > 0,
      });
      this.#logger.info(`opening ${path}`);
      return out;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      this.#logger.warn(`working file already exists: ${path}`);
      return null;
    }
  }

  async #moveFinished(source: string): Promise<void> {
    for (let revision = this.#revision;; revision++) {
      const target = join(this.#settings.outputDir, withRevision(this.#filename, revision));
      try {
        this.#logger.info(`moving finished file ${source} to ${target}`);
        await moveExclusively(source, target);
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
        this.#logger.warn(`destination file already exists: ${target}`);
      }
    }
  }

  #isFull(out: OutputFile): boolean {
    const { rotateSizeBytes } = this.#settings;
    return rotateSizeBytes > 0 && out.sizeBytes > rotateSizeBytes;
  }

  #nameAt(nowMs: number): string {
    const second = Math.floor(nowMs / SECOND_MS);
    if (second !== this.#namedAt) {
      const { filenameTemplate, datetimeFormat } = this.#settings;
      this.#nameNow = filenameAt(filenameTemplate, datetimeFormat, new Date(nowMs));
      this.#namedAt = second;
    }
    return this.#nameNow;
  }
}
