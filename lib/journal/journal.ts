import { isDiskFull } from "../storage/disk_space.ts";
import { Batch } from "./batch.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { CommitFailures } from "./commit_failures.ts";
import type { CommitMember } from "./commit_group.ts";
import { EventKind, putEvent, putKeyed, putMade } from "./events.ts";
import { BlockKind, HEADER_BYTES, sealBlock } from "./format.ts";
import { type ChannelHost, JournalChannel } from "./journal_channel.ts";
import type { KeyEntry } from "./key_table.ts";
import type { JournalOptions } from "./journal_options.ts";
import { JournalReader } from "./reader.ts";
import { recover } from "./recovery.ts";
import { repair } from "./repair.ts";
import { Retention, type RetentionHost } from "./retention.ts";
import { LARGE_COMMIT, Segment, SegmentWriter } from "./segment.ts";
import { segmentPath, type Segments } from "./segments.ts";
import type { TopicState } from "./topic_state.ts";

/** How large a segment gets; larger when its snapshot is. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;

/** One that is smaller than this part is not left for one that was made ahead. */
const EARLY_SHARE = 1 / 64;

/** Room that was made ahead and is not used goes when nothing was written for so long. */
const UNUSED_ROOM_MS = 300_000;

/** A segment that nobody needs and that is smaller stays. */
const DRAINED_BYTES = 8 * 1024 * 1024;

/** A segment is at least so many times as large as its snapshot. */
const SNAPSHOT_SHARE = 4;

/** The messages of a durable topic on disk, and what its channels have done with them. */
export class Journal implements CommitMember, RetentionHost, ChannelHost {
  readonly channels = new Map<string, JournalChannel>();
  readonly state: TopicState;
  readonly segments: Segments;
  /** Index of the next message. */
  endIndex: number;
  /** Messages from here on are not in segments yet, but in batches. */
  writtenEnd: number;
  namesChanged = false;
  readonly #options: JournalOptions;
  readonly #epoch: number;
  readonly #retention: Retention;
  #lastNumber: number;
  #writer: SegmentWriter | null = null;
  #snapshotBytes = 0;
  /** Whether the next commit begins a segment, however full the last one is. */
  #mustRoll = false;
  #collecting: Batch | null = null;
  /** Being committed, or written in vain. */
  #committing: Batch[] = [];
  /** The commit that syncs the data path for the names that changed last. */
  #namesCommit = 0;
  readonly #failures = new CommitFailures();
  #closed = false;
  /** Files that nobody needs and that are there still, perhaps because removing them failed: they go with the topic at the latest. */
  readonly #removing = new Set<string>();

  /** Reads what is there. @throws what reading the files throws */
  constructor(options: JournalOptions) {
    this.#options = options;
    const { files, dataPath, topic, logger } = options;
    const recovered = recover(files, dataPath, topic, logger, options.numbers);
    repair(files, dataPath, recovered, logger, options.syncLater);
    this.segments = recovered.segments;
    this.state = recovered.state;
    this.endIndex = this.writtenEnd = recovered.endIndex;
    this.#epoch = recovered.epoch + 1;
    this.#lastNumber = Math.max(recovered.lastNumber, options.lastNumber ?? 0);
    for (const state of this.state.channels.values()) {
      this.channels.set(state.name, new JournalChannel(this, state));
    }
    this.#retention = new Retention(this, options.retention ?? {}, options.unixMs);
  }

  /** Why writing fails at present; null when it does not. */
  get failure(): Error | null {
    return this.#failures.present;
  }

  /** Why messages are refused; null when they are not. */
  get refusal(): Error | null {
    return this.#failures.inARow > 1 ? this.failure : null;
  }

  /** A reader of its own. */
  newReader(): JournalReader {
    return new JournalReader(this);
  }

