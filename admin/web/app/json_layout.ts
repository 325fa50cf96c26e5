/** A string, a bracket, a comma or colon, or what else stands between those. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Deeper than this it is not laid out: the indent alone would be larger than the text. */
const MAX_DEPTH = 100;

/**
 * JSON with line breaks; null for what is none, or only a number or a word. Each character but blanks
 * stays as it is: numbers of 20 digits, keys that come twice and escapes are what a reader looks for.
 */
export function laidOut(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    JSON.parse(text);
  } catch {
    return null; // not JSON, or cut off
  }
  const tokens = text.match(TOKEN)!;
  let out = "", depth = 0;
  for (const [at, token] of tokens.entries()) {
    const isOpening = token === "{" || token === "[";
    const isClosing = token === "}" || token === "]";
    if (isClosing) depth--;
    const before = tokens[at - 1];
    const isFirst = before === "{" || before === "[";
    if (isClosing ? !isFirst : isFirst || before === ",") out += "\n" + "  ".repeat(depth);
    out += token === ":" ? ": " : token;
    if (isOpening) depth++;
    if (depth > MAX_DEPTH) return null;
  }
  return out;
}
