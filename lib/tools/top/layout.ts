/** Lays rows out in columns that fit the screen. */

import { visible } from "../../log/visible.ts";
import type { Figures } from "./figures.ts";
import { sparkline } from "./history.ts";
import type { Line, Span, Style } from "./line.ts";
import { type Column, shortNumber, type View } from "./views.ts";

const GAP = "  ";

/** A chart is no use below, and no better above. */
const MIN_CHART = 8, MAX_CHART = 40;

/** Texts are cut no shorter, whatever the screen. */
const MIN_TEXT = 6;

/** From this width of the screen on, a chart tells more than the least important figures. */
const CHART_FROM = 100;

/** A column as it is shown. */
interface Placed {
  readonly column: Column;
  readonly width: number;
}

/** Which columns are shown, how wide each is, and how wide the chart behind them; 0 for none. */
export interface Layout {
  readonly placed: readonly Placed[];
  readonly chart: number;
}

/**
 * Leaves out what does not fit, the least important first; then texts get the room that is left as far as they need it, and a chart the rest.
 *
 * @param columns of the screen; Infinity leaves nothing out and draws no chart
 * @param sort this column is always shown
 */
export function layOut(
  view: View,
  rows: readonly Figures[],
  columns: number,
  sort: string,
): Layout {
  let shown = view.columns.map((column) => ({ column, width: minWidth(column) }));
  const room = columns < CHART_FROM ? columns : columns - MIN_CHART - GAP.length;
  while (widthOf(shown) > room) {
    const least = shown.filter(({ column }) => column.name !== sort)
      .reduce((a, b) => b.column.rank > a.column.rank ? b : a);
    if (least.column.rank === 0) break;
    shown = shown.filter((each) => each !== least);
  }
  let left = room - widthOf(shown);
  const placed = shown.map(({ column, width }): Placed => {
    if (!column.isText) return { column, width };
    const wanted = Math.max(width, ...rows.map((row) => visible(String(row[column.name])).length));
    const given = Math.max(MIN_TEXT, width + Math.min(wanted - width, left));
    left -= given - width;
    return { column, width: given };
  });
  const chart = Math.min(MAX_CHART, left + columns - room - GAP.length);
  return { placed, chart: columns === Infinity || chart < MIN_CHART ? 0 : chart };
}

/** Numbers have room for the arrow of the column that is sorted by. */
function minWidth({ isText, width }: Column): number {
  return isText ? width : width + 1;
}

function widthOf(shown: readonly Placed[]): number {
  return shown.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

/** The heading; the column that is sorted by has an arrow. */
export function headingLine(
  view: View,
  { placed, chart }: Layout,
  sort: string,
  isReversed: boolean,
): Line {
  const cells = placed.map(({ column, width }): Span => {
    const { name, isText } = column;
    const arrow = isText === isReversed ? "▼" : "▲";
    const text = name === sort ? name + arrow : name;
    return { text: fitted(text, column, width), style: name === sort ? "sorted" : "reverse" };
  });
  const title: Span[] = chart === 0
    ? []
    : [{ text: GAP + view.chart.padStart(chart), style: "reverse" }];
  return [...spaced(cells, "reverse"), ...title];
}

/** A row, coloured by what is the matter with it; `past` is charted. */
export function rowLine(
  { placed, chart }: Layout,
  row: Figures,
  past: readonly number[],
): Line {
  const cells = placed.map(({ column, width }): Span => {
    const value = row[column.name]!;
    const text = typeof value === "number" ? shortNumber(value) : visible(value);
    return { text: fitted(text, column, width), style: styleOf(column.name, value, row) };
  });
  const bars: Span[] = chart === 0 ? [] : [{ text: GAP + sparkline(past, chart), style: "accent" }];
  return [...spaced(cells, "plain"), ...bars];
}

function spaced(cells: readonly Span[], style: Style): Span[] {
  return cells.flatMap((cell, at) => at === 0 ? [cell] : [{ text: GAP, style }, cell]);
}

function fitted(text: string, { isText }: Column, width: number): string {
  const cut = text.length > width ? text.slice(0, width - 1) + "…" : text;
  return isText ? cut.padEnd(width) : cut.padStart(width);
}

/** Figures that tell of trouble when they are not 0. */
const TROUBLE = new Set(["requeued", "timed out", "dead"]);

function styleOf(name: string, value: string | number, row: Figures): Style {
  if (row.lost === 1) return "bad";
  if (name === "state") return value === "paused" || value === "draining" ? "warning" : "bad";
  if (value === 0) return "dim";
  if (TROUBLE.has(name)) return "warning";
  if (name === "disk") return "warning";
  if (name === "clients" || name === "version" || name === "agent") return "plain";
  if (name === "in" || name === "out") return "good";
  return name === "depth" || name === "backlog" ? "bold" : "plain";
}
