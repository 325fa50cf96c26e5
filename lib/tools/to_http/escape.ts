/** Bytes that stand for themselves in a query. */
const UNRESERVED = /[A-Za-z0-9\-_.~]/;
const SPACE = 0x20;

/** What each byte is written as: as Go's `url.QueryEscape` does, so a space is a plus sign. */
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte === SPACE) return "+";
  const character = String.fromCharCode(byte);
  if (UNRESERVED.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** Writes bytes, which need not be text, as a value in a URL's query. */
export function queryEscape(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += ESCAPES[byte];
  return text;
}
