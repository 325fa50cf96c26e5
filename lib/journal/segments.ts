import { join } from "node:path";
import type { FileSystem } from "../storage/file_system.ts";
import type { BlockIndex } from "./block_index.ts";
import { Relocations } from "./relocations.ts";
import type { Segment } from "./segment.ts";

const SEGMENT_FILE = /^(.+)\.journal\.(\d{6,15})\.dat$/;

/** The file of a topic's segment. Topics may be called `.` or `..`: never a folder. */
export function segmentPath(dataPath: string, topic: string, number: number): string {
  return join(dataPath, `${topic}.journal.${String(number).padStart(6, "0")}.dat`);
}

/** Numbers of each topic's segments, ascending, from one look at the directory. */
export function indexSegments(files: FileSystem, dataPath: string): Map<string, number[]> {
  const index = new Map<string, number[]>();
  for (const name of files.list(dataPath)) {
    const [, topic, number] = SEGMENT_FILE.exec(name) ?? [];
    if (topic === undefined) continue;
    const numbers = index.get(topic);
    if (numbers === undefined) index.set(topic, [Number(number)]);
    else numbers.push(Number(number));
  }
  for (const numbers of index.values()) numbers.sort((a, b) => a - b);
  return index;
}

/** Topics that have segments in `dataPath`, in the order of their names. */
export function journaledTopics(files: FileSystem, dataPath: string): string[] {
  return [...indexSegments(files, dataPath).keys()].sort();
}

/** So many indexes stay in memory: a reader that goes to and fro finds them there, and a thousand segments do not fill it. */
const MAX_INDEXES = 256;

/** All segments of a journal, and which holds what. */
export class Segments {
  /** By number. */
  readonly list: Segment[] = [];
  relocations = new Relocations();
  /** Those whose index was read from the file and is in memory, that which was longest not used first. */
  readonly #indexed = new Set<Segment>();
  /** Whether one of them was used since {@link dropIndexes} was called. */
  #wasUsed = false;

  get last(): Segment | undefined {
    return this.list.at(-1);
  }

  /**
   * From here on no segment is missing. Those before may be there for one channel's sake, while others between are not; where writing failed, a
   * number is missing too.
   */
  get oldestOfAll(): Segment | undefined {
    const { list } = this;
    let at = list.length - 1;
    while (at > 0 && list[at - 1]!.number === list[at]!.number - 1) at--;
    return list[at];
  }

  get bytes(): number {
    return this.list.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** The segment that has the message `index`, or would have it; null if it lies before all. */
  holding(index: number): Segment | null {
    const moved = this.relocations.segmentOf(index);
    if (moved >= 0) return this.list.find(({ number }) => number === moved) ?? null;
    let low = -1, high = this.list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.list[middle]!.firstIndex <= index) low = middle;
      else high = middle - 1;
    }
    return this.list[low] ?? null;
  }

  /** Behind the run of messages from `index` on that one segment has; `index` if none has it. @param end of the journal */
  heldUntil(index: number, end: number): number {
    const segment = this.holding(index);
    if (segment === null) return index;
    const entries = this.indexOf(segment), entry = entries.find(index);
    if (entry < 0) return index;
    const bound = this.relocations.segmentOf(index) === segment.number
      ? this.relocations.behind(index)
      : Math.min(this.relocations.nextFrom(index, end), this.endOf(segment, end));
    return Math.min(entries.end(entry), bound);
  }

  /** Behind the last message that `segment` speaks for. @param end of the journal */
  endOf(segment: Segment, end: number): number {
    return this.list[this.list.indexOf(segment) + 1]?.firstIndex ?? end;
  }

  /** The first message from `index` on that a segment may have; `end` if none has. For going on behind what is lost. */
  nextHeld(index: number, end: number): number {
    let next = Math.min(end, this.relocations.nextFrom(index, end));
    for (const segment of this.list) {
      if (segment.firstIndex >= next) break;
      const from = Math.max(index, segment.firstIndex);
      const to = Math.min(next, this.endOf(segment, end));
      if (from < to) next = Math.min(next, this.indexOf(segment).nextFrom(from, next));
    }
    return next;
  }

  /** Where in `segment` which messages are, read from the file if need be. @throws what reading throws */
  indexOf(segment: Segment): BlockIndex {
    if (segment.index !== null && !this.#indexed.has(segment)) return segment.index;
    if (segment.index !== null) return this.#use(segment, segment.index);
    const reading = segment.indexing();
    for (;;) {
      const { done, value } = reading.next();
      if (done) return this.#use(segment, value);
    }
  }

  /** Reads the index of the segment that has the message `index`, if need be, block by block: for those who are in no hurry. @throws what reading throws */
  *indexing(index: number): Generator<void, void, void> {
    const segment = this.holding(index);
    if (segment !== null && segment.index === null) this.#use(segment, yield* segment.indexing());
  }

  #use(segment: Segment, index: BlockIndex): BlockIndex {
    this.#wasUsed = true;
    this.#indexed.delete(segment);
    segment.index ??= index;
    this.#indexed.add(segment);
    if (this.#indexed.size > MAX_INDEXES) this.#drop(this.#indexed.values().next().value!);
    return segment.index;
  }

  /** Nothing is written to `segment` any more: its index goes when others are used. */
  closed(segment: Segment): void {
    if (segment.index !== null) this.#indexed.add(segment);
  }

  /** Gives the memory of all indexes back that can be read again, unless one was used since the last call. */
  dropIndexes(): void {
    if (!this.#wasUsed) { for (const segment of this.#indexed) this.#drop(segment); }
    this.#wasUsed = false;
  }

  #drop(segment: Segment): void {
    this.#indexed.delete(segment);
    segment.index = null;
  }

  remove(segment: Segment): void {
    this.#indexed.delete(segment);
    const at = this.list.indexOf(segment);
    if (at >= 0) this.list.splice(at, 1);
  }
}
