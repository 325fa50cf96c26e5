import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import type { DataFiles } from "./data_files.ts";
import { attempt, isNotFound } from "./errors.ts";
import { isLongRecord } from "./long_record.ts";
import type { Position } from "./meta_file.ts";
import type { Mark, RecordMarks } from "./record_marks.ts";
import { newWalk, PREFIX_BYTES, type RecordLimits, walkRecords } from "./records.ts";

/** How much is read in one step: a fraction of a millisecond. */
const PIECE_BYTES = 256 * 1024;

/** The queue that is looked at, which goes on living meanwhile. Records are counted since it was opened: ordinals. */
export interface PeekSource {
  readonly files: FileSystem;
  readonly data: DataFiles;
  readonly limits: RecordLimits;
  readonly marks: RecordMarks;
  /** The oldest record that is not done, and where it stands. */
  readonly firstOrdinal: number;
  readonly firstPosition: Readonly<Position>;
  /** Behind the last one, and where the next one will stand. */
  readonly endOrdinal: number;
  readonly endPosition: Readonly<Position>;
  /** Changes when what stands where is not what it was: after damage, or when all was dropped. */
  readonly generation: number;
}

/** Looks at the records of a disk queue and changes nothing. Close it. */
export class Peeker {
  /** Whole records with their length prefixes, those that the last {@link step} found. */
  bytes: Uint8Array;
  start = 0;
  end = 0;
  count = 0;
  readonly #source: PeekSource;
  readonly #walk = newWalk();
  /** What is looked at next; null before the first step. */
  #place: Mark | null = null;
  #generation = 0;
  #handle: FileHandle | null = null;
  #file = -1;

  constructor(source: PeekSource) {
    this.#source = source;
    this.bytes = new Uint8Array(PIECE_BYTES);
  }

  /** The oldest record that is not done. */
  get firstOrdinal(): number {
    return this.#source.firstOrdinal;
  }

  /**
   * Reads one piece on the way to record `from`, or from there on; records that are done meanwhile are passed over.
   * @returns false when there are no more
   * @throws DiskQueueError if a file cannot be read
   */
  step(from: number): boolean {
    this.start = this.end = this.count = 0;
    const source = this.#source;
    const place = this.#find(Math.max(from, source.firstOrdinal));
    if (place.ordinal >= source.endOrdinal) return false;
    const limit = this.#open(place);
    if (place.offset >= limit) return this.#nextFile(place);
    const got = this.#read(place.offset, Math.min(this.bytes.length, limit - place.offset));
    walkRecords(this.bytes, got, source.limits, this.#walk);
    if (this.#walk.count > 0) {
      this.#take(place, from);
      return true;
    }
    return this.#isLarge(place, limit) || this.#nextFile(place); // nothing can be read behind damage
  }

  close(): void {
    this.#handle?.close();
    this.#handle = null;
    this.#file = -1;
  }

  /** The place to go on from, no further than `target`. */
  #find(target: number): Mark {
    const { marks, firstOrdinal, firstPosition, generation } = this.#source;
    const place = this.#place;
    if (place !== null && this.#generation === generation && place.ordinal >= firstOrdinal) {
      return place;
    }
    this.#generation = generation;
    this.close();
    const mark = marks.before(target);
    const known = mark !== undefined && mark.ordinal >= firstOrdinal
      ? mark
      : { ordinal: firstOrdinal, ...firstPosition };
    return this.#place = { ...known };
  }

  /** Opens the file of `place`. @returns up to where there are records in it */
  #open({ file }: Mark): number {
    const { files, data, endPosition } = this.#source, path = data.path(file);
    try {
      if (this.#file !== file) {
        this.close();
        this.#handle = attempt("open", path, () => files.openRead(path));
        this.#file = file;
      }
      if (file === endPosition.file) return endPosition.offset;
      return attempt("stat", path, () => files.sizeBytes(path)) ?? 0;
    } catch (error) {
      if (isNotFound(error)) return 0;
      throw error;
    }
  }

  #read(offset: number, wanted: number): number {
    const handle = this.#handle!;
    return attempt("read", this.#source.data.path(this.#file), () => {
      handle.seek(offset);
      let got = 0;
      while (got < wanted) {
        const read = handle.read(this.bytes.subarray(got, wanted));
        if (read === 0) break;
        got += read;
      }
      return got;
    });
  }

  /** The records that were read: those before `from` are passed over. */
  #take(place: Mark, from: number): void {
    const { bytes, count } = this.#walk;
    const passed = Math.min(count, Math.max(0, from - place.ordinal));
    let start = passed === count ? bytes : 0;
    if (passed < count) {
      const view = new DataView(this.bytes.buffer);
      for (let i = 0; i < passed; i++) start += PREFIX_BYTES + view.getUint32(start);
    }
    this.start = start;
    this.end = bytes;
    this.count = count - passed;
    this.#moveTo(place.ordinal + count, place.file, place.offset + bytes);
  }

  /** Whether the next record is whole, and larger than a piece: then there is room for it in the next step. */
  #isLarge(place: Mark, limit: number): boolean {
    const { end, stoppedAtLength } = this.#walk, { limits } = this.#source;
    const neededBytes = PREFIX_BYTES + stoppedAtLength;
    if (stoppedAtLength < limits.minRecordBytes || place.offset + neededBytes > limit) return false;
    if (end === "long") {
      if (!isLongRecord(this.#handle!, place.offset, stoppedAtLength, limit, limits)) return false;
      if (neededBytes <= this.bytes.length) {
        this.end = neededBytes;
        this.count = 1;
        this.#moveTo(place.ordinal + 1, place.file, place.offset + neededBytes);
        return true;
      }
    } else if (neededBytes <= this.bytes.length) return false;
    this.bytes = new Uint8Array(neededBytes);
    return true;
  }

  #nextFile({ ordinal, file }: Mark): boolean {
    const next = this.#source.data.firstFrom(file + 1);
    if (next === undefined) return false;
    this.#moveTo(ordinal, next, 0);
    return true;
  }

  #moveTo(ordinal: number, file: number, offset: number): void {
    this.#place = { ordinal, file, offset };
    this.#source.marks.note(ordinal, file, offset);
  }
}
