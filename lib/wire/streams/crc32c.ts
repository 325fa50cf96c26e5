/**
 * CRC-32C (Castagnoli), and the masked form of it that snappy's framing format stores.
 * Source: https://github.com/google/snappy/blob/main/framing_format.txt, section 3
 * @module
 */

/** The Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const MASK_DELTA = 0xa282ead8;
const SLICES = 16;
const ENTRIES = 256;

/** As many tables, one after the other: table k moves a byte's remainder on by k further bytes. Made for the first who wants them. */
let tables: Int32Array | null = null;

function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * ENTRIES);
  for (let byte = 0; byte < ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = ENTRIES; at < made.length; at++) {
    const before = made[at - ENTRIES]!;
    made[at] = (before >>> 8) ^ made[before & 0xff]!;
  }
  return made;
}

/** The CRC-32C of `bytes`, an unsigned 32-bit number. Sixteen bytes a round ("slicing by 16"). */
export function crc32c(bytes: Uint8Array): number {
  const t = tables ??= makeTables();
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let crc = -1;
  let at = 0;
  for (const last = length - SLICES; at <= last; at += SLICES) {
    const a = crc ^ view.getInt32(at, true), b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true), d = view.getInt32(at + 12, true);
    crc = t[3840 + (a & 0xff)]! ^ t[3584 + (a >>> 8 & 0xff)]! ^
      t[3328 + (a >>> 16 & 0xff)]! ^ t[3072 + (a >>> 24)]! ^
      t[2816 + (b & 0xff)]! ^ t[2560 + (b >>> 8 & 0xff)]! ^
      t[2304 + (b >>> 16 & 0xff)]! ^ t[2048 + (b >>> 24)]! ^
      t[1792 + (c & 0xff)]! ^ t[1536 + (c >>> 8 & 0xff)]! ^
      t[1280 + (c >>> 16 & 0xff)]! ^ t[1024 + (c >>> 24)]! ^
      t[768 + (d & 0xff)]! ^ t[512 + (d >>> 8 & 0xff)]! ^
      t[256 + (d >>> 16 & 0xff)]! ^ t[d >>> 24]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** The CRC-32C of `bytes` as snappy's framing format stores it. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((crc >>> 15 | crc << 17) + MASK_DELTA) >>> 0;
}
