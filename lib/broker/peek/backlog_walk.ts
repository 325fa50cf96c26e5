import {
  ATTEMPTS_OFFSET,
  attemptsBefore,
  DISK_SAVING_BYTES,
  recordEnd,
  SIZE_FIELD_BYTES,
} from "../../wire/record.ts";
import type { BacklogDisk } from "../backlog_disk.ts";
import { Cursor } from "../cursor.ts";
import type { Fifo } from "../fifo.ts";
import type { HeldMessage } from "../held_message.ts";
import type { Collector, Walk } from "./collector.ts";

/** What waits in memory: the log from a place on, and between its records what was queued again. See Backlog. */
export interface InMemory {
  cursor: Cursor;
  /** Index in the log behind its last record. */
  endIndex: number;
  again: Fifo<HeldMessage>;
}

/** Looks at what waits in a backlog: first what is on disk, then what is in memory at the time. */
export function* walkBacklog(
  disk: BacklogDisk,
  inMemory: () => InMemory,
  offset: number,
  into: Collector,
): Walk {
  const onDisk = disk.depth;
  if (offset < onDisk) yield* walkDisk(disk, offset, into);
  if (!into.full) walkMemory(inMemory(), Math.max(0, offset - onDisk), into);
}

function* walkDisk(disk: BacklogDisk, offset: number, into: Collector): Walk {
  const peeker = disk.newPeeker();
  try {
    const from = peeker.firstOrdinal + offset;
    while (!into.full && peeker.step(from)) {
      const { bytes, end } = peeker, view = new DataView(bytes.buffer);
      for (let at = peeker.start; at < end && !into.full;) {
        const next = at + SIZE_FIELD_BYTES + view.getUint32(at);
        const attempts = view.getUint16(at + ATTEMPTS_OFFSET - DISK_SAVING_BYTES);
        into.addFromDisk(bytes, at, next, { attempts });
        at = next;
      }
      yield;
    }
  } finally {
    peeker.close();
  }
}

function walkMemory({ cursor: from, endIndex, again }: InMemory, skip: number, into: Collector) {
  const cursor = new Cursor(from.slab, from.offset, from.position);
  let at = againBefore(again, cursor.index, skip);
  const records = Math.min(skip - at, endIndex - cursor.index);
  if (records < skip - at) return;
  move(cursor, records);
  while (!into.full) {
    const held = again.at(at);
    if (held !== undefined && held.dueIndex <= cursor.index) {
      into.add(held.bytes, held.start, held.end, { attempts: held.attempts });
      at++;
      continue;
    }
    if (cursor.index >= endIndex) return;
    cursor.findNext();
    const { slab: { bytes, view }, offset } = cursor, end = recordEnd(view, offset);
    into.add(bytes, offset, end, { attempts: attemptsBefore(view, offset) });
    cursor.offset = end;
    cursor.position++;
  }
}

/** How many of the first `count` messages were queued again; the others are records of the log from `index` on. */
function againBefore(again: Fifo<HeldMessage>, index: number, count: number): number {
  let low = 0, high = Math.min(again.length, count);
  while (low < high) {
    const middle = (low + high) >> 1;
    // Before it come so many records, and `middle` that were queued again.
    if (Math.max(0, again.at(middle)!.dueIndex - index) + middle < count) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Passes over `count` records, which stay as they are. */
function move(cursor: Cursor, count: number): void {
  while (count > 0) {
    cursor.findNext();
    const { slab } = cursor, here = Math.min(count, slab.count - cursor.position);
    if (here === slab.count - cursor.position) cursor.offset = slab.end;
    else for (let i = 0; i < here; i++) cursor.offset = recordEnd(slab.view, cursor.offset);
    cursor.position += here;
    count -= here;
  }
}
