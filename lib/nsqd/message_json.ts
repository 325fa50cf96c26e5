/**
 * How messages stand in JSON answers.
 * @module
 */
const NS_PER_SECOND = 1_000_000_000n;
const MS_PER_SECOND = 1000;

/** BOMs are part of the text. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body: `body` where it is UTF-8, else `body_base64`. */
export interface BodyFields {
  body?: string;
  body_base64?: string;
  /** Whether it is not all of the body. */
  truncated?: true;
}

/** @param body its first bytes @param size of all of it */
export function bodyFields(body: Uint8Array, size: number): BodyFields {
  const truncated = body.length < size;
  const text = textOf(truncated ? body.subarray(0, wholeCharacters(body)) : body);
  return {
    ...(text === null ? { body_base64: body.toBase64() } : { body: text }),
    ...(truncated && { truncated }),
  };
}

/** A time in RFC 3339, to the nanosecond. */
export function unixNsText(ns: bigint): string {
  const seconds = new Date(Number(ns / NS_PER_SECOND) * MS_PER_SECOND).toISOString().slice(0, -5);
  return `${seconds}.${String(ns % NS_PER_SECOND).padStart(9, "0")}Z`;
}

/** A time in RFC 3339, to the millisecond. */
export function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null; // some other bytes
  }
}

/** Length without a character that was cut in two at the end. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // goes on with a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
