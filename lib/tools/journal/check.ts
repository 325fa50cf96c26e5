/** `nsq journal check`: is everything whole, and if not, what would be lost? */

import { basename } from "node:path";
import { inspectSegment } from "../../journal/damage.ts";
import type { StoredJournal } from "../../journal/stored_journal.ts";
import { visible } from "../../log/visible.ts";
import type { JournalOptions } from "./options.ts";
import { counted, messageRange, type Output } from "./output.ts";

/**
 * Prints a line a topic, and what is wrong with it. Returns false when something is damaged, whatever else cannot be read.
 * @throws what reading throws where nothing damaged was found before
 */
export function check(
  journals: Iterable<StoredJournal>,
  { json }: JournalOptions,
  { line, warn }: Output,
): boolean {
  let isWhole = true;
  try {
    for (const journal of journals) {
      const found = inspect(journal);
      line(json ? JSON.stringify(found) : textOf(found));
      isWhole &&= found.whole;
    }
  } catch (error) {
    if (isWhole) throw error;
    warn(`the rest was not looked at - ${(error as Error).message}`);
  }
  return isWhole;
}

type Findings = ReturnType<typeof inspect>;

function inspect(journal: StoredJournal) {
  const { topic, segments, state, repairs } = journal;
  const reports = segments.list.map((segment) => ({ segment, report: inspectSegment(segment) }));
  const damaged = reports.flatMap(({ segment, report }) =>
    report.damaged.map((area) => ({ file: basename(segment.path), ...area }))
  );
  const lost = Array.from(journal.lost(), (range) => ({
    first: range.from,
    next: range.to,
    channels: [...state.channels.values()]
      .map((channel) => ({
        channel: channel.name,
        messages: journal.unfinished(channel, range),
      }))
      .filter(({ messages }) => messages > 0),
  }));
  const unreadable = repairs.unreadable.filter(({ sizeBytes }) => sizeBytes > 0)
    .map(({ path, sizeBytes }) => ({ file: basename(path), bytes: sizeBytes }));
  return {
    topic,
    whole: damaged.filter(({ isLastCommit }) => !isLastCommit).length + lost.length +
        unreadable.length === 0,
    segments: segments.list.length,
    blocks: reports.reduce((sum, { report }) => sum + report.messageBlocks + report.otherBlocks, 0),
    bytes: segments.bytes,
    unreadable,
    damaged,
    lost,
    torn: repairs.torn.map(({ segment, sizeBytes }) => ({
      file: basename(segment.path),
      bytes: sizeBytes - segment.bytes,
    })),
  };
}

function textOf(found: Findings): string {
  const topic = visible(found.topic);
  const size = `${counted(found.segments, "segment")}, ${counted(found.blocks, "block")}, ` +
    counted(found.bytes, "byte");
  return [
    `topic ${topic}: ${found.whole ? "whole" : "damaged"} (${size})`,
    ...found.unreadable.map(({ file, bytes }) =>
      `  ${file}: none of its ${counted(bytes, "byte")} can be read`
    ),
    ...found.damaged.map(({ file, offset, bytes, isLastCommit }) =>
      `  ${file}: ${counted(bytes, "byte")} from ${offset} on are damaged` +
      (isLastCommit ? ", which is likely a write that was never acknowledged" : "")
    ),
    ...found.lost.map(({ first, next, channels }) =>
      `  ${messageRange(first, next)} cannot be read: ${losers(channels)}`
    ),
    ...!found.whole && found.lost.length === 0
      ? ["  no message that somebody needs is lost; some may come again"]
      : [],
    ...found.torn.map(({ file, bytes }) =>
      `  ${file}: ends in ${counted(bytes, "byte")} of a write that was never acknowledged`
    ),
  ].join("\n");
}

function losers(channels: Findings["lost"][number]["channels"]): string {
  if (channels.length === 0) return "they are in no channel yet";
  return channels.map(({ channel, messages }) => `channel ${visible(channel)} loses ${messages}`)
    .join(", ");
}
