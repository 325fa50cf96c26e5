import { MemoryLogger } from "../../log/testing/memory_logger.ts";
import { DiskQueue, type DiskQueueOptions } from "../disk_queue.ts";
import { ManualTimers } from "../../storage/testing/manual_timers.ts";
import { RecordTooLargeError } from "../errors.ts";

/** Opens a queue named `q` in `/d` that syncs only by request or timer, unless told otherwise. */
export function openQueue(options: Partial<DiskQueueOptions> & Pick<DiskQueueOptions, "files">) {
  return DiskQueue.open({
    name: "q",
    dataPath: "/d",
    maxBytesPerFile: 100,
    minRecordBytes: 1,
    usualRecordBytes: 64,
    syncEvery: 1_000_000,
    syncTimeoutMs: 2000,
    timers: new ManualTimers(),
    logger: new MemoryLogger(),
    ...options,
  });
}

/** The records, each behind its length as a big-endian int32. */
export function frame(...records: string[]): Uint8Array<ArrayBuffer> {
  const parts = records.map((record) => new TextEncoder().encode(record));
  const framed = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(framed.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setInt32(offset, part.length);
    framed.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return framed;
}

/** The records in `framed`. */
export function unframe(framed: Uint8Array): string[] {
  const view = new DataView(framed.buffer, framed.byteOffset, framed.byteLength);
  const records: string[] = [];
  for (let offset = 0; offset < framed.length;) {
    const length = view.getInt32(offset);
    records.push(new TextDecoder().decode(framed.subarray(offset + 4, offset + 4 + length)));
    offset += 4 + length;
  }
  return records;
}

export function put(queue: DiskQueue, ...records: string[]): void {
  const framed = frame(...records);
  queue.append(framed, 0, framed.length, records.length);
}

/** One `read()`, with a larger buffer if the record needs it. */
export function readBlock(queue: DiskQueue, bufferBytes = 4096): string[] {
  const buffer = new Uint8Array(bufferBytes);
  try {
    const { bytes } = queue.read(buffer);
    return unframe(buffer.subarray(0, bytes));
  } catch (error) {
    if (!(error instanceof RecordTooLargeError)) throw error;
    return readBlock(queue, error.neededBytes);
  }
}

/** Reads until nothing is left, without advancing. */
export function readAll(queue: DiskQueue, bufferBytes = 4096): string[] {
  const records: string[] = [];
  for (let block; (block = readBlock(queue, bufferBytes)).length > 0;) records.push(...block);
  return records;
}

/** Reads and finishes everything. */
export function drain(queue: DiskQueue): string[] {
  const records = readAll(queue);
  queue.advance(frame(...records).length, records.length);
  return records;
}
