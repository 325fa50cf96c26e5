/**
 * Message ids: 16 lower-case hexadecimal characters of a 64-bit number
 * `tick (42 bits) | node id (10 bits) | sequence (12 bits)`, where a tick is 2^20 ns since an epoch in 2012.
 *
 * Inside the broker an id is the double `tick * 4096 + sequence`, exact below 2^53; the node id is the broker's own. Ids that do not
 * fit this (another node's, from a data directory that moved, or not hexadecimal at all) are "foreign" and kept as strings.
 * Layout: nsqd's guid.go.
 * @module
 */
import { MESSAGE_ID_BYTES } from "./protocol.ts";

/** Sequence numbers in one tick. */
export const SEQUENCES_PER_TICK = 4096;

/** What {@link decodeMessageId} gives for an id that the given node did not make. */
export const FOREIGN_ID = -1;

/** First tick: 2012-10-28 16:23:42 UTC in units of 2^20 ns. */
const EPOCH_TICK = 1288834974288;

/** ms × 10^6 / 2^20 = ms × 15625 / 16384. */
const TICKS_PER_MS = 15625 / 16384;

const HEX_DIGITS = "0123456789abcdef";

/** Value of each hexadecimal character; 0x80 (which no nibble sets) for all others. */
const NIBBLE = new Uint8Array(256).fill(0x80);
for (let i = 0; i < HEX_DIGITS.length; i++) NIBBLE[HEX_DIGITS.charCodeAt(i)] = i;

/** The two characters of each byte as one big-endian 16-bit number. */
const HEX_PAIR = new Uint16Array(256);
for (let i = 0; i < 256; i++) {
  HEX_PAIR[i] = HEX_DIGITS.charCodeAt(i >> 4) << 8 | HEX_DIGITS.charCodeAt(i & 15);
}

/** The tick of a time in ms since 1970. */
export function tickOf(unixMs: number): number {
  return Math.floor(unixMs * TICKS_PER_MS) - EPOCH_TICK;
}

/**
 * The number of the id at `bytes[at, at + 16)`, or {@link FOREIGN_ID} where node `nodeId` could not have made it.
 * Allocates nothing.
 */
export function decodeMessageId(bytes: Uint8Array, at: number, nodeId: number): number {
  const t = NIBBLE, b = bytes;
  const n0 = t[b[at]!]!, n1 = t[b[at + 1]!]!, n2 = t[b[at + 2]!]!, n3 = t[b[at + 3]!]!;
  const n4 = t[b[at + 4]!]!, n5 = t[b[at + 5]!]!, n6 = t[b[at + 6]!]!, n7 = t[b[at + 7]!]!;
  const n8 = t[b[at + 8]!]!, n9 = t[b[at + 9]!]!, n10 = t[b[at + 10]!]!, n11 = t[b[at + 11]!]!;
  const n12 = t[b[at + 12]!]!, n13 = t[b[at + 13]!]!, n14 = t[b[at + 14]!]!, n15 = t[b[at + 15]!]!;
  const all = n0 | n1 | n2 | n3 | n4 | n5 | n6 | n7 | n8 | n9 | n10 | n11 | n12 | n13 | n14 | n15;
  if (all >= 0x80 || n0 >= 8) return FOREIGN_ID; // not hexadecimal, or 2^53 and more
  if (((n10 & 3) << 8 | n11 << 4 | n12) !== nodeId) return FOREIGN_ID;
  const high = n0 << 24 | n1 << 20 | n2 << 16 | n3 << 12 | n4 << 8 | n5 << 4 | n6;
  const low = n7 << 22 | n8 << 18 | n9 << 14 | n10 >> 2 << 12 | n13 << 8 | n14 << 4 | n15;
  return high * 0x4000000 + low;
}

/** Of the id that {@link readMessageId} saw last: its first twelve characters, and of which node it was. */
const LAST_SEEN = new Int32Array(4);

