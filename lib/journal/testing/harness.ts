import { MemoryLogger } from "../../log/testing/memory_logger.ts";
import { ManualTimers } from "../../storage/testing/manual_timers.ts";
import { SimulatedDisk } from "../../storage/testing/simulated_disk.ts";
import { BODY_OFFSET, ID_OFFSET, SIZE_FIELD_BYTES, TIMESTAMP_OFFSET } from "../../wire/record.ts";
import { CommitGroup } from "../commit_group.ts";
import { Journal, SEGMENT_BYTES } from "../journal.ts";
import type { JournalOptions } from "../journal_options.ts";
import type { JournalChannel } from "../journal_channel.ts";
import { SpareSegments } from "../spare_segments.ts";

export const TEST_START_MS = 1_700_000_000_000;

/** Records with these bodies, as they stand in a log. @param ids 16 characters for each */
export function records(
  bodies: (string | Uint8Array)[],
  unixMs = TEST_START_MS,
  ids: string[] = [],
): Uint8Array {
  const encoder = new TextEncoder();
  const texts = bodies.map((body) => typeof body === "string" ? encoder.encode(body) : body);
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + BODY_OFFSET + text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  texts.forEach((text, i) => {
    view.setUint32(at, BODY_OFFSET - SIZE_FIELD_BYTES + text.length);
    view.setBigUint64(at + TIMESTAMP_OFFSET, BigInt(unixMs) * 1_000_000n);
    encoder.encodeInto(ids[i] ?? "", bytes.subarray(at + ID_OFFSET, at + BODY_OFFSET));
    bytes.set(text, at + BODY_OFFSET);
    at += BODY_OFFSET + text.length;
  });
  return bytes;
}

/** The bodies of `count` records. */
export function bodies(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const texts: string[] = [];
  for (let at = 0; texts.length < count;) {
    const end = at + SIZE_FIELD_BYTES + view.getUint32(at);
    texts.push(new TextDecoder().decode(bytes.subarray(at + BODY_OFFSET, end)));
    at = end;
  }
  return texts;
}

/** @property spares which there are: those that were segments before, or these and others that are made */
export type TestJournalOptions = Partial<Omit<JournalOptions, "spares">> & {
  spares?: "none" | "recycled" | "made";
};

/** A journal with a commit group of its own on a simulated disk; commits run when they are told to. */
export class TestJournal {
  readonly timers = new ManualTimers();
  readonly logger = new MemoryLogger();
  readonly group: CommitGroup;
  readonly spares: SpareSegments;
  readonly journal: Journal;
  unixMs = TEST_START_MS;
  #soon: (() => void)[] = [];
  #monotonicMs = 0;

  constructor(
    readonly disk = new SimulatedDisk(),
    { spares = "none", ...options }: TestJournalOptions = {},
    stepMs = 1,
  ) {
    this.group = new CommitGroup({
      files: disk,
      dataPath: "/d",
      timers: this.timers,
      monotonicMs: () => this.#monotonicMs += stepMs,
      largeBytes: 1000, // so that commits are both large and small
      soon: (run) => this.#soon.push(run),
    });
    const { segmentBytes = SEGMENT_BYTES } = options;
    this.spares = new SpareSegments({
      dataPath: "/d",
      files: disk,
      logger: this.logger,
      timers: this.timers,
      monotonicMs: () => this.#monotonicMs += stepMs,
      segmentBytes,
      ...{ chunkBytes: segmentBytes / 16, pauseMs: 0 },
      isIdle: () => true,
      freeBytes: () => spares === "recycled" ? 0 : null, // with no room on the disk none is made
    });
    this.spares.removeLeft();
    this.journal = new Journal({
      spares: spares === "none" ? undefined : this.spares,
      topic: "t",
      dataPath: "/d",
      files: disk,
      group: this.group,
      logger: this.logger,
      unixMs: () => this.unixMs,
      ...options,
    });
  }

  /** Starts the commit that is wanted, if one is. */
  start(): void {
    for (const run of this.#soon.splice(0)) run();
  }

  publish(...texts: string[]): number {
    const bytes = records(texts, this.unixMs);
    return this.journal.append(bytes, 0, bytes.length, texts.length);
  }

  defer(text: string, dueMs: number): number {
    const bytes = records([text], this.unixMs);
    return this.journal.append(bytes, 0, bytes.length, 1, dueMs);
  }

  /** Commits all that happened. */
  commit(): Promise<void> {
    return this.group.flush();
  }

  /** All bodies that the channel has not finished, by index. */
  unfinished(channel: JournalChannel, bufferBytes = 4096): Map<number, string> {
    const found = new Map<number, string>();
    const { reader } = channel;
    let buffer = new Uint8Array(bufferBytes);
    for (let index = channel.state.finished.floor; index < this.journal.endIndex;) {
      channel.read(index, this.journal.endIndex, buffer);
      if (reader.neededBytes > 0) {
        buffer = new Uint8Array(reader.neededBytes);
        continue;
      }
      if (reader.count === 0) break;
      bodies(buffer, reader.count).forEach((body, i) => found.set(reader.first + i, body));
      index = reader.first + reader.count;
    }
    return found;
  }
}
