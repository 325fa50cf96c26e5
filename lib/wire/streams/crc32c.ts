/**
 * CRC-32C (Castagnoli), and the masked form of it that snappy's framing format stores.
 * Source: https://github.com/google/snappy/blob/main/framing_format.txt, section 3
 * @module
 */

/** The Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const MASK_DELTA = 0xa282ead8;
const SLICES = 8;
const ENTRIES = 256;

/** Eight tables one after the other: table k moves a byte's remainder on by k further bytes. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * ENTRIES);
  for (let byte = 0; byte < ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = ENTRIES; at < tables.length; at++) {
    const before = tables[at - ENTRIES]!;
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** The CRC-32C of `bytes`, an unsigned 32-bit number. Eight bytes a round ("slicing by 8"). */
export function crc32c(bytes: Uint8Array): number {
  const t = TABLES;
  const { length } = bytes;
  let crc = -1;
  let at = 0;
  for (const last = length - 7; at < last; at += 8) {
    const low = crc ^
      (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24);
    crc = t[1792 + (low & 0xff)]! ^ t[1536 + (low >>> 8 & 0xff)]! ^
      t[1280 + (low >>> 16 & 0xff)]! ^ t[1024 + (low >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^ t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^ t[bytes[at + 7]!]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** The CRC-32C of `bytes` as snappy's framing format stores it. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((crc >>> 15 | crc << 17) + MASK_DELTA) >>> 0;
}
