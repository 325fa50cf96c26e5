/**
 * Durations as Go writes them (`250ms`, `1m30s`, `1.5h`).
 *
 * In memory a duration is a number of milliseconds, fractions allowed: what timers take. Parsing
 * and printing go through whole nanoseconds, so that nothing is lost on the way.
 */

import { ValueError } from "../value_error.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Largest duration that Go can hold: an int64 of nanoseconds, about 292 years. */
const MAX_DURATION_NS = 2n ** 63n - 1n;

const UNITS_NS = new Map<string, bigint>([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n], // U+00B5, micro sign
  ["μs", 1_000n], // U+03BC, Greek letter mu
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

const COMPONENT = /(\d*)(?:\.(\d*))?([^\d.]*)/y;

/**
 * Reads a duration.
 *
 * @returns milliseconds
 * @throws ValueError when the text is no duration, lacks a unit, or is too large for Go
 */
export function parseDuration(text: string): number {
  const signed = /^[-+]/.test(text);
  const unsigned = signed ? text.slice(1) : text;
  if (unsigned === "0") return 0;
  if (unsigned === "") throw new ValueError(`invalid duration ${JSON.stringify(text)}`);
  let totalNs = 0n;
  COMPONENT.lastIndex = 0;
  while (COMPONENT.lastIndex < unsigned.length) {
    totalNs += componentNs(COMPONENT.exec(unsigned), text);
  }
  if (totalNs > MAX_DURATION_NS) {
    throw new ValueError(`duration ${JSON.stringify(text)} is too large`);
  }
  const ms = Number(totalNs) / NANOSECONDS_PER_MILLISECOND;
  return text.startsWith("-") ? -ms : ms;
}

/** Nanoseconds of one number with its unit. `text` is the whole duration, for the message. */
function componentNs(match: RegExpExecArray | null, text: string): bigint {
  const [, whole = "", fraction = "", unit = ""] = match ?? [];
  if (whole === "" && fraction === "") {
    throw new ValueError(`invalid duration ${JSON.stringify(text)}`);
  }
  if (unit === "") {
    throw new ValueError(`missing unit in duration ${JSON.stringify(text)}, as in 250ms or 1m30s`);
  }
  const unitNs = UNITS_NS.get(unit);
  if (unitNs === undefined) {
    throw new ValueError(
      `unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`,
    );
  }
  const fractionNs = BigInt(fraction || "0") * unitNs / 10n ** BigInt(fraction.length);
  return BigInt(whole || "0") * unitNs + fractionNs;
}

/** Prints milliseconds as Go prints a duration: `1m30s`, `250ms`, `1h0m0s`, `0s`. */
export function formatDuration(ms: number): string {
  const ns = BigInt(durationToNanoseconds(Math.abs(ms)));
  const sign = ms < 0 && ns > 0n ? "-" : "";
  return sign + formatNanoseconds(ns);
}

function formatNanoseconds(ns: bigint): string {
  if (ns === 0n) return "0s";
  if (ns < 1_000n) return `${ns}ns`;
  if (ns < 1_000_000n) return `${decimal(ns, 3)}µs`;
  if (ns < 1_000_000_000n) return `${decimal(ns, 6)}ms`;
  const minutes = ns / 60_000_000_000n;
  const seconds = decimal(ns % 60_000_000_000n, 9) + "s";
  if (minutes === 0n) return seconds;
  if (minutes < 60n) return `${minutes}m${seconds}`;
  return `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** `value` / 10^`places`, without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : "." + fraction);
}

/** Whole nanoseconds of a duration in milliseconds: what Go's JSON shows for a duration. */
export function durationToNanoseconds(ms: number): number {
  return Math.round(ms * NANOSECONDS_PER_MILLISECOND);
}