  /**
   * Adds `count` messages: records as in wire/record.ts in `src[start, end)`, which get the indexes from `endIndex` on.
   * @param dueMs for a single one that is deferred, unix ms; 0 otherwise
   * @returns the number of the commit that covers them
   * @throws the error of the last commit while writing fails; nothing was added
   */
  append(src: Uint8Array, start: number, end: number, count: number, dueMs = 0): number {
    if (this.refusal !== null) throw this.refusal;
    const index = this.endIndex;
    const batch = this.#collect();
    batch.append(BlockKind.Messages, src, start, end, count, index, this.#options.unixMs());
    this.endIndex = index + count;
    if (dueMs > 0) {
      this.state.defer(index, dueMs);
      this.#event(EventKind.Deferred, 0, 0, index, dueMs);
    }
    return this.#want();
  }

  /** Makes a channel whose first message is `floor`. @returns it, and the number of the commit that covers it */
  createChannel(name: string, floor: number): { channel: JournalChannel; commit: number } {
    const channel = new JournalChannel(this, this.state.make(name, floor));
    this.channels.set(name, channel);
    const batch = this.#collect();
    batch.eventCount++;
    putMade(batch.events, false, channel.state.id, floor, floor, name);
    return { channel, commit: this.#want() };
  }

  /** @returns the number of the commit that covers it */
  deleteChannel(channel: JournalChannel): number {
    channel.reader.close();
    this.channels.delete(channel.state.name);
    this.state.delete(channel.state);
    this.#event(EventKind.Deleted, 0, channel.state.id, 0, 0);
    return this.#want();
  }

  /** Pauses or unpauses the topic. @returns the number of the commit that covers it */
  pause(paused: boolean): number {
    this.state.paused = paused;
    this.#event(EventKind.Paused, Number(paused), 0, 0, 0);
    return this.#want();
  }

  /** The message that was just appended has this key. */
  setKey(key: string, entry: KeyEntry): void {
    const { index, unixMs, dueMs } = entry;
    this.state.keys.set(key, entry);
    const batch = this.#collect();
    batch.eventCount++;
    putKeyed(batch.events, false, key, dueMs === 0 ? 0 : dueMs - unixMs, index, unixMs);
  }

  /** A key is of no use any more. */
  forgetKey(key: string): void {
    this.state.keys.delete(key);
    const batch = this.collectEvent();
    batch.eventCount++;
    putKeyed(batch.events, true, key, 0, 0, 0);
  }

  /** A deferred message that waits in the topic is to be finished. */
  cancelWaiting(index: number): void {
    this.state.cancelled.add(index);
    this.#event(EventKind.Cancelled, 0, 0, index, 0);
  }

  /** Messages from `index` on wait in the topic; {@link NOTHING_WAITS} when all were handed on. */
  setWaitingFrom(index: number): void {
    if (index === this.state.waitingFrom) return;
    this.state.setWaitingFrom(index);
    this.#event(EventKind.Waiting, 0, 0, index, 0);
    this.#options.group.wantLater();
  }

  /** The number of the commit that covers all that happened so far, which is wanted soon. */
  commit(): number {
    return this.#want();
  }

  /** Why the commit did not cover this topic; null if it did. For commits that ended a moment ago. */
  failureOf(commit: number): Error | null {
    return this.#failures.of(commit);
  }

  /** Index of the first message published at or after `unixMs`, of those that are kept. */
  indexAt(unixMs: number): number {
    return this.#retention.indexAt(unixMs);
  }

  /** The oldest message that is kept: its index, and when it was published at the earliest. */
  get retainedFrom(): { index: number; unixMs: number } {
    return this.#retention.retainedFrom();
  }

  /** Called now and then: gives memory and room back, and drops finished messages that are too old, though nothing happens. */
  rest(): void {
    this.segments.dropIndexes();
    const isBusy = this.#collecting !== null || this.#committing.length > 0;
    if (this.#closed || isBusy || this.failure !== null) return;
    const writer = this.#writer, { unixMs, spares } = this.#options;
    if (writer !== null && spares?.hasRoom(writer) === true) {
      const isUnused = unixMs() - writer.segment.writtenMs >= UNUSED_ROOM_MS;
      if (isUnused && spares.giveBackRoom(writer)) this.#shrinkIfDrained(writer);
    }
    if (!this.#retention.rest()) return;
    this.#mustRoll = true;
    this.collectEvent();
  }

  /** Notes that the writer stops in order: the group is to be flushed next, then `close` called. */
  end(): void {
    if (this.#writer !== null || this.#collecting !== null) {
      this.#collect().putPending();
      this.#event(EventKind.Closed, 0, 0, 0, 0);
    }
  }

  /** Closes the files. What has not been committed is lost. */
  close(): void {
    this.#closed = true;
    this.#closeWriter();
    this.#collecting = null;
    this.#committing = [];
    for (const channel of this.channels.values()) channel.reader.close();
  }

  #remove(path: string): void {
    try {
      this.#options.files.remove(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    this.#removing.delete(path);
  }

  /** Closes and removes the files. @returns the number of the commit that covers it @throws what removing throws */
  delete(): number {
    this.close();
    const isRemoving = this.#removing.size > 0;
    const paths = new Set(this.segments.list.map(({ path }) => path)).union(this.#removing);
    for (const path of paths) this.#remove(path);
    this.segments.list.length = 0;
    this.#options.onDeleted?.(isRemoving ? this.#lastNumber : 0);
    this.namesChanged = true;
    return this.#namesCommit = this.#want();
  }

  // What follows is for the channels, the commit group and the retention.

  collectEvent(): Batch {
    const batch = this.#collect();
    this.#options.group.wantLater();
    return batch;
  }

  reportLost(channel: string, from: number, to: number): void {
    const { logger, topic } = this.#options;
    logger.error(
      `JOURNAL(${topic}): messages ${from} to ${
        to - 1
      } cannot be read, channel ${channel} goes on behind them`,
    );
  }

  *batches(): Iterable<Batch> {
    yield* this.#committing;
    if (this.#collecting !== null) yield this.#collecting;
  }

  /** Writes a message anew that stands in a segment which is to go. */
  appendMoved(src: Uint8Array, end: number, count: number, firstIndex: number): void {
    const batch = this.#collect();
    batch.append(BlockKind.Moved, src, 0, end, count, firstIndex, this.#options.unixMs());
    this.#options.group.wantLater();
  }

  /** Removes a segment that nobody needs. */
  removeSegment(segment: Segment): void {
    const { files, logger, spares } = this.#options;
    this.segments.remove(segment);
    this.segments.relocations.filter((_first, _end, number) => number !== segment.number);
    for (const { reader } of this.channels.values()) reader.close();
    if (spares?.recycle(segment)) return;
    const { path } = segment;
    this.#removing.add(path);
    files.removeInBackground(path).then(() => this.#removing.delete(path), (error) => {
      if (!this.#closed) logger.warn(`JOURNAL: failed to remove ${path} - ${error.message}`);
    });
  }

  reportStuck({ path }: Segment, error: Error): void {
    this.#options.logger.warn(`JOURNAL: ${path} stays, it cannot be read - ${error.message}`);
  }

  write(): number {
    if (this.#collecting !== null) this.#committing.push(this.#collecting);
    this.#collecting = null;
    if (this.#committing.length === 0) return 0;
    let bytes = 0;
    for (const batch of this.#committing) {
      batch.finish(this.endIndex, this.#options.unixMs());
      bytes += batch.blocks.length;
    }
    const isLarge = bytes >= Math.min(LARGE_COMMIT, this.#segmentBytes * EARLY_SHARE);
    const isNew = this.#mustBegin(bytes, isLarge);
    const writer = isNew ? this.#begin(isLarge) : this.#writer!;
    const commitAt = isNew ? 0 : writer.segment.bytes;
    this.#options.group.inUse(writer);
    for (const batch of this.#committing) writer.write(batch.blocks, commitAt);
    writer.reserve(bytes);
    this.writtenEnd = this.endIndex;
    return bytes;
  }

  get #segmentBytes(): number {
    return this.#options.segmentBytes ?? SEGMENT_BYTES;
  }

  /** Whether a commit of so many bytes goes to a new segment. */
  #mustBegin(bytes: number, isLarge: boolean): boolean {
    const writer = this.#writer;
    if (writer === null || this.#mustRoll) return true;
    const size = writer.segment.bytes, least = SNAPSHOT_SHARE * this.#snapshotBytes;
    if (size + bytes > Math.max(this.#segmentBytes, least)) return true;
    if (!isLarge || size < this.#segmentBytes * EARLY_SHARE) return false;
    const { spares } = this.#options;
    spares?.want();
    return spares?.isReady === true && size >= least && writer.roomBytes < bytes;
  }

  async sync(): Promise<void> {
    if (this.#committing.length > 0) await this.#writer!.sync();
  }

  syncNow(): void {
    if (this.#committing.length > 0) this.#writer!.syncNow();
  }

  done(number: number, error: Error | null): void {
    if (error !== null) {
      const { logger, topic } = this.#options;
      logger.error(`JOURNAL(${topic}): failed to write - ${error.message}`);
      this.#failures.add(number, error);
    }
    if (this.#committing.length === 0) { // closed, or nothing had happened
      if (number >= this.#namesCommit) this.namesChanged = false;
      return;
    }
    if (error !== null) return this.#fail(error);
    this.namesChanged = false;
    for (const batch of this.#committing) batch.release();
    this.#committing.length = 0;
    if (this.failure !== null) this.#options.onHealth?.(null);
    this.#failures.inARow = 0;
    this.#options.group.resting(this.#writer!);
    this.#retention.committed(this.#collecting === null, this.#writer!.segment);
    this.#shrinkIfDrained(this.#writer!);
  }

  /** Nobody needs what the segment holds, and nothing happens: a new one makes it superfluous. */
  #shrinkIfDrained(writer: SegmentWriter): void {
    const { retention, spares } = this.#options;
    if (writer.segment.bytes < DRAINED_BYTES || this.#collecting !== null) return;
    if (spares?.hasRoom(writer) === true) return; // what was made ahead is to be used
    if (retention?.ageMs !== undefined || retention?.bytes !== undefined) return;
    if (this.state.firstNeeded(this.endIndex) < this.endIndex) return;
    this.#mustRoll = true;
    this.collectEvent();
  }

  /** What was to be committed stays in memory, and is written anew to another file. */
  #fail(error: Error): void {
    const { group, logger, onHealth } = this.#options;
    this.#failures.inARow++;
    const segment = this.#writer?.segment;
    if (segment !== undefined) segment.blockOffsets = null; // there may be more, of what was written in vain
    this.#closeWriter();
    this.writtenEnd = this.#committing[0]!.firstIndex;
    for (const { reader } of this.channels.values()) reader.close();
    this.#retention.failed();
    if (segment !== undefined && this.namesChanged) {
      this.segments.remove(segment);
      this.#removing.add(segment.path);
      try {
        this.#remove(segment.path);
      } catch {
        logger.debug(`JOURNAL: ${segment.path} stays behind`); // the next segment speaks for its messages
      }
    }
    this.namesChanged = false;
    onHealth?.(error);
    group.enlist(this);
    if (this.#failures.inARow === 1) group.want();
    else group.retryLater();
  }

  /** Begins a segment with a snapshot. @param mayTakeSpare whether one that was made ahead is worth it @throws what making and writing the file throws */
  #begin(mayTakeSpare: boolean): SegmentWriter {
    this.#closeWriter();
    const { files, dataPath, topic, unixMs, spares } = this.#options;
    this.#mustRoll = false;
    const number = ++this.#lastNumber;
    const path = segmentPath(dataPath, topic, number);
    const firstIndex = this.#committing[0]!.firstIndex;
    const salt = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const segment = new Segment(files, number, path, firstIndex, unixMs(), salt);
    // Where the disk is full the blocks of a spare are what there is, or the room of others.
    const isFull = isDiskFull(this.failure);
    const spare = mayTakeSpare || isFull ? spares?.take(segment) ?? null : null;
    if (spare === null && isFull) spares?.freeSpace();
    const writer = this.#writer = spare ?? new SegmentWriter(segment);
    this.namesChanged = true;
    this.segments.list.push(segment);
    const snapshot = this.#snapshot(writer);
    this.#snapshotBytes = snapshot.length;
    writer.write(snapshot, 0);
    return writer;
  }

  #snapshot({ segment: { firstIndex, createdMs }, reusedBytes }: SegmentWriter): ByteBuffer {
    const buffer = new ByteBuffer(HEADER_BYTES + this.state.snapshotBytes);
    buffer.extend(HEADER_BYTES);
    let count = this.state.snapshot(buffer, this.endIndex);
    this.segments.relocations.forEach((first, end, segment) => {
      putEvent(buffer, EventKind.Relocated, 0, 0, segment, first, end);
      count++;
    });
    if (reusedBytes > 0) {
      putEvent(buffer, EventKind.Room, 0, 0, 0, reusedBytes, 0);
      count++;
    }
    sealBlock(buffer.bytes, buffer.view, 0, {
      kind: BlockKind.Snapshot,
      payloadBytes: buffer.length - HEADER_BYTES,
      count,
      epoch: this.#epoch,
      firstIndex,
      timeMs: createdMs,
    });
    return buffer;
  }

  #closeWriter(): void {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    this.#options.group.inUse(writer);
    this.#options.spares?.closed(writer);
    this.segments.closed(writer.segment);
    try {
      writer.end();
    } catch {
      // Its room stays, which the next start removes if it is the last.
    } finally {
      writer.close();
    }
  }

  #collect(): Batch {
    if (this.#collecting !== null) return this.#collecting;
    const { group } = this.#options;
    group.enlist(this);
    return this.#collecting = new Batch(group.pool, this.#epoch, this.endIndex);
  }

  #want(): number {
    const { group } = this.#options;
    group.want();
    return group.enlist(this);
  }

  #event(kind: number, flag: number, channel: number, a: number, b: number): void {
    const batch = this.#collect();
    batch.eventCount++;
    putEvent(batch.events, kind, flag, 0, channel, a, b);
  }
}
