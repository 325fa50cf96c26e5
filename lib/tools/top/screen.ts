/** What the terminal shows: lines of coloured text. */

import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import { visible } from "../../log/visible.ts";
import type { AllFigures, Figures } from "./figures.ts";
import type { History } from "./history.ts";
import { headingLine, layOut, rowLine } from "./layout.ts";
import { cut, type Line, line, type Span, textOf } from "./line.ts";
import type { ScreenState } from "./state.ts";
import { matches, shortNumber, sorted, VIEW_NAMES, VIEWS } from "./views.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is on the screen besides what the state says. */
export interface Surroundings {
  readonly snapshot: ClusterSnapshot;
  readonly figures: AllFigures;
  readonly history: History;
  /** What came of the last thing that was done; "" for nothing. */
  readonly notice: string;
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
export function screenLines(around: Surroundings, state: ScreenState, size: Size): Line[] {
  const { snapshot, figures } = around;
  const view = VIEWS[state.view];
  const pageRows = pageRowsOf(size);
  const rows = visibleRows(figures, state);
  const layout = layOut(view, rows, size.columns, state.sort);
  const body = state.overlay !== undefined
    ? state.overlay.slice(state.overlayFirst, state.overlayFirst + pageRows).map((text) =>
      line(text)
    )
    : rowLines(around, rows, state, pageRows, size);
  while (body.length < pageRows) body.push(line(""));
  const heading = state.overlay === undefined
    ? headingLine(view, layout, state.sort, state.isReversed)
    : line(state.overlayTitle, "reverse");
  const lines: Line[] = [
    summaryLine(snapshot, figures, size.columns),
    tabs(state),
    filled(heading, size.columns),
    ...body,
    footer(around, state, rows.length),
  ];
  return lines.slice(0, size.rows).map((each) => cut(each, size.columns));
}

/** The rows around the marked one. */
function rowLines(
  { history }: Surroundings,
  rows: readonly Figures[],
  state: ScreenState,
  pageRows: number,
  size: Size,
): Line[] {
  const layout = layOut(VIEWS[state.view], rows, size.columns, state.sort);
  const selected = Math.min(state.selected, rows.length - 1);
  const first = Math.max(0, selected - pageRows + 1);
  return rows.slice(first, first + pageRows).map((row, at) => {
    const spans = rowLine(layout, row, history.of(state.view, row));
    if (first + at !== selected) return spans;
    return filled(line(textOf(spans), row.lost === 1 ? "marked bad" : "marked"), size.columns);
  });
}

/** The line in its last style up to the edge. */
function filled(spans: Line, columns: number): Line {
  const rest = columns - [...textOf(spans)].length;
  const last = spans.at(-1);
  if (rest <= 0 || last === undefined) return spans;
  return [...spans, {
    text: " ".repeat(rest),
    style: last.style === "sorted" ? "reverse" : last.style,
  }];
}

/** The summary with who is lost in red. */
function summaryLine(snapshot: ClusterSnapshot, figures: AllFigures, columns: number): Line {
  const lost = figures.nodes.filter((row) => row.lost === 1).length;
  const alarm: Span[] = lost === 0 ? [] : [
    { text: `${count(lost, "node")} lost`, style: "bad" },
    { text: "   ", style: "plain" },
  ];
  const room = columns - textOf(alarm).length;
  return [...alarm, { text: summary(snapshot, figures, room), style: "bold" }];
}

/** One line about all of the cluster: as many of its figures as there is room for, each whole. */
export function summary(
  { nodes }: ClusterSnapshot,
  { topics, channels }: AllFigures,
  columns = Infinity,
): string {
  const sum = (rows: readonly Figures[], name: string) =>
    rows.reduce((total, row) => total + Number(row[name]), 0);
  const depth = sum(topics, "depth") + sum(topics, "backlog");
  const parts = [
    count(nodes.length, "node"),
    count(topics.length, "topic"),
    count(channels.filter(({ channel }) => channel !== "").length, "channel"),
    count(sum(channels, "clients"), "client"),
    `${shortNumber(sum(topics, "in"))} in/s`,
    `${shortNumber(sum(channels, "out"))} out/s`,
    `${shortNumber(depth)} waiting`,
    `${shortNumber(sum(channels, "in-flight"))} in flight`,
  ];
  const wide = parts.join("   ");
  if (wide.length <= columns) return wide;
  while (parts.length > 1 && parts.join("  ").length > columns) parts.pop();
  return parts.join("  ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function tabs({ view }: ScreenState): Line {
  return VIEW_NAMES.map((name, at): Span =>
    name === view
      ? { text: `[${at + 1} ${name}] `, style: "accent" }
      : { text: ` ${at + 1} ${name}  `, style: "plain" }
  );
}

function footer({ snapshot, notice }: Surroundings, state: ScreenState, rowCount: number): Line {
  const { isTyping, filter, isFrozen, question } = state;
  if (question !== undefined) {
    const typed = question.isTyped ? `${question.typed}_` : "";
    return line(`${visible(question.text)} ${typed}`, "warning");
  }
  if (isTyping) return line(`/${filter}_`);
  if (state.overlay !== undefined) return line("Esc back   ↑ ↓ scroll", "dim");
  const parts = [
    ...notice === "" ? [] : [visible(notice)],
    ...filter === "" ? [] : [`${rowCount} with "${filter}", Esc for all`],
    ...isFrozen ? ["held still, space to go on"] : [],
  ];
  const errors = snapshot.errors
    .map(({ address, message }) =>
      `no answer from ${visible(message.startsWith(address) ? message : `${address}: ${message}`)}`
    );
  if (parts.length + errors.length === 0) {
    return line("? help   ← → sort   / filter   p pause   e empty   Enter messages   q end", "dim");
  }
  return [
    { text: parts.join("   "), style: notice === "" ? "dim" : "accent" },
    { text: parts.length > 0 && errors.length > 0 ? "   " : "", style: "plain" },
    { text: errors.join("   "), style: "bad" },
  ];
}
