/**
 * What a topic holds that was made durable, or is not durable any more: from its disk queues to a journal and back. A process that is killed
 * meanwhile loses nothing: what is copied is on the disk before the original goes.
 * @module
 */
import type { DiskQueue } from "../../diskqueue/disk_queue.ts";
import type { CommitGroup } from "../../journal/commit_group.ts";
import { ChannelState } from "../../journal/channel_state.ts";
import type { Journal } from "../../journal/journal.ts";
import { JournalChannel } from "../../journal/journal_channel.ts";
import { NOTHING_WAITS } from "../../journal/topic_state.ts";
import { attemptsBefore, recordEnd } from "../../wire/record.ts";
import { DiskReader, DiskWriter } from "../disk_format.ts";
import { JournalBlocks } from "./journal_blocks.ts";
import { type Slab, SlabPool } from "../slab.ts";

/** So much is read into a journal before it is committed. */
const COMMIT_BYTES = 16 * 1024 * 1024;

/** What both directions need. */
interface ConversionOptions {
  topic: string;
  journal: Journal;
  group: CommitGroup;
  nodeId: number;
  /** Opens the disk queue of this name. */
  openDisk(name: string): DiskQueue;
}

/**
 * Puts the messages of disk queues into the journal, behind what is there, and removes the queues.
 * @param channels those that have a disk queue
 * @param hasOwn whether the topic itself has one
 * @throws what reading, writing and committing throws; the queues are there still then
 */
export async function queuesToJournal(
  options: ConversionOptions,
  channels: readonly string[],
  hasOwn: boolean,
): Promise<void> {
  const { topic, journal } = options, { state } = journal;
  const nothingWaits = state.waitingFrom === NOTHING_WAITS ||
    state.waitingFrom >= journal.endIndex;
  if (nothingWaits) journal.setWaitingFrom(NOTHING_WAITS);
  const queues: DiskQueue[] = [];
  for (const name of channels) {
    queues.push(await queueToJournal(options, `${topic}:${name}`, journal.channels.get(name)!));
  }
  if (nothingWaits) journal.setWaitingFrom(journal.endIndex);
  if (hasOwn) queues.push(await queueToJournal(options, topic, null));
  await commit(options);
  for (const queue of queues) queue.delete();
}

/** @param channel whose messages these are; null for all */
async function queueToJournal(
  options: ConversionOptions,
  name: string,
  channel: JournalChannel | null,
): Promise<DiskQueue> {
  const { journal, nodeId } = options;
  const queue = options.openDisk(name), reader = new DiskReader(queue, new SlabPool(), nodeId);
  let bytes = 0;
  for (let slab; (slab = reader.read()) !== null;) {
    appendBlock(journal, channel, slab, slab.start, 0);
    bytes += slab.end;
    slab.release(slab.count);
    if (bytes < COMMIT_BYTES) continue;
    bytes = 0;
    await commit(options);
  }
  return queue;
}

/**
 * Appends the messages of `slab` from record `position` on, which stands at `offset`.
 * @param channel whose they are, and nobody else's; null for all
 */
export function appendBlock(
  journal: Journal,
  channel: JournalChannel | null,
  slab: Slab,
  offset: number,
  position: number,
): void {
  const first = journal.endIndex, end = first + slab.count - position;
  journal.append(slab.bytes, offset, slab.end, slab.count - position);
  if (channel === null) return;
  for (const other of journal.channels.values()) {
    if (other !== channel) other.finishRange(first, end);
  }
  for (let index = first, at = offset; index < end; index++) {
    const attempts = attemptsBefore(slab.view, at);
    if (attempts > 0) channel.except(index, attempts, 0);
    at = recordEnd(slab.view, at);
  }
}

/** Commits all that was done. @throws why that failed */
async function commit({ journal, group }: ConversionOptions): Promise<void> {
  await group.flush();
  if (journal.failure !== null) throw journal.failure;
}

/**
 * Puts all that is not finished into disk queues, each behind what is there: deferred messages as others. The journal stays.
 * @throws what reading and writing throws
 */
export function journalToQueues(options: ConversionOptions): void {
  const { topic, journal } = options, { state, endIndex } = journal;
  const waitingFrom = state.waitingFrom === NOTHING_WAITS
    ? endIndex
    : Math.min(state.waitingFrom, endIndex);
  for (const [name, channel] of journal.channels) {
    channelToQueue(options, `${topic}:${name}`, channel, waitingFrom);
  }
  if (waitingFrom === endIndex) return;
  // It is none of the journal's channels, and has done nothing.
  const waiting = new JournalChannel(journal, new ChannelState(0, "", waitingFrom));
  for (const index of state.cancelled) waiting.finish(index);
  channelToQueue(options, topic, waiting, endIndex);
  waiting.reader.close();
}

function channelToQueue(
  options: ConversionOptions,
  name: string,
  channel: JournalChannel,
  end: number,
): void {
  const { floor } = channel.state.finished;
  if (floor >= end) return;
  const queue = options.openDisk(name), writer = new DiskWriter();
  const blocks = new JournalBlocks(channel, { pool: new SlabPool(), nodeId: options.nodeId });
  for (let next = floor; next < end; next = blocks.next) {
    const slab = blocks.read(next, end, true);
    if (slab === null) continue;
    for (let at = 0, count = 0; count < slab.count;) {
      const here = writer.appendRun(queue, slab, at, slab.count - count);
      for (let i = 0; i < here; i++) at = recordEnd(slab.view, at);
      count += here;
    }
    slab.release(slab.count);
  }
  const failure = queue.close();
  if (failure !== null) throw failure;
}
