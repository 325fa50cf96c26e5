import { BlockReader, usedEnd } from "./block_reader.ts";
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
  let lastCommitAt = 0;
  const damaged: { offset: number; bytes: number }[] = [];
  const file = segment.files.openRead(segment.path);
  try {
    const blocks = new BlockReader(file, segment.bytes, segment.salt);
    for (let whole = true; whole;) {
      const expected = blocks.end;
      whole = blocks.next();
      const isRoom = !whole && usedEnd(file, blocks.end, segment.bytes) === blocks.end;
      if (blocks.damagedBytes > 0 && !isRoom) {
        damaged.push({ offset: expected, bytes: blocks.damagedBytes });
      }
      if (!whole) break;
      const { kind, commitAt } = blocks.header;
      lastCommitAt = commitAt;
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
