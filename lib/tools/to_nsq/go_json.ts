/**
 * JSON as Go's encoding/json reads and writes it where that can be seen: keys in order, `<`, `>` and
 * `&` escaped. Better than there, integers keep all their digits.
 */

/** A value of JSON; an integer beyond 2^53 is a bigint. */
export type JsonValue = string | number | bigint | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [field: string]: JsonValue;
}

/** Whether a text may hold a number that a double cannot. */
const HAS_LONG_NUMBER = /\d{16}|\d[eE]/;
const INTEGER = /^-?\d+$/;

/** What Go writes as an escape: a page that embeds the JSON cannot be broken out of. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** @throws SyntaxError when it is not JSON, or has a number too large for a double */
export function parseJson(text: string): JsonValue {
  return HAS_LONG_NUMBER.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text);
}

/** A value as JSON, on one line. */
export function formatGoJson(value: JsonValue): string {
  if (typeof value === "string") return JSON.stringify(value).replace(ESCAPED, escape);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(formatGoJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.keys(value).sort();
    return `{${
      fields.map((key) => `${formatGoJson(key)}:${formatGoJson(value[key]!)}`).join(",")
    }}`;
  }
  return JSON.stringify(value);
}

function exactNumber(
  _key: string,
  value: JsonValue,
  { source = "" }: { source?: string } = {},
): JsonValue {
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) throw new SyntaxError(`number ${source} is too large`);
  return INTEGER.test(source) && !Number.isSafeInteger(value) ? BigInt(source) : value;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
