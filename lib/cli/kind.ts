/**
 * Kinds of option values: how one is read from a flag and from a configuration file, and how it is
 * shown in the help text and in JSON.
 *
 * The coercions from a file are the reference's (a string may stand for a number, a bare number for
 * milliseconds, a comma-separated string for a list), less its two slips: there `snappy = 1`
 * means false and an unexpected type sometimes becomes an empty value; here the first means true
 * and the second is refused.
 */

import { durationToNanoseconds, formatDuration, parseDuration } from "../go/duration.ts";
import {
  int64ToNumber,
  normalizeGoBool,
  parseDecimalInteger,
  parseGoBool,
  parseGoFloat,
  parseGoInteger,
} from "../go/literals.ts";
import { ValueError } from "../value_error.ts";

/** One kind of value. Every function that reads throws {@link ValueError} with the reason. */
export interface Kind<T> {
  /** Placeholder in the help text; "" for a flag that needs no value. */
  readonly valueName: string;
  /** Whether the flag may stand alone, meaning `true`. */
  readonly isBoolean: boolean;
  /** All values that it takes, where they are few words. */
  readonly choices?: readonly string[];
  /** Reads the values of one flag in the order given, at least one. */
  fromFlags(texts: readonly string[]): T;
  /** Reads what the configuration file holds; its integers are bigints, its floats numbers. */
  fromConfig(value: unknown): T;
  /** The default as the help text shows it; "" when there is nothing to show. */
  format(value: T): string;
  /** The value as Go's encoding/json would show the reference's field. */
  toJson(value: T): unknown;
}

/** Inclusive bounds of a number; in milliseconds for a duration. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** Excluded lower bound, in place of `min`. */
  readonly above?: number;
}

/** Any text. `check` throws {@link ValueError} for one that will not do. */
export function text(
  { valueName = "string", check = (_text: string): void => {} } = {},
): Kind<string> {
  const checked = (value: string): string => (check(value), value);
  return {
    valueName,
    isBoolean: false,
    fromFlags: (texts) => checked(last(texts)),
    fromConfig: (value) => checked(typeof value === "string" ? value : wrongType(value, "string")),
    format: (value) => value === "" ? "" : JSON.stringify(value),
    toJson: (value) => value,
  };
}

/** True or false; the flag may stand alone. */
export function boolean(): Kind<boolean> {
  return {
    valueName: "",
    isBoolean: true,
    fromFlags: (texts) => parseGoBool(last(texts)),
    fromConfig(value) {
      if (typeof value === "boolean") return value;
      if (typeof value === "string") return parseGoBool(value);
      if (typeof value === "bigint") return value !== 0n;
      return wrongType(value, "boolean");
    },
    format: (value) => value ? "true" : "",
    toJson: (value) => value,
  };
}

/** A 64-bit integer. */
export function integer(bounds: Bounds = {}): Kind<number> {
  const checked = (value: number): number => within(value, bounds, String);
  return {
    valueName: "int",
    isBoolean: false,
    fromFlags: (texts) => checked(parseGoInteger(last(texts))),
    fromConfig(value) {
      if (typeof value === "bigint") return checked(int64ToNumber(value));
      if (typeof value === "string") return checked(parseDecimalInteger(value));
      return wrongType(value, "whole number");
    },
    format: (value) => value === 0 ? "" : String(value),
    toJson: (value) => value,
  };
}

/** What `kind` takes, or the word `auto`: the program finds out. */
export function orAuto(kind: Kind<number>): Kind<number | "auto"> {
  const read = (value: unknown, number: () => number): number | "auto" => {
    if (value === "auto") return value;
    if (typeof value !== "string" || /^[-+]?\d/.test(value)) return number();
    throw new ValueError(`${JSON.stringify(value)} is neither a number nor auto`);
  };
  return {
    valueName: `${kind.valueName}|auto`,
    isBoolean: false,
    fromFlags: (texts) => read(texts.at(-1), () => kind.fromFlags(texts)),
    fromConfig: (value) => read(value, () => kind.fromConfig(value)),
    format: (value) => value === "auto" ? value : kind.format(value),
    toJson: (value) => value === "auto" ? value : kind.toJson(value),
  };
}

