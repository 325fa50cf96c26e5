const SHORT_ESCAPES: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * `bytes` in double quotes as Go's `%q` prints them, with one character per byte of the result (so that text which is not
 * ASCII leaves in its own bytes). Source: https://pkg.go.dev/strconv#Quote
 */
export function goQuote(bytes: Uint8Array): string {
  let out = '"';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i]!);
    const character = decodeOne(bytes.subarray(i, i + length), length);
    if (character === undefined) {
      out += `\\x${hex(bytes[i]!, 2)}`;
      i++;
      continue;
    }
    out += quoteCharacter(character, bytes.subarray(i, i + length));
    i += length;
  }
  return out + '"';
}

function quoteCharacter(character: string, encoded: Uint8Array): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  if (isPrintable(character)) return String.fromCharCode(...encoded);
  const code = character.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character); // here, as making its classes would take a millisecond of every start
}

/** Bytes of the UTF-8 sequence that `first` opens (1 where it opens none). */
function sequenceLength(first: number): number {
  if (first >= 0xf0 && first < 0xf8) return 4;
  if (first >= 0xe0) return 3;
  if (first >= 0xc0) return 2;
  return 1;
}

function decodeOne(bytes: Uint8Array, length: number): string | undefined {
  if (bytes.length < length) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // not UTF-8: the caller prints the byte itself
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
