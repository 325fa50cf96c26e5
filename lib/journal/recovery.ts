import { basename } from "node:path";
import type { Logger } from "../log/logger.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { BlockIndex } from "./block_index.ts";
import { ANY_SALT, BlockReader, isSpare, usedEnd, writtenEnd } from "./block_reader.ts";
import { EventKind, forEachEvent } from "./events.ts";
import {
  type BlockHeader,
  BlockKind,
  FORMAT_VERSION,
  HEADER_BYTES,
  holdsMessages,
  newHeader,
  readHeader,
} from "./format.ts";
import { Segment } from "./segment.ts";
import { indexSegments, segmentPath, Segments } from "./segments.ts";
import { TopicState } from "./topic_state.ts";

/** What the files of a topic say. */
export interface Recovered {
  segments: Segments;
  state: TopicState;
  endIndex: number;
  /** The highest that wrote to the files; 0 without files. */
  epoch: number;
  /** The highest number that any file of the topic has. */
  lastNumber: number;
  /** What has to be mended before somebody builds on it: see `repair.ts`. */
  repairs: Repairs;
}

/** What a writer that did not stop in order left behind. */
export interface Repairs {
  /** Files that hold nothing that can be read: so many bytes, 0 if it is room that was never used. */
  unreadable: { path: string; sizeBytes: number }[];
  /** Files with room behind what was written. */
  unused: Segment[];
  /** Files of which less counts than is there: so much, without the room behind. */
  torn: { segment: Segment; sizeBytes: number }[];
  /** What was read and may not be on stable storage: a process that was killed may not have synced it. */
  unsynced: Segment[];
}

/**
 * Reads the journal of `topic` and writes nothing.
 * @param numbers of its segments, ascending
 * @throws what reading throws
 */
export function recover(
  files: FileSystem,
  dataPath: string,
  topic: string,
  logger: Logger,
  numbers: readonly number[] = indexSegments(files, dataPath).get(topic) ?? [],
): Recovered {
  return new Recovery(files, dataPath, topic, logger).run(numbers);
}

/** A file, and its first header if that is whole. */
interface Found {
  number: number;
  path: string;
  sizeBytes: number;
  header: BlockHeader | null;
}

/** Bytes of a segment that are no block, though blocks follow, and the messages that are missing between those around it. */
interface Hole {
  at: number;
  bytes: number;
  from: number;
  to: number;
}

class Recovery {
  readonly #files: FileSystem;
  readonly #logger: Logger;
  readonly #dataPath: string;
  readonly #topic: string;
  readonly #segments = new Segments();
  #state = new TopicState();
  #endIndex = 0;
  #epoch = 0;
  /** Whether the last event of all is that the writer stopped in order. */
  #closed = false;
  readonly #repairs: Repairs = { unreadable: [], unused: [], torn: [], unsynced: [] };

  constructor(files: FileSystem, dataPath: string, topic: string, logger: Logger) {
    this.#files = files;
    this.#dataPath = dataPath;
    this.#topic = topic;
    this.#logger = logger;
  }

  run(numbers: readonly number[]): Recovered {
    const found = numbers.map((number) => this.#open(number));
    for (const file of found) this.#add(file, file === found.at(-1));
    const { list } = this.#segments;
    this.#reportMissing();
    let base = list.length - 1;
    while (base > 0 && !this.#hasSnapshot(list[base]!)) base--;
    for (let i = Math.max(0, base); i < list.length; i++) this.#replay(list[i]!, i === base);
    this.#state.cutAt(this.#endIndex);
    if (!this.#closed) this.#repairs.unsynced = list.slice(Math.max(0, base));
    this.#segments.relocations.filter((_first, _end, segment) =>
      list.some(({ number }) => number === segment)
    );
    return {
      segments: this.#segments,
      state: this.#state,
      endIndex: this.#endIndex,
      epoch: this.#epoch,
      lastNumber: numbers.at(-1) ?? 0,
      repairs: this.#repairs,
    };
  }

  /** Reads the first header of a file. @throws Error when this program cannot know what else is in it */
  #open(number: number): Found {
    const path = segmentPath(this.#dataPath, this.#topic, number);
    const sizeBytes = this.#files.sizeBytes(path) ?? 0;
    const bytes = new Uint8Array(HEADER_BYTES), header = newHeader();
    const file = this.#files.openRead(path);
    try {
      file.read(bytes);
    } finally {
      file.close();
    }
    const isWhole = readHeader(bytes, new DataView(bytes.buffer), 0, header);
    if (isWhole && header.version !== FORMAT_VERSION) {
      throw new Error(
        `${path} has format ${header.version}, this program knows ${FORMAT_VERSION}: use the one that wrote it`,
      );
    }
    return { number, path, sizeBytes, header: isWhole ? header : null };
  }

  /** @param isLast whether it may be one that was begun and not written to yet */
  #add({ number, path, sizeBytes, header }: Found, isLast: boolean): void {
    header ??= this.#searchHeader(path, sizeBytes);
    if (header === null) {
      const isUnused = isLast && this.#isUnused(path, sizeBytes);
      this.#repairs.unreadable.push({ path, sizeBytes: isUnused ? 0 : sizeBytes });
      return;
    }
    const { firstIndex, timeMs } = header;
    const segment = new Segment(this.#files, number, path, firstIndex, timeMs, header.salt);
    segment.bytes = sizeBytes;
    this.#epoch = Math.max(this.#epoch, header.epoch);
    this.#segments.list.push(segment);
  }

  /** The header of the first block of messages, or of events if there is none; null if there is neither. */
  #searchHeader(path: string, sizeBytes: number): BlockHeader | null {
    const file = this.#files.openRead(path);
    try {
      const blocks = new BlockReader(file, sizeBytes, saltOf(file, sizeBytes));
      let found: BlockHeader | null = null;
      while (found?.kind !== BlockKind.Messages && blocks.next()) {
        const { kind } = blocks.header;
        if (kind === BlockKind.Messages || found === null && kind !== BlockKind.Moved) {
          found = { ...blocks.header };
        }
      }
      return found;
    } finally {
      file.close();
    }
  }

  /** Whether nothing was written to a segment yet. */
  #isUnused(path: string, sizeBytes: number): boolean {
    const file = this.#files.openRead(path);
    try {
      return isSpare(file) || usedEnd(file, 0, sizeBytes) === 0;
    } finally {
      file.close();
    }
  }

