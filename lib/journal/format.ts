/**
 * Layout of blocks. See README.md.
 * @module
 */
import { crc32 } from "node:zlib";

export const HEADER_BYTES = 52;
/** Of the format described in README.md. Readers refuse a higher one. */
export const FORMAT_VERSION = 1;
const SALT_OFFSET = 40;
const COMMIT_AT_OFFSET = 44;
const CRC_OFFSET = 48;
const MARK = 0x4e53514a; // "NSQJ"

/** In place of a block's mark: there is none. */
export const NO_MARK = new Uint8Array(4);

/** What a file begins with that is to become a segment, and of which no block can be read: "NSQS", and nothing where the rest of a header would be. */
export const SPARE_HEADER = new Uint8Array(HEADER_BYTES);
SPARE_HEADER.set([0x4e, 0x53, 0x51, 0x53]);

/** What a block holds. */
export const BlockKind = { Snapshot: 1, Messages: 2, Events: 3, Moved: 4 } as const;

/** The fields of a block's header. */
export interface BlockHeader {
  version: number;
  kind: number;
  payloadBytes: number;
  payloadCrc: number;
  /** Messages or events. */
  count: number;
  /** Grows with each start of the writer. */
  epoch: number;
  /** Index of the first message; of a block without messages, of the next one to come. */
  firstIndex: number;
  /** When it was begun, ms since 1970. */
  timeMs: number;
  /** Random, the same in all of a segment, and in no other: what looks like a block in a message's body has another, be it a copy of one. */
  salt: number;
  /** Where in the segment its commit begins: what stands before was on stable storage by then. */
  commitAt: number;
}

/** What is known of a block before it is known where it will be written. */
export type UnplacedHeader = Omit<BlockHeader, "payloadCrc" | "version" | "salt" | "commitAt">;

/** Writes the header of a block whose payload stands behind it in `bytes`: all but what {@link placeBlock} adds. */
export function sealBlock(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  header: UnplacedHeader,
): void {
  const payload = at + HEADER_BYTES;
  view.setUint32(at, MARK);
  view.setUint32(at + 4, header.payloadBytes);
  view.setUint32(at + 8, crc32(bytes.subarray(payload, payload + header.payloadBytes)));
  view.setUint16(at + 12, FORMAT_VERSION);
  view.setUint16(at + 14, header.kind);
  view.setUint32(at + 16, header.count);
  view.setUint32(at + 20, header.epoch);
  view.setFloat64(at + 24, header.firstIndex);
  view.setFloat64(at + 32, header.timeMs);
}

/** Completes the header of a sealed block that is about to be written. @returns bytes of the block */
export function placeBlock(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  salt: number,
  commitAt: number,
): number {
  view.setUint32(at + SALT_OFFSET, salt);
  view.setUint32(at + COMMIT_AT_OFFSET, commitAt);
  view.setUint32(at + CRC_OFFSET, crc32(bytes.subarray(at, at + CRC_OFFSET)));
  return HEADER_BYTES + view.getUint32(at + 4);
}

/** Reads the header at `at` into `header`. Returns false when there is none, or a damaged one. */
export function readHeader(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  header: BlockHeader,
): boolean {
  if (at + HEADER_BYTES > bytes.length || view.getUint32(at) !== MARK) return false;
  const crc = crc32(bytes.subarray(at, at + CRC_OFFSET));
  if (view.getUint32(at + CRC_OFFSET) !== crc) return false;
  readSealed(view, at, header);
  return true;
}

/** Reads the header of a block in memory, which was sealed and need not be placed. */
export function readSealed(view: DataView, at: number, header: BlockHeader): void {
  header.payloadBytes = view.getUint32(at + 4);
  header.payloadCrc = view.getUint32(at + 8);
  header.version = view.getUint16(at + 12);
  header.kind = view.getUint16(at + 14);
  header.count = view.getUint32(at + 16);
  header.epoch = view.getUint32(at + 20);
  header.firstIndex = view.getFloat64(at + 24);
  header.timeMs = view.getFloat64(at + 32);
  header.salt = view.getUint32(at + SALT_OFFSET);
  header.commitAt = view.getUint32(at + COMMIT_AT_OFFSET);
}

/** Whether the payload behind the header at `at` is the one that was written. It must be in `bytes` whole. */
export function payloadIsWhole(bytes: Uint8Array, at: number, header: BlockHeader): boolean {
  const from = at + HEADER_BYTES;
  return crc32(bytes.subarray(from, from + header.payloadBytes)) === header.payloadCrc;
}

/** A header to read into. */
export function newHeader(): BlockHeader {
  return {
    version: 0,
    kind: 0,
    payloadBytes: 0,
    payloadCrc: 0,
    count: 0,
    epoch: 0,
    firstIndex: 0,
    timeMs: 0,
    salt: 0,
    commitAt: 0,
  };
}

/** Whether a block of this kind holds messages. */
export function holdsMessages(kind: number): boolean {
  return kind === BlockKind.Messages || kind === BlockKind.Moved;
}

/**
 * Where the next block with this salt may begin, from `at` on; `bytes.length` when there is no mark. What a recycled segment held may be
 * full of marks: a loop that does nothing else takes 0.3 s for 64 MB of them, and to look at each header 9 s.
 * @param salt negative for any
 */
export function findMark(bytes: Uint8Array, view: DataView, at: number, salt: number): number {
  for (const end = bytes.length - 4; at <= end; at++) {
    if (bytes[at] !== MARK >>> 24 || view.getUint32(at) !== MARK) continue;
    if (salt < 0 || at + HEADER_BYTES > bytes.length) return at;
    if (view.getUint32(at + SALT_OFFSET) === salt) return at;
  }
  return bytes.length;
}
