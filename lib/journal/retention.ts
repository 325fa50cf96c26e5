import { SIZE_FIELD_BYTES, TIMESTAMP_OFFSET } from "../wire/record.ts";
import { Relocations } from "./relocations.ts";
import { JournalReader, type ReadSource } from "./reader.ts";
import type { Segment } from "./segment.ts";
import type { TopicState } from "./topic_state.ts";

/** How long messages stay that every channel has finished; by default they need not stay. */
export interface RetentionLimits {
  ageMs?: number | undefined;
  bytes?: number | undefined;
}

/** What is retained, and how it is changed. */
export interface RetentionHost extends ReadSource {
  readonly state: TopicState;
  /** Writes messages anew that stand in a segment which is to go. */
  appendMoved(src: Uint8Array, end: number, count: number, firstIndex: number): void;
  /** Removes a segment that nobody needs. */
  removeSegment(segment: Segment): void;
  /** What is left of a segment could not be read. */
  reportStuck(segment: Segment, error: Error): void;
}

/** A segment of which no more is needed than this part goes; what is needed is written anew. */
const LEFTOVER_SHARE = 0.1;

/** One message that takes more of its segment is large, and stays where it is. */
const LARGE_SHARE = 0.25;

const READ_BYTES = 256 * 1024;

/** A segment that goes when the commit is done that makes it superfluous. */
interface Doomed {
  segment: Segment;
  /** What was written anew of it: first index, end, … */
  moved: number[];
}

/** Which segments are kept, and what can be found in them. */
export class Retention {
  readonly #journal: RetentionHost;
  readonly #limits: RetentionLimits;
  readonly #unixMs: () => number;
  readonly #reader: JournalReader;
  #doomed: Doomed[] = [];
  /** The segment that the last commit wrote to. */
  #current: Segment | null = null;

  constructor(journal: RetentionHost, limits: RetentionLimits, unixMs: () => number) {
    this.#journal = journal;
    this.#limits = limits;
    this.#unixMs = unixMs;
    this.#reader = new JournalReader(journal);
  }

