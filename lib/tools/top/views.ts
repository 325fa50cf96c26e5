/** What each view shows, and how. */

import type { Figures } from "./figures.ts";

export type ViewName = "channels" | "topics" | "nodes" | "clients";

/** A column. Its name is its heading, and the figure that it shows. */
export interface Column {
  readonly name: string;
  /** Texts are set to the left and sorted upwards, numbers to the right and downwards. */
  readonly isText: boolean;
  /** Texts are cut to this many characters where there is no room for more; a column of numbers is as wide as its heading needs. */
  readonly width: number;
  /** Where the screen is too narrow, those with the largest go first; 0 stays. */
  readonly rank: number;
}

/** A view. */
export interface View {
  readonly columns: readonly Column[];
  /** Column that it is sorted by unless somebody wants another. */
  readonly sort: string;
  /** Column whose past is charted. */
  readonly chart: string;
  /** Columns that tell one row from another. */
  readonly key: readonly string[];
}

const NUMBER_WIDTH = 6;

const words = (name: string, width: number, rank = 0): Column => ({
  name,
  isText: true,
  width,
  rank,
});
const number = (name: string, rank = 0): Column => ({
  name,
  isText: false,
  width: Math.max(NUMBER_WIDTH, name.length),
  rank,
});

const TOPIC = words("topic", 14), CHANNEL = words("channel", 12);

export const VIEWS: Readonly<Record<ViewName, View>> = {
  channels: {
    columns: [
      TOPIC,
      CHANNEL,
      number("in"),
      number("out", 1),
      number("depth"),
      number("memory", 6),
      number("disk", 5),
      number("in-flight", 2),
      number("deferred", 4),
      number("requeued", 3),
      number("timed out", 4),
      number("dead", 3),
      number("clients", 1),
      words("state", 7),
    ],
    sort: "depth",
    chart: "depth",
    key: ["topic", "channel"],
  },
  topics: {
    columns: [
      words("topic", 20),
      number("in"),
      number("depth"),
      number("memory", 6),
      number("disk", 5),
      number("backlog"),
      number("in-flight", 2),
      number("messages", 3),
      number("channels", 2),
      number("clients", 1),
      number("nodes", 4),
      words("state", 7),
    ],
    sort: "in",
    chart: "in",
    key: ["topic"],
  },
  nodes: {
    columns: [
      words("node", 21),
      words("host", 12, 4),
      words("version", 8, 3),
      number("in"),
      number("depth"),
      number("in-flight", 2),
      number("topics", 5),
      number("channels", 6),
      number("clients", 2),
      words("state", 16),
    ],
    sort: "node",
    chart: "in",
    key: ["node"],
  },
  clients: {
    columns: [
      words("client", 14),
      words("address", 21, 5),
      TOPIC,
      CHANNEL,
      number("out"),
      number("finished", 2),
      number("requeued", 2),
      number("ready", 3),
      number("in-flight"),
      words("node", 21, 4),
      words("agent", 16, 6),
    ],
    sort: "out",
    chart: "out",
    key: ["node", "address", "topic", "channel"],
  },
};

/** What tells a row from all others of its view. */
export function rowKey(view: View, row: Figures): string {
  return view.key.map((name) => String(row[name])).join(" ");
}

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
