/** What the terminal shows: lines of text, marked by how they stand out. */

import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import type { AllFigures, Figures } from "./figures.ts";
import { HELP_LINES, type ScreenState } from "./state.ts";
import { headingLine, printable, rowLine } from "./table.ts";
import { matches, shortNumber, sorted, VIEW_NAMES, VIEWS } from "./views.ts";

export interface Line {
  readonly text: string;
  readonly style: "plain" | "bold" | "reverse" | "dim";
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Lines above the rows: summary, views, heading. */
const HEAD_ROWS = 3;
/** Line below the rows. */
const FOOT_ROWS = 1;

/** How many rows of figures fit on the screen. */
export function pageRowsOf({ rows }: Size): number {
  return Math.max(1, rows - HEAD_ROWS - FOOT_ROWS);
}

/** Rows that the state lets through, in its order. */
export function visibleRows(figures: AllFigures, state: ScreenState): Figures[] {
  const view = VIEWS[state.view];
  const rows = figures[state.view].filter((row) => matches(view, row, state.filter));
  return sorted(view, rows, state);
}

/** Everything that is seen. */
export function screenLines(
  snapshot: ClusterSnapshot,
  figures: AllFigures,
  state: ScreenState,
  size: Size,
): Line[] {
  const pageRows = pageRowsOf(size);
  const rows = visibleRows(figures, state);
  const body = state.showsHelp
    ? HELP_LINES.map((text): Line => ({ text, style: "plain" })).slice(0, pageRows)
    : bodyLines(rows, state, pageRows);
  while (body.length < pageRows) body.push({ text: "", style: "plain" });
  const lines: Line[] = [
    { text: summary(snapshot, figures), style: "bold" },
    { text: tabs(state), style: "plain" },
    {
      text: headingLine(VIEWS[state.view], state.sort, state.isReversed).padEnd(size.columns),
      style: "reverse",
    },
    ...body,
    { text: footer(snapshot, state, rows.length), style: "dim" },
  ];
  return lines.slice(0, size.rows).map(({ text, style }) => ({
    text: [...text].slice(0, size.columns).join(""),
    style,
  }));
}

/** The rows around the marked one. */
function bodyLines(rows: readonly Figures[], state: ScreenState, pageRows: number): Line[] {
  const selected = Math.min(state.selected, rows.length - 1);
  const first = Math.max(0, selected - pageRows + 1);
  return rows.slice(first, first + pageRows).map((row, at) => ({
    text: rowLine(VIEWS[state.view], row),
    style: first + at === selected ? "bold" : "plain",
  }));
}

/** One line about all of the cluster. */
export function summary({ nodes }: ClusterSnapshot, { topics, channels }: AllFigures): string {
  const sum = (rows: readonly Figures[], name: string) =>
    rows.reduce((total, row) => total + Number(row[name]), 0);
  const depth = sum(topics, "depth") + sum(topics, "backlog");
  return [
    count(nodes.length, "node"),
    count(topics.length, "topic"),
    count(channels.filter(({ channel }) => channel !== "").length, "channel"),
    count(sum(channels, "clients"), "client"),
    `${shortNumber(sum(topics, "in"))} in/s`,
    `${shortNumber(sum(channels, "out"))} out/s`,
    `${shortNumber(depth)} waiting`,
    `${shortNumber(sum(channels, "in-flight"))} in flight`,
  ].join("   ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function tabs({ view }: ScreenState): string {
  return VIEW_NAMES.map((name, at) => name === view ? `[${at + 1} ${name}]` : ` ${at + 1} ${name} `)
    .join(" ");
}

function footer(
  { errors }: ClusterSnapshot,
  { isTyping, filter, isFrozen }: ScreenState,
  rowCount: number,
): string {
  if (isTyping) return `/${filter}_`;
  const parts = [
    ...filter === "" ? [] : [`${rowCount} with "${filter}", Esc for all`],
    ...isFrozen ? ["held still, space to go on"] : [],
    ...errors.map(({ address, message }) => `no answer from ${address}: ${printable(message)}`),
  ];
  return parts.length > 0 ? parts.join("   ") : "? help   q end";
}
