import type { Logger } from "../log/logger.ts";
import type { DataFiles } from "./data_files.ts";
import { attempt, DiskQueueError } from "./errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { formatMeta, type Meta, type MetaFile, parseMeta, type Position } from "./meta_file.ts";
import type { RecordCounter } from "./record_counter.ts";

/** What recovery works on. */
export interface RecoveryInput {
  name: string;
  files: FileSystem;
  data: DataFiles;
  meta: MetaFile;
  counter: RecordCounter;
  logger: Logger;
}

/** The state in which a queue opens. */
export interface Recovered extends Meta {
  /** Differs from what the metadata file says, so that the file is to be written again. */
  changed: boolean;
}

/**
 * Finds out where reading and writing go on. The metadata file is only as new as the last sync, so after a crash the
 * data files may hold more than it says, or less (what was read meanwhile). What is readable is never written over:
 * whenever metadata and files differ, writing goes on in a new file. Throws `DiskQueueError`.
 */
export function recover(input: RecoveryInput): Recovered {
  const meta = readMeta(input);
  const first = input.data.numbers[0];
  if (meta === null && first === undefined) {
    return { depth: 0, read: start(0), write: start(0), changed: false };
  }
  const { depth, write, ...found } = meta ? reconcile(input, meta) : adopt(input, first!);
  const read = skipFinished(input, found.read, write);
  const state = { depth: samePosition(read, write) ? 0 : depth, read, write };
  const changed = meta === null || formatMeta(state) !== formatMeta(meta);
  return { ...state, changed };
}

function readMeta({ meta, name, logger }: RecoveryInput): Meta | null {
  const text = meta.read();
  if (text === null) return null;
  const parsed = parseMeta(text);
  if (parsed === null) {
    logger.error(`DISKQUEUE(${name}) ${meta.path} is not metadata, reading all data files again`);
  }
  return parsed;
}

/** No metadata: everything that lies there is unread. */
function adopt(input: RecoveryInput, first: number): Meta {
  const last = input.data.last!;
  warn(input, `no metadata, taking over files ${first} to ${last}`);
  return { depth: countFrom(input, start(first)), read: start(first), write: start(last + 1) };
}

/** Brings metadata in line with the files that are there. */
function reconcile(input: RecoveryInput, meta: Meta): Meta {
  const { write } = meta;
  const { data } = input;
  const last = Math.max(data.last ?? 0, meta.read.file, write.file);
  const sizeBytes = sizeOf(input, write.file);
  const read = readableFrom(input, meta);
  const isReadTrusted = samePosition(read, meta.read);
  const upToDate = isReadTrusted && sizeBytes === write.offset && last === write.file;
  if (!upToDate) {
    const text = formatMeta(meta).trim().replaceAll("\n", " ");
    const path = data.path(write.file);
    warn(
      input,
      `metadata "${text}", but ${path} has ${sizeBytes} bytes, skipping to new file` +
        (isReadTrusted ? "" : `, reading again from ${read.offset} of ${data.path(read.file)}`),
    );
  }
  const drained = samePosition(read, write);
  const trusted = isReadTrusted && hasAllFiles(input, meta) && sizeBytes >= write.offset &&
    meta.depth >= 0 && (meta.depth === 0) === drained;
  if (trusted && upToDate) return meta;
  const depth = trusted ? meta.depth + countFrom(input, write) : countFrom(input, read);
  return { depth, read, write: start(last + 1) };
}

/**
 * Where reading goes on. A read position that the files contradict says nothing: they are not those that it was
 * recorded for (cut off, brought back from a copy). What they hold is read then from the beginning, as a message
 * that comes twice is better than one that never comes.
 */
function readableFrom(input: RecoveryInput, { read, write }: Meta): Position {
  const { data } = input;
  const first = data.numbers[0];
  if (first === undefined) return read;
  const ordered = read.file < write.file ||
    (read.file === write.file && read.offset <= write.offset);
  // A file goes away before its end is recorded: one that is still there has something in it that is not done.
  if (!ordered || first < read.file) return start(first);
  if (data.has(read.file) && read.offset > sizeOf(input, read.file)) {
    return start(read.file);
  }
  return read;
}

/** Whether no file is missing between the two positions, so that the depth can be right. */
function hasAllFiles({ data }: RecoveryInput, { read, write }: Meta): boolean {
  const between = data.numbers.filter((file) => file >= read.file && file < write.file);
  return between.length === write.file - read.file;
}

/** Moves a reader that stands at the end of a finished file to the next one, as nothing is left to read there. */
function skipFinished(input: RecoveryInput, read: Position, write: Position): Position {
  let { file, offset } = read;
  while (file < write.file && offset >= sizeOf(input, file)) {
    if (input.data.has(file)) input.data.discard(file);
    file = input.data.firstFrom(file + 1) ?? write.file;
    offset = 0;
  }
  return { file, offset };
}

/**
 * Counts the records from a position to the end of the last file. A torn record at the very end is what a crash
 * leaves of a write that nobody was told to have succeeded, zeros are what a power cut leaves of one that was not synced:
 * either is cut off.
 */
function countFrom(input: RecoveryInput, from: Position): number {
  let total = 0;
  for (const file of input.data.numbers) {
    if (file < from.file) continue;
    const path = input.data.path(file);
    const offset = file === from.file ? from.offset : 0;
    const { count, endOffset, end } = input.counter.count(path, offset);
    total += count;
    if (file !== input.data.last) continue;
    if (end === "incomplete") cutTail(input, path, endOffset, "a torn record");
    else if (end === "invalid" && input.counter.isZeroFrom(path, endOffset)) {
      cutTail(input, path, endOffset, "zeros");
    }
  }
  return total;
}

function cutTail(input: RecoveryInput, path: string, endOffset: number, what: string): void {
  warn(input, `${path} ends in ${what}, cut off at ${endOffset}`);
  try {
    attempt("truncate", path, () => input.files.truncate(path, endOffset));
  } catch (error) {
    // The reader meets the torn record then, and sets the file aside.
    if (!(error instanceof DiskQueueError)) throw error;
    input.logger.error(`DISKQUEUE(${input.name}) ${error.message}`);
  }
}

function sizeOf({ files, data }: RecoveryInput, file: number): number {
  const path = data.path(file);
  return attempt("stat", path, () => files.sizeBytes(path)) ?? 0;
}

function start(file: number): Position {
  return { file, offset: 0 };
}

function samePosition(a: Position, b: Position): boolean {
  return a.file === b.file && a.offset === b.offset;
}

function warn({ logger, name }: RecoveryInput, text: string): void {
  logger.warn(`DISKQUEUE(${name}) ${text}`);
}
