/** Numbers and booleans in the spellings that Go's `flag` package accepts. */

import { ValueError } from "../value_error.ts";

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

const TRUE_WORDS = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE_WORDS = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** @throws ValueError when the text is none of Go's words for true and false */
export function parseGoBool(text: string): boolean {
  if (TRUE_WORDS.has(text)) return true;
  if (FALSE_WORDS.has(text)) return false;
  throw new ValueError(`invalid boolean ${JSON.stringify(text)} (true or false)`);
}

/** "true" or "false" for any of Go's words for them, every other text as it is. */
export function normalizeGoBool(text: string): string {
  if (TRUE_WORDS.has(text)) return "true";
  return FALSE_WORDS.has(text) ? "false" : text;
}

/** Go's integer literals: `10`, `0x1f`, `0b101`, `0o17`, `017`, `1_000`. */
const GO_INTEGER =
  /^[-+]?(0[xX](_?[\da-fA-F])+|0[bB](_?[01])+|0[oO](_?[0-7])+|0(_?[0-7])*|[1-9](_?\d)*)$/;

/**
 * Reads an integer as Go's flags do, with prefixes and underscores.
 *
 * @throws ValueError when it is no integer or does not fit in 64 bits
 */
export function parseGoInteger(text: string): number {
  if (!GO_INTEGER.test(text)) throw new ValueError(`invalid integer ${JSON.stringify(text)}`);
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  const octal = /^0\d/.test(digits) ? "0o" + digits.slice(1) : digits;
  const magnitude = BigInt(octal);
  return int64ToNumber(text.startsWith("-") ? -magnitude : magnitude);
}

/** @throws ValueError when it is no decimal integer or does not fit in 64 bits */
export function parseDecimalInteger(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new ValueError(`invalid integer ${JSON.stringify(text)}`);
  return int64ToNumber(BigInt(text.replace(/^\+/, "")));
}

/**
 * An int64 as a number. Beyond 2^53 the nearest double: such values only ever mean "no limit".
 *
 * @throws ValueError when it does not fit in 64 bits
 */
export function int64ToNumber(value: bigint): number {
  if (value > MAX_INT64 || value < MIN_INT64) {
    throw new ValueError(`integer ${value} is out of the 64-bit range`);
  }
  return Number(value);
}

/** @throws ValueError when the text is no finite decimal number */
export function parseGoFloat(text: string): number {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) {
    throw new ValueError(`invalid number ${JSON.stringify(text)}`);
  }
  return Number(text);
}