  /** A commit is done. @param nothingCollects whether all that happened is on stable storage */
  committed(nothingCollects: boolean, current: Segment): void {
    const { segments, state } = this.#journal;
    for (const { segment, moved } of this.#doomed) {
      if (!this.#isSuperfluous(segment, moved)) continue;
      for (let i = 0; i < moved.length; i += 2) {
        segments.relocations.with(moved[i]!, moved[i + 1]!, current.number);
      }
      this.#journal.removeSegment(segment);
    }
    this.#doomed = [];
    const rolled = this.#current !== current;
    this.#current = current;
    const oldest = segments.list[0]!;
    const oldestEnd = segments.endOf(oldest, this.#journal.endIndex);
    if (oldest === current) return;
    const mayGo = state.firstNeeded(oldestEnd) >= oldestEnd &&
      !this.#isRetained(oldest, segments.list[1]!, segments.bytes - oldest.bytes);
    if (rolled || mayGo) this.#sweep(nothingCollects, rolled);
  }

  /**
   * Time has passed, and nothing happens at present: what is too old goes.
   * @returns whether the last segment is, too, once the journal has begun another
   */
  rest(): boolean {
    const { segments, state, endIndex } = this.#journal, { last } = segments;
    if (this.#limits.ageMs === undefined || last === undefined) return false;
    if (segments.list.length > 1) this.#sweep(true, false);
    return last.firstIndex < endIndex && state.firstNeeded(endIndex) >= endIndex &&
      this.#isOld(last.writtenMs);
  }

  /** A commit failed: what it was to make superfluous is not. */
  failed(): void {
    this.#doomed = [];
    this.#current = null;
  }

  indexAt(unixMs: number): number {
    const { segments, endIndex, writtenEnd } = this.#journal;
    const { list } = segments;
    let at = list.length - 1;
    const oldest = Math.max(0, list.indexOf(segments.oldestOfAll!));
    while (at > oldest && list[at]!.createdMs >= unixMs) at--;
    for (; at >= 0 && at < list.length; at++) {
      const segment = list[at]!, index = segments.indexOf(segment);
      const end = segments.endOf(segment, writtenEnd);
      let from = segment.firstIndex;
      for (let i = 0; i < index.size; i++) {
        if (index.first(i) >= from && index.timeMs(i) < unixMs) from = index.first(i);
      }
      const found = this.#firstSince(unixMs, from, end);
      if (found < end) return found;
    }
    return this.#firstSince(unixMs, writtenEnd, endIndex);
  }

  retainedFrom(): { index: number; unixMs: number } {
    const { segments, endIndex } = this.#journal;
    const oldest = segments.oldestOfAll;
    if (oldest === undefined) return { index: endIndex, unixMs: this.#unixMs() };
    return { index: oldest.firstIndex, unixMs: oldest.createdMs };
  }

  /** Removes what nobody needs; writes anew what is left of the first segment that is almost finished. */
  #sweep(nothingCollects: boolean, rewrite: boolean): void {
    const { segments, endIndex } = this.#journal;
    let keptBytes = segments.bytes;
    const all = [...segments.list];
    for (let i = 0; i + 1 < all.length; i++) {
      const segment = all[i]!, next = all[i + 1]!, end = Math.min(next.firstIndex, endIndex);
      keptBytes -= segment.bytes;
      if (this.#isRetained(segment, next, keptBytes)) continue;
      const ranges = this.#needed(segment, end);
      if (ranges === null) continue;
      if (ranges.length === 0) {
        if (nothingCollects) this.#journal.removeSegment(segment);
        else this.#doomed.push({ segment, moved: [] });
      } else if (rewrite) {
        try {
          if (this.#isMostOf(segment, ranges)) continue;
          this.#rewrite(segment, ranges);
          return;
        } catch (error) {
          this.#journal.reportStuck(segment, error as Error); // it stays, and whoever reads it hears of it
        }
      }
    }
  }

  #isRetained(segment: Segment, next: Segment, newerBytes: number): boolean {
    const { ageMs, bytes } = this.#limits;
    if (ageMs === undefined && bytes === undefined) return false;
    if (ageMs !== undefined && this.#isOld(segment.writtenMs || next.createdMs)) return false;
    return bytes === undefined || newerBytes + segment.bytes <= bytes;
  }

  #isOld(unixMs: number): boolean {
    return this.#unixMs() - unixMs > this.#limits.ageMs!;
  }

  /** Ranges of messages of the segment that somebody needs; null when they are too many to be written anew. */
  #needed(segment: Segment, end: number): number[] | null {
    const { relocations } = this.#journal.segments;
    const ranges: number[] = [];
    let limit = Math.max(1, (end - segment.firstIndex) * LEFTOVER_SHARE);
    const add = (from: number, to: number): boolean => {
      const { state } = this.#journal;
      for (let first = state.nextNeeded(from, to); first < to;) {
        const last = state.nextUnneeded(first, to);
        if ((limit -= last - first) < 0) return false;
        ranges.push(first, last);
        first = state.nextNeeded(last, to);
      }
      return true;
    };
    const own: number[] = [];
    relocations.forEach((first, last, number) => {
      if (number === segment.number) own.push(first, last);
    });
    for (let i = 0; i < own.length; i += 2) if (!add(own[i]!, own[i + 1]!)) return null;
    for (let from = segment.firstIndex; from < end;) {
      const moved = relocations.nextFrom(from, end);
      if (from < moved && !add(from, moved)) return null;
      from = moved;
      if (from < end) from = relocations.behind(from);
    }
    return ranges;
  }

  /** Whether nothing beyond `moved` is needed: a channel may have been sent back meanwhile. */
  #isSuperfluous(segment: Segment, moved: number[]): boolean {
    const end = this.#journal.segments.endOf(segment, this.#journal.endIndex);
    const needed = this.#needed(segment, end);
    if (needed === null) return false;
    const covered = new Relocations();
    for (let i = 0; i < moved.length; i += 2) covered.with(moved[i]!, moved[i + 1]!, 0);
    for (let i = 0; i < needed.length; i += 2) {
      const first = needed[i]!, end = needed[i + 1]!;
      if (covered.segmentOf(first) < 0 || covered.behind(first) < end) return false;
    }
    return true;
  }

  /** Whether a single message fills so much of its segment that moving it gains nothing. */
  #isMostOf(segment: Segment, ranges: number[]): boolean {
    if (ranges.length > 2 || ranges[1]! - ranges[0]! > 1) return false;
    const reader = this.#reader;
    try {
      reader.read(ranges[0]!, ranges[1]!, new Uint8Array(READ_BYTES));
    } finally {
      reader.close();
    }
    return Math.max(reader.bytes, reader.neededBytes) > segment.bytes * LARGE_SHARE;
  }

  /** @throws what reading throws */
  #rewrite(segment: Segment, ranges: number[]): void {
    let buffer = new Uint8Array(READ_BYTES);
    const reader = this.#reader;
    try {
      for (let i = 0; i < ranges.length; i += 2) {
        for (let from = ranges[i]!; from < ranges[i + 1]!;) {
          reader.read(from, ranges[i + 1]!, buffer);
          if (reader.neededBytes > 0) buffer = new Uint8Array(reader.neededBytes);
          else if (reader.first > from) from = reader.first; // lost: whoever reads it hears of it
          else {
            this.#journal.appendMoved(buffer, reader.bytes, reader.count, from);
            from += reader.count;
          }
        }
      }
    } finally {
      reader.close();
    }
    this.#doomed.push({ segment, moved: ranges });
  }

  /** The first message in `[from, end)` published at or after `unixMs`; `end` if there is none. */
  #firstSince(unixMs: number, from: number, end: number): number {
    let buffer = new Uint8Array(READ_BYTES);
    const reader = this.#reader;
    try {
      for (let index = from; index < end;) {
        reader.read(index, end, buffer);
        if (reader.neededBytes > 0) {
          buffer = new Uint8Array(reader.neededBytes);
          continue;
        }
        const view = new DataView(buffer.buffer);
        for (let at = 0, i = 0; i < reader.count; i++) {
          const ns = view.getBigUint64(at + TIMESTAMP_OFFSET);
          if (Number(ns) / 1e6 >= unixMs) return reader.first + i;
          at += SIZE_FIELD_BYTES + view.getUint32(at);
        }
        index = reader.first + reader.count;
      }
    } finally {
      reader.close();
    }
    return end;
  }
}
