/**
 * Reads fields of what daemons answer, of any version: what is missing or of another type is its
 * type's zero, as in Go.
 */

export type Json = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? value as Json : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

export function namesOf(value: unknown): string[] {
  return listOf(value).filter((each) => typeof each === "string");
}

/** Each once, sorted by their characters' codes as Go sorts. */
export function sortedUnion(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

/** Orders two texts by their characters' codes. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