/** A finite number. */
export function float(bounds: Bounds = {}): Kind<number> {
  const checked = (value: number): number => within(value, bounds, String);
  return {
    valueName: "float",
    isBoolean: false,
    fromFlags: (texts) => checked(parseGoFloat(last(texts))),
    fromConfig(value) {
      if (typeof value === "number" || typeof value === "bigint") return checked(Number(value));
      if (typeof value === "string") return checked(parseGoFloat(value));
      return wrongType(value, "number");
    },
    format: (value) => value === 0 ? "" : String(value),
    toJson: (value) => value,
  };
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/** A number of bytes, with or without a unit: `10GB`, `64MiB`. */
export function byteSize(): Kind<number> {
  const parse = (text: string): number => {
    const [, digits, unit] = /^(\d+(?:\.\d+)?) *([a-z]*)$/i.exec(text) ?? [];
    const factor = BYTE_UNITS[(unit ?? "").toUpperCase()];
    if (digits === undefined || factor === undefined) {
      throw new ValueError("should be a number of bytes such as 1000000, 500MB or 10GB");
    }
    return within(Math.floor(Number(digits) * factor), { max: Number.MAX_SAFE_INTEGER }, String);
  };
  return {
    valueName: "size",
    isBoolean: false,
    fromFlags: (texts) => parse(last(texts)),
    fromConfig(value) {
      if (typeof value === "bigint") return parse(String(value));
      return parse(typeof value === "string" ? value : wrongType(value, "size"));
    },
    format: (bytes) => bytes === 0 ? "" : String(bytes),
    toJson: (bytes) => bytes,
  };
}

/** A duration in milliseconds. In a file a bare integer counts milliseconds. */
export function duration(bounds: Bounds = {}): Kind<number> {
  const checked = (ms: number): number => within(ms, bounds, formatDuration);
  return {
    valueName: "duration",
    isBoolean: false,
    fromFlags: (texts) => checked(parseDuration(last(texts))),
    fromConfig(value) {
      if (typeof value === "bigint") return checked(parseDuration(`${value}ms`));
      if (typeof value === "string") return checked(parseDuration(value));
      return wrongType(value, "duration");
    },
    format: (ms) => ms === 0 ? "" : formatDuration(ms),
    toJson: durationToNanoseconds,
  };
}

/**
 * One of a few words, matched without regard to case unless `exactCase` is set.
 *
 * `words` maps each to its value, `toJson` says what the reference keeps for it. With `isBoolean`
 * the words include `true` and `false`, and the flag may stand alone.
 */
export function word<T>(
  words: Readonly<Record<string, T>>,
  toJson: (value: T) => unknown = (value) => value,
  { exactCase = false, isBoolean = false, valueName = "word" } = {},
): Kind<T> {
  const read = (given: string): T => {
    const cased = exactCase ? given : given.toLowerCase();
    const name = isBoolean ? normalizeGoBool(cased) : cased;
    if (Object.hasOwn(words, name)) return words[name] as T;
    const choices = Object.keys(words).filter((choice) => choice !== "").join(", ");
    throw new ValueError(`unknown value ${JSON.stringify(given)} (one of: ${choices})`);
  };
  return {
    valueName,
    isBoolean,
    choices: Object.keys(words).filter((choice) => choice !== ""),
    fromFlags: (texts) => read(last(texts)),
    fromConfig(value) {
      if (typeof value === "string") return read(value);
      const isTruth = typeof value === "boolean" || typeof value === "bigint";
      return isBoolean && isTruth ? read(String(value)) : wrongType(value, "string");
    },
    format: (value) => Object.keys(words).find((name) => words[name] === value) ?? "",
    toJson,
  };
}

/** A list of texts: the flag is repeated, a file has an array or a comma-separated string. */
export function textList(
  { valueName = "string", check = (_text: string): void => {} } = {},
): Kind<string[]> {
  const checked = (values: string[]): string[] => (values.forEach(check), values);
  return {
    valueName,
    isBoolean: false,
    fromFlags: (texts) => checked([...texts]),
    fromConfig: (value) =>
      checked(
        configList(value).map((item) =>
          typeof item === "string" ? item : wrongType(item, "string")
        ),
      ),
    format: (values) => values.join(","),
    toJson: (values) => values,
  };
}

/** A list of numbers: the flag is repeated or comma-separated, largest first as the reference. */
export function numberList(bounds: Bounds = {}): Kind<number[]> {
  const checked = (value: number): number => within(value, bounds, String);
  return {
    valueName: "float",
    isBoolean: false,
    fromFlags: (texts) =>
      texts.flatMap((item) => item.split(",")).map((item) => checked(parseGoFloat(item)))
        .sort((a, b) => b - a),
    fromConfig: (value) =>
      configList(value).map((item) => {
        if (typeof item === "number" || typeof item === "bigint") return checked(Number(item));
        return typeof item === "string" ? checked(parseGoFloat(item)) : wrongType(item, "number");
      }),
    format: (values) => values.join(","),
    toJson: (values) => values,
  };
}

function last(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}

function configList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return wrongType(value, "list");
  return value === "" ? [] : value.split(",").map((item) => item.trim());
}

function wrongType(value: unknown, wanted: string): never {
  throw new ValueError(`expected a ${wanted}, not ${describe(value)}`);
}

/** A value of a file, in TOML's words. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "a section";
  return typeof value === "bigint" ? `integer ${value}` : `${typeof value} ${value}`;
}

function within(value: number, bounds: Bounds, show: (value: number) => string): number {
  const { min = -Infinity, max = Infinity, above = -Infinity } = bounds;
  if (value >= min && value <= max && value > above) return value;
  const lower = bounds.above === undefined
    ? bounds.min === undefined ? "" : `at least ${show(min)}`
    : `more than ${show(above)}`;
  const upper = bounds.max === undefined ? "" : `at most ${show(max)}`;
  const wanted = [lower, upper].filter((part) => part !== "").join(" and ");
  throw new ValueError(`${show(value)} is out of range (${wanted})`);
}
