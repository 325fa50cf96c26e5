/** `nsq journal ls`: what there is. */

import { basename } from "node:path";
import type { StoredJournal } from "../../journal/stored_journal.ts";
import { visible } from "../../log/visible.ts";
import type { JournalOptions } from "./options.ts";
import { counted, messageRange, type Output } from "./output.ts";

/** Prints each topic with its segments and channels. Returns true. */
export function list(
  journals: Iterable<StoredJournal>,
  { json }: JournalOptions,
  { line }: Output,
): boolean {
  for (const journal of journals) {
    const found = overview(journal);
    line(json ? JSON.stringify(found) : textOf(found));
  }
  return true;
}

type Overview = ReturnType<typeof overview>;

/** Of ranges, `first` is the lowest index, `next` the one behind the highest. */
function overview(journal: StoredJournal) {
  const { topic, segments, state, endIndex, repairs } = journal;
  return {
    topic,
    paused: state.paused,
    bytes: segments.bytes,
    first: journal.firstIndex,
    next: endIndex,
    waiting: journal.waiting,
    segments: segments.list.map((segment) => ({
      file: basename(segment.path),
      bytes: segment.bytes,
      first: segment.firstIndex,
      next: segments.endOf(segment, endIndex),
      begun: new Date(segment.createdMs).toISOString(),
    })),
    unreadable: repairs.unreadable.filter(({ sizeBytes }) => sizeBytes > 0)
      .map(({ path }) => basename(path)),
    channels: [...state.channels.values()].map((channel) => ({
      channel: channel.name,
      depth: channel.depth(endIndex),
      deferred: channel.exceptions.deferred,
      paused: channel.paused,
    })),
  };
}

function textOf(found: Overview): string {
  const { topic, bytes, segments, first, next, paused, waiting, unreadable, channels } = found;
  const flag = (isPaused: boolean) => isPaused ? ", paused" : "";
  return [
    `topic ${visible(topic)}: ${counted(segments.length, "segment")}, ${counted(bytes, "byte")}, ` +
    `${indexes(first, next)}${flag(paused)}`,
    ...segments.map((segment) =>
      `  ${segment.file}: ${counted(segment.bytes, "byte")}, ` +
      `${indexes(segment.first, segment.next)}, begun ${segment.begun}`
    ),
    ...unreadable.map((file) => `  ${file}: holds nothing that can be read`),
    ...channels.map(({ channel, depth, deferred, paused }) =>
      `  channel ${visible(channel)}: depth ${depth}, deferred ${deferred}${flag(paused)}`
    ),
    ...waiting > 0 ? [`  in no channel yet: ${counted(waiting, "message")}`] : [],
  ].join("\n");
}

function indexes(first: number, next: number): string {
  return first === next ? "no messages" : messageRange(first, next);
}
