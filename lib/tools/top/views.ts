/** What each view shows, and how. */

import type { Figures } from "./figures.ts";

export type ViewName = "channels" | "topics" | "nodes" | "clients";

/** A column. Its name is its heading, and the figure that it shows. */
export interface Column {
  readonly name: string;
  /** Texts are set to the left and sorted upwards, numbers to the right and downwards. */
  readonly isText: boolean;
  /** Texts are cut to this many characters; a column of numbers is as wide as its heading needs. */
  readonly width: number;
}

/** A view. */
export interface View {
  readonly columns: readonly Column[];
  /** Column that it is sorted by unless somebody wants another. */
  readonly sort: string;
}

const NUMBER_WIDTH = 7;

const words = (name: string, width: number): Column => ({ name, isText: true, width });
const number = (name: string): Column => ({
  name,
  isText: false,
  width: Math.max(NUMBER_WIDTH, name.length),
});

const DEPTHS = ["depth", "memory", "disk"].map(number);
const TOPIC = words("topic", 24);
const CHANNEL = words("channel", 20);

export const VIEWS: Readonly<Record<ViewName, View>> = {
  channels: {
    columns: [
      TOPIC,
      CHANNEL,
      number("in"),
      number("out"),
      ...DEPTHS,
      ...["in-flight", "deferred", "requeued", "timed out", "clients"].map(number),
      words("state", 10),
    ],
    sort: "depth",
  },
  topics: {
    columns: [
      TOPIC,
      number("in"),
      ...DEPTHS,
      ...["backlog", "in-flight", "messages", "channels", "clients", "nodes"].map(number),
      words("state", 10),
    ],
    sort: "in",
  },
  nodes: {
    columns: [
      words("node", 28),
      words("host", 20),
      words("version", 10),
      ...["in", "depth", "in-flight", "topics", "channels", "clients"].map(number),
      words("state", 16),
    ],
    sort: "node",
  },
  clients: {
    columns: [
      words("client", 20),
      words("address", 22),
      TOPIC,
      CHANNEL,
      ...["out", "finished", "requeued", "ready", "in-flight"].map(number),
      words("node", 22),
      words("agent", 24),
    ],
    sort: "out",
  },
};

/** In the order of their keys, 1 to 4. */
export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];

/** Whether a row stays when only those with `text` in a name are wanted; case does not count. */
export function matches(view: View, figures: Figures, text: string): boolean {
  const wanted = text.toLowerCase();
  return view.columns.some(({ name, isText }) =>
    isText && String(figures[name]).toLowerCase().includes(wanted)
  );
}

/** Rows in the order of a column; equal ones by their names. */
export function sorted(
  view: View,
  rows: readonly Figures[],
  { sort, isReversed }: { sort: string; isReversed: boolean },
): Figures[] {
  const column = view.columns.find(({ name }) => name === sort) ?? view.columns[0]!;
  const names = view.columns.filter(({ isText }) => isText);
  const sign = isReversed ? -1 : 1;
  return [...rows].sort((a, b) => {
    const order = compare(column, a, b) * sign;
    if (order !== 0) return order;
    for (const name of names) {
      const byName = compare(name, a, b);
      if (byName !== 0) return byName;
    }
    return 0;
  });
}

function compare({ name, isText }: Column, a: Figures, b: Figures): number {
  const left = a[name]!, right = b[name]!;
  if (left === right) return 0;
  return isText === (left < right) ? -1 : 1;
}

const SUFFIXES = ["", "k", "M", "G", "T"];
const ROUND_FROM = 100_000;

/** A number in at most six characters: whole up to 99,999, then 100k, 1.23M. */
export function shortNumber(value: number): string {
  const whole = Math.round(value);
  if (Math.abs(whole) < ROUND_FROM) {
    return value > 0 && value < 10 && value !== whole ? value.toFixed(1) : String(whole);
  }
  let scaled = whole, suffix = 0;
  while (Math.abs(scaled) >= 1000 && suffix < SUFFIXES.length - 1) {
    scaled /= 1000;
    suffix++;
  }
  const digits = Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
  return scaled.toFixed(digits) + SUFFIXES[suffix];
}
