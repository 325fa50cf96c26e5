/** Text from outside, made fit for a terminal or a log line: nothing in it can move the cursor, begin a line or turn letters around. */

/**
 * What does not show itself: control characters (newlines and escape sequences with them), marks that change the direction of
 * writing, characters without width, and halves of characters.
 */
const HIDDEN = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f" + // C0, DEL, C1
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069" + // direction
    "\\u00ad\\u200b\\u2028\\u2029\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb" +
    "\\u{e0000}-\\u{e007f}\\ud800-\\udfff]",
  "gu",
);

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, with `\n`, `\x1b`, `\u202e` in place of what would not show itself. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** JSON in which nothing is hidden either: it stays JSON, and means the same. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, (character) => {
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${hex(unit, 4)}`).join("");
  });
}

/** As {@link visible}, for bytes: those that are no UTF-8 become `\xff`. */
export function visibleBytes(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== undefined) return visible(whole);
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    const character = decoded(bytes.subarray(at, at + length));
    text += character === undefined ? `\\x${hex(bytes[at]!, 2)}` : visible(character);
    at += character === undefined ? 1 : length;
  }
  return text;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  if (code > 0xffff) return `\\U${hex(code, 8)}`;
  return SHORT[character] ?? (code < 0x80 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

/** Bytes of the character that begins with this one. */
function sequenceLength(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** undefined when it is not UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // the caller has another form for it
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