  #reportMissing(): void {
    const { list } = this.#segments;
    for (let i = 1; i < list.length; i++) {
      const before = list[i - 1]!, segment = list[i]!;
      if (segment.number === before.number + 1) continue;
      this.#logger.debug(
        `JOURNAL(${this.#topic}): no segments between ${before.number} and ${segment.number}`,
      );
    }
  }

  #hasSnapshot(segment: Segment): boolean {
    const file = this.#files.openRead(segment.path);
    try {
      const blocks = new BlockReader(file, segment.bytes, segment.salt);
      return blocks.next() && blocks.offset === 0 && blocks.header.kind === BlockKind.Snapshot;
    } finally {
      file.close();
    }
  }

  /** @param isBase whether the state is what its snapshot says */
  #replay(segment: Segment, isBase: boolean): void {
    const { relocations } = this.#segments;
    if (!isBase) this.#state.cutAt(segment.firstIndex);
    // What its first block would have said, if that is not whole.
    const from = isBase ? segment.firstIndex : Math.min(this.#endIndex, segment.firstIndex);
    this.#endIndex = segment.firstIndex;
    const file = this.#files.openRead(segment.path);
    const index = new BlockIndex();
    try {
      const blocks = new BlockReader(file, segment.bytes, segment.salt);
      const holes: Hole[] = [];
      let lastCommitAt = 0, roomBytes = 0;
      for (let expectedAt = 0; blocks.next(); expectedAt = blocks.end) {
        const { header, bytes, payloadAt } = blocks;
        lastCommitAt = header.commitAt;
        segment.writtenMs = header.timeMs;
        if (blocks.damagedBytes > 0) {
          const to = header.kind === BlockKind.Moved ? this.#endIndex : header.firstIndex;
          const behind = expectedAt === 0 ? from : this.#endIndex;
          holes.push({ at: expectedAt, bytes: blocks.damagedBytes, from: behind, to });
        }
        this.#epoch = Math.max(this.#epoch, header.epoch);
        if (holdsMessages(header.kind)) {
          const end = header.firstIndex + header.count;
          this.#closed = false;
          index.add(header.firstIndex, header.count, blocks.offset, header.timeMs);
          if (header.kind === BlockKind.Moved) {
            relocations.with(header.firstIndex, end, segment.number);
          } else this.#endIndex = Math.max(this.#endIndex, end);
        } else if (header.kind === BlockKind.Events || isBase) {
          forEachEvent(bytes, payloadAt, payloadAt + header.payloadBytes, (event) => {
            if (event.kind === EventKind.Room) roomBytes = event.a;
            else if (event.kind === EventKind.Relocated) {
              relocations.with(event.a, event.b, event.channel);
            } else this.#state.apply(event);
            this.#closed = event.kind === EventKind.Closed;
          });
        }
      }
      const isLast = segment === this.#segments.last;
      for (const hole of holes) this.#report(hole, segment, isLast && hole.at >= lastCommitAt);
      if (blocks.damagedBytes > 0) {
        const { bytes: size, salt } = segment, { end } = blocks;
        const used = writtenEnd(file, end, size, salt, roomBytes);
        if (used === end) this.#repairs.unused.push(segment);
        else this.#repairs.torn.push({ segment, sizeBytes: used });
        segment.bytes = blocks.end; // what is behind the last whole block was never acknowledged
      }
    } finally {
      file.close();
    }
    segment.index = index;
    this.#segments.closed(segment);
  }

  /** @param isLastCommit whether it is likely that the hole was never acknowledged: a commit may reach the disk in any order */
  #report({ bytes, from, to }: Hole, { path }: Segment, isLastCommit: boolean): void {
    if (!isLastCommit) {
      this.#logger.error(`JOURNAL: ${basename(path)} has ${bytes} damaged bytes`);
    } else if (from < to) {
      this.#logger.warn(
        `JOURNAL(${this.#topic}): messages ${from} to ${
          to - 1
        }, of the last commit, are not whole: ` +
          "unless the disk damaged them later, they were never acknowledged",
      );
      this.#state.lose(from, to - from);
    }
  }
}

/** The salt of a segment whose first header is damaged. What a message's body has copied of another one stands elsewhere than it says. */
function saltOf(file: FileHandle, sizeBytes: number): number {
  const blocks = new BlockReader(file, sizeBytes, ANY_SALT);
  let last = ANY_SALT, ofCommit: number | null = null;
  while (blocks.next()) {
    const { salt, commitAt } = blocks.header;
    last = salt;
    if (commitAt === blocks.offset) ofCommit = salt;
  }
  return ofCommit ?? last;
}
