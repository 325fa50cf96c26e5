import type { Logger } from "../log/logger.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { Batch } from "./batch.ts";
import type { ChannelState } from "./channel_state.ts";
import { JournalReader, type ReadSource } from "./reader.ts";
import { recover, type Repairs } from "./recovery.ts";
import type { Segments } from "./segments.ts";
import { NOTHING_WAITS, type TopicState } from "./topic_state.ts";

/** Messages `[from, to)`. */
export interface Range {
  from: number;
  to: number;
}

/** The journal of a topic that nobody writes to, as a broker would find it at its start. Reads only. */
export class StoredJournal implements ReadSource {
  readonly segments: Segments;
  readonly state: TopicState;
  readonly endIndex: number;
  readonly writtenEnd: number;
  /** What the start of a broker would mend. */
  readonly repairs: Repairs;

  /** @throws what reading the files throws */
  constructor(files: FileSystem, dataPath: string, readonly topic: string, logger: Logger) {
    const recovered = recover(files, dataPath, topic, logger);
    this.segments = recovered.segments;
    this.state = recovered.state;
    this.endIndex = this.writtenEnd = recovered.endIndex;
    this.repairs = recovered.repairs;
  }

  /** The lowest index that may be there. */
  get firstIndex(): number {
    let first = Math.min(this.segments.list[0]?.firstIndex ?? this.endIndex, this.endIndex);
    this.segments.relocations.forEach((from) => first = Math.min(first, from));
    return first;
  }

  /** Messages that wait in the topic itself. */
  get waiting(): number {
    const { waitingFrom } = this.state;
    return waitingFrom === NOTHING_WAITS ? 0 : this.endIndex - waitingFrom;
  }

  newReader(): JournalReader {
    return new JournalReader(this);
  }

  batches(): Iterable<Batch> {
    return [];
  }

  /** Ranges that somebody needs and that cannot be read. @throws what reading a file throws */
  *lost(): Iterable<Range> {
    const { segments, state, endIndex } = this;
    for (let at = this.firstNeeded; at < endIndex;) {
      const until = segments.heldUntil(at, endIndex);
      if (until > at) at = state.nextNeeded(until, endIndex);
      else {
        const to = segments.nextHeld(at, endIndex);
        yield { from: at, to };
        at = state.nextNeeded(to, endIndex);
      }
    }
  }

  /** The first message that somebody needs. */
  get firstNeeded(): number {
    return this.state.nextNeeded(this.state.firstNeeded(this.endIndex), this.endIndex);
  }

  /** How many messages of `[from, to)` the channel has not finished. */
  unfinished({ finished }: ChannelState, { from, to }: Range): number {
    let count = 0;
    for (let first = finished.nextMissing(from, to); first < to;) {
      const end = finished.nextPresent(first, to);
      count += end - first;
      first = finished.nextMissing(end, to);
    }
    return count;
  }
}
