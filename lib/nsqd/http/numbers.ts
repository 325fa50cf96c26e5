import { parseGoBool } from "../../go/literals.ts";
import { formatDuration, parseDuration } from "../../go/duration.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Query } from "../../http/query.ts";

const INTEGER = /^[0-9]+$/;

/** A whole number from the query. @throws HttpError 400 that says what is right */
export function integerParameter(
  query: Query,
  name: string,
  byDefault: number,
  min: number,
  max: number,
): number {
  const text = query.get(name);
  if (text === undefined) return byDefault;
  const value = INTEGER.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new HttpError(400, `${name} is not a whole number from ${min} to ${max}`);
}

/** A true-or-false parameter of a call that Go's nsqd has not got, false without it. @throws HttpError 400 that says what is right */
export function flagParameter(query: Query, name: string): boolean {
  const text = query.get(name);
  if (text === undefined) return false;
  try {
    return parseGoBool(text);
  } catch (error) {
    throw new HttpError(400, `${name} is neither true nor false`, { cause: error });
  }
}

/** One of a few words from the query, the first by default. @throws HttpError 400 that lists them */
export function choiceParameter<T extends string>(
  query: Query,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const text = query.get(name);
  const choice = text === undefined ? choices[0] : choices.find((each) => each === text);
  if (choice === undefined) throw new HttpError(400, `${name} is none of: ${choices.join(", ")}`);
  return choice;
}

/** A duration from the query, in ms. @throws HttpError 400 that says what is right */
export function durationParameter(
  query: Query,
  name: string,
  byDefaultMs: number,
  minMs: number,
  maxMs: number,
): number {
  const text = query.get(name);
  if (text === undefined) return byDefaultMs;
  let ms = NaN;
  try {
    ms = parseDuration(text);
  } catch {
    // what is right is said below
  }
  if (ms >= minMs && ms <= maxMs) return ms;
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  throw new HttpError(400, `${name} is not a duration such as 1500ms or 20s ${range}`);
}
