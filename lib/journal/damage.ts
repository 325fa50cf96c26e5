import { BlockReader, writtenEnd } from "./block_reader.ts";
import { EventKind, forEachEvent } from "./events.ts";
import { BlockKind } from "./format.ts";
import type { Segment } from "./segment.ts";

/** What is in a segment. */
export interface SegmentReport {
  /** Whole blocks, by what they hold. */
  messageBlocks: number;
  otherBlocks: number;
  /** Where bytes are no block, though whole blocks follow. */
  damaged: { offset: number; bytes: number; isLastCommit: boolean }[];
}

/** Reads all blocks of a segment and checks each. @throws what reading throws */
export function inspectSegment(segment: Segment): SegmentReport {
  const report: SegmentReport = { messageBlocks: 0, otherBlocks: 0, damaged: [] };
  let lastCommitAt = 0, roomBytes = 0;
  const damaged: { offset: number; bytes: number }[] = [];
  const file = segment.files.openRead(segment.path);
  try {
    const blocks = new BlockReader(file, segment.bytes, segment.salt);
    for (let whole = true; whole;) {
      const expected = blocks.end;
      whole = blocks.next();
      const { end } = blocks;
      const isRoom = !whole &&
        writtenEnd(file, end, segment.bytes, segment.salt, roomBytes) === end;
      if (blocks.damagedBytes > 0 && !isRoom) {
        damaged.push({ offset: expected, bytes: blocks.damagedBytes });
      }
      if (!whole) break;
      const { kind, commitAt, payloadBytes } = blocks.header;
      lastCommitAt = commitAt;
      if (kind === BlockKind.Snapshot) {
        const { bytes, payloadAt } = blocks;
        forEachEvent(bytes, payloadAt, payloadAt + payloadBytes, (event) => {
          if (event.kind === EventKind.Room) roomBytes = event.a;
        });
      }
      if (kind === BlockKind.Messages || kind === BlockKind.Moved) report.messageBlocks++;
      else report.otherBlocks++;
    }
    // A commit reaches the disk in any order: of the last one, a part may be missing that was never acknowledged.
    report.damaged = damaged.map((area) => ({
      ...area,
      isLastCommit: area.offset >= lastCommitAt,
    }));
  } finally {
    file.close();
  }
  return report;
}