/** The number of the first id that begins so; {@link FOREIGN_ID} where that node makes none. */
const LAST_BASE = Float64Array.of(FOREIGN_ID);

/**
 * As {@link decodeMessageId}, for ids that come one after the other, as those of finished messages do. What was published within the same
 * tick, thousands of messages, differs in the last three characters: the rest is compared with the id before, four characters at a time.
 */
export function readMessageId(view: DataView, at: number, nodeId: number): number {
  const w0 = view.getInt32(at), w1 = view.getInt32(at + 4), w2 = view.getInt32(at + 8);
  const seen = LAST_SEEN;
  if (w0 !== seen[0] || w1 !== seen[1] || w2 !== seen[2] || nodeId !== seen[3]) {
    seen[0] = w0;
    seen[1] = w1;
    seen[2] = w2;
    seen[3] = nodeId;
    LAST_BASE[0] = firstNumber(hex4(w0), hex4(w1), hex4(w2), nodeId);
  }
  const base = LAST_BASE[0]!;
  const last = hex4(view.getInt32(at + 12));
  return base < 0 || last >> 12 !== (nodeId & 15) ? FOREIGN_ID : base + (last & 0xfff);
}

/** The first id's number in the tick that the twelve characters of these values name; {@link FOREIGN_ID} where the node makes none of them. */
function firstNumber(hex0: number, hex1: number, hex2: number, nodeId: number): number {
  const isOurs = (hex0 | hex1 | hex2) >= 0 && hex0 < 0x8000 && (hex2 & 0x3f) === nodeId >> 4;
  if (!isOurs) return FOREIGN_ID; // or 2^53 and more
  return ((hex0 * 0x10000 + hex1) * 0x400 + (hex2 >> 6)) * SEQUENCES_PER_TICK;
}

/** The value of four hexadecimal characters, which stand in a big-endian number; -1 where one is none. All four at once: this runs for each FIN. */
function hex4(characters: number): number {
  const isLetter = characters >> 6 & 0x01010101;
  const nibbles = (characters & 0x0f0f0f0f) + 9 * isLetter;
  const isFromTen = nibbles + 0x06060606 >> 4 & 0x01010101;
  // Digits are 0x30 and on, letters 0x61 and on.
  const wrong = (characters >> 4 & 0x0f0f0f0f) ^ (0x03030303 + 3 * isLetter) |
    nibbles & 0x10101010 | isFromTen ^ isLetter;
  if (wrong !== 0) return -1;
  const pairs = (nibbles | nibbles >> 4) & 0x00ff00ff;
  return (pairs | pairs >> 8) & 0xffff;
}

/** Writes the 16 characters of id `number` of node `nodeId` to `view` at `at`. */
export function encodeMessageId(view: DataView, at: number, number: number, nodeId: number): void {
  const high = Math.floor(number / 0x4000000);
  const low = number - high * 0x4000000;
  const tickLow = low >>> 12;
  // The id as two 32-bit words: 28 + 4 bits of tick, then 10 bits of tick, node id and sequence.
  const word0 = (high << 4 | tickLow >>> 10) >>> 0;
  const word1 = ((tickLow & 0x3ff) << 22 | nodeId << 12 | low & 0xfff) >>> 0;
  for (let i = 0; i < 4; i++) {
    const shift = 24 - 8 * i;
    view.setUint16(at + 2 * i, HEX_PAIR[word0 >>> shift & 0xff]!);
    view.setUint16(at + 8 + 2 * i, HEX_PAIR[word1 >>> shift & 0xff]!);
  }
}

/** The last two characters of the ids whose sequence ends in `low` (0 to 255), as a big-endian 16-bit number. */
export function lastHexPair(low: number): number {
  return HEX_PAIR[low]!;
}

/** The id at `bytes[at, at + 16)` as a string of one character per byte. */
export function messageIdString(bytes: Uint8Array, at: number): string {
  let text = "";
  for (let i = at; i < at + MESSAGE_ID_BYTES; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
