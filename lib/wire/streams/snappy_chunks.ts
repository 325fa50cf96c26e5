/**
 * Chunks of snappy's framing format.
 * Source: https://github.com/google/snappy/blob/main/framing_format.txt
 * @module
 */
import { snappyCompressor, snappyUncompressor } from "hysnappy";
import { maskedCrc32c } from "./crc32c.ts";

/** Uncompressed bytes that one chunk may hold. */
export const MAX_CHUNK_DATA_BYTES: number = 64 * 1024;

/** Chunk type and length. */
export const CHUNK_HEADER_BYTES = 4;

const CRC_BYTES = 4;

/** What a chunk of {@link MAX_CHUNK_DATA_BYTES} can grow to, whoever compresses it. */
const MAX_CHUNK_BODY_BYTES = CRC_BYTES + 32 + MAX_CHUNK_DATA_BYTES +
  Math.floor(MAX_CHUNK_DATA_BYTES / 6);

const ChunkType = { Compressed: 0x00, Uncompressed: 0x01, StreamIdentifier: 0xff } as const;

/** Chunk types from here on may be skipped by who does not know them; the lower ones may not. */
const FIRST_SKIPPABLE_TYPE = 0x80;

const IDENTIFIER = new TextEncoder().encode("sNaPpY");

/** What a stream begins with. */
export const STREAM_START: Uint8Array = Uint8Array.of(
  ChunkType.StreamIdentifier,
  IDENTIFIER.length,
  0,
  0,
  ...IDENTIFIER,
);

/** Shared by all connections: each call is synchronous and leaves nothing behind. Made for the first that wants them. */
let uncompress: ReturnType<typeof snappyUncompressor> | null = null;
let compress: ReturnType<typeof snappyCompressor> | null = null;

/** What is received is no snappy stream. */
export class SnappyError extends Error {
  override readonly name = "SnappyError";

  constructor(why: string, options?: ErrorOptions) {
    super(`snappy: ${why}`, options);
  }
}

/** How the chunk that begins at `bytes[start]` is to be treated. */
export interface ChunkHeader {
  type: number;
  /** Bytes after the header. */
  bodyBytes: number;
  /** The body is of no interest, and may be of any length. */
  skipped: boolean;
}

/** Reads a chunk's header. @throws SnappyError if there can be no such chunk here */
export function chunkHeader(bytes: Uint8Array, start: number, isFirst: boolean): ChunkHeader {
  const type = bytes[start]!;
  const bodyBytes = bytes[start + 1]! | bytes[start + 2]! << 8 | bytes[start + 3]! << 16;
  if (isFirst && type !== ChunkType.StreamIdentifier) throw new SnappyError("corrupt input");
  if (type === ChunkType.StreamIdentifier) {
    if (bodyBytes !== IDENTIFIER.length) throw new SnappyError("corrupt input");
    return { type, bodyBytes, skipped: false };
  }
  if (type >= FIRST_SKIPPABLE_TYPE) return { type, bodyBytes, skipped: true };
  if (type > ChunkType.Uncompressed) throw new SnappyError("unsupported input");
  if (bodyBytes < CRC_BYTES || bodyBytes > MAX_CHUNK_BODY_BYTES) {
    throw new SnappyError("corrupt input");
  }
  return { type, bodyBytes, skipped: false };
}

/**
 * The data in a chunk's body; empty for a stream identifier. May be a view of `body`.
 * @throws SnappyError
 */
export function chunkData(type: number, body: Uint8Array): Uint8Array {
  if (type === ChunkType.StreamIdentifier) {
    if (body.some((byte, i) => byte !== IDENTIFIER[i])) throw new SnappyError("corrupt input");
    return body.subarray(0, 0);
  }
  const crc = (body[0]! | body[1]! << 8 | body[2]! << 16 | body[3]! << 24) >>> 0;
  const stored = body.subarray(CRC_BYTES);
  const data = type === ChunkType.Compressed ? uncompressBlock(stored) : stored;
  if (data.length > MAX_CHUNK_DATA_BYTES) throw new SnappyError("corrupt input");
  if (maskedCrc32c(data) !== crc) throw new SnappyError("corrupt input (checksum)");
  return data;
}

/** Writes `data` (at most {@link MAX_CHUNK_DATA_BYTES}) as a chunk into `out`; returns where it ends. */
export function writeChunk(data: Uint8Array, out: Uint8Array, at: number): number {
  const compressed = (compress ??= snappyCompressor())(data);
  // As the usual encoders do: below an eighth saved, it is not worth the other side's work.
  const isWorthIt = compressed.length < data.length - (data.length >> 3);
  const stored = isWorthIt ? compressed : data;
  const bodyBytes = CRC_BYTES + stored.length;
  const crc = maskedCrc32c(data);
  out[at] = isWorthIt ? ChunkType.Compressed : ChunkType.Uncompressed;
  out[at + 1] = bodyBytes;
  out[at + 2] = bodyBytes >> 8;
  out[at + 3] = bodyBytes >> 16;
  for (let i = 0; i < CRC_BYTES; i++) out[at + CHUNK_HEADER_BYTES + i] = crc >>> 8 * i;
  out.set(stored, at + CHUNK_HEADER_BYTES + CRC_BYTES);
  return at + CHUNK_HEADER_BYTES + bodyBytes;
}

/** Room that {@link writeChunk} needs at most for `length` bytes. */
export function maxChunkBytes(length: number): number {
  return CHUNK_HEADER_BYTES + CRC_BYTES + length;
}

/** @throws SnappyError */
function uncompressBlock(block: Uint8Array): Uint8Array {
  const length = announcedLength(block);
  if (length > MAX_CHUNK_DATA_BYTES) throw new SnappyError("corrupt input");
  try {
    return (uncompress ??= snappyUncompressor())(block, length);
  } catch (cause) {
    throw new SnappyError("corrupt input", { cause });
  }
}

/** The varint that a block begins with. @throws SnappyError if it is longer than any that is allowed */
function announcedLength(block: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < 3 && i < block.length; i++) {
    length |= (block[i]! & 0x7f) << 7 * i;
    if (block[i]! < 0x80) return length;
  }
  throw new SnappyError("corrupt input");
}
