const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Decodes %XX escapes, strictly: undefined when a percent sign is not followed by two hex digits.
 * Bytes that are not UTF-8 become U+FFFD. In a query (`plusIsSpace`) a plus sign is a space.
 */
export function percentDecode(text: string, plusIsSpace: boolean): string | undefined {
  if (!text.includes("%")) return plusIsSpace ? text.replaceAll("+", " ") : text;
  const bytes = percentBytes(text, plusIsSpace);
  return bytes && decoder.decode(bytes);
}

/** As {@link percentDecode}, the bytes as they were meant, UTF-8 or not. */
export function percentBytes(text: string, plusIsSpace: boolean): Uint8Array | undefined {
  if (BAD_ESCAPE.test(text)) return undefined;
  const bytes = encoder.encode(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at]!;
    if (byte === PERCENT) {
      byte = parseInt(String.fromCharCode(bytes[at + 1]!, bytes[at + 2]!), 16);
      at += 2;
    } else if (byte === PLUS && plusIsSpace) {
      byte = SPACE;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}
