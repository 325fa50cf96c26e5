/** Text from outside that becomes part of a path: it cannot lead anywhere else. */

/** What no name of a file should hold: separators, and what does not show itself. */
const UNFIT = /[/\\\p{C}\u2028\u2029]/gu;

const encoder = new TextEncoder();

/** The text with `%2F` for a slash, and the like for control characters. Names of topics and channels stay as they are. */
export function pathPart(text: string): string {
  return text.replace(UNFIT, percentEncoded);
}

/** A whole part of a path: `.` and `..`, which mean other directories, become `%2E` and `%2E%2E`. */
export function notUpwards(part: string): string {
  return /^\.{1,2}$/.test(part) ? percentEncoded(part) : part;
}

function percentEncoded(text: string): string {
  return [...encoder.encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
