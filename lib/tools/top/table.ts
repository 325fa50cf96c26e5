/** Lays rows out in columns of characters. */

import type { Figures } from "./figures.ts";
import { type Column, shortNumber, type View } from "./views.ts";

const GAP = "  ";

/** What could move the cursor or change colours: names of clients are their own choice. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** The heading; the column that is sorted by has an arrow. */
export function headingLine(view: View, sort: string, isReversed: boolean): string {
  return layOut(view.columns, ({ name, isText }) => {
    if (name !== sort) return name;
    return name + (isText === isReversed ? "▼" : "▲");
  });
}

export function rowLine(view: View, figures: Figures): string {
  return layOut(view.columns, ({ name }) => {
    const value = figures[name]!;
    return typeof value === "number" ? shortNumber(value) : value;
  });
}

function layOut(columns: readonly Column[], textOf: (column: Column) => string): string {
  return columns.map((column) => {
    const text = printable(textOf(column));
    const width = column.isText ? column.width : column.width + 1; // room for the arrow
    const cut = text.length > width ? text.slice(0, width - 1) + "…" : text;
    return column.isText ? cut.padEnd(width) : cut.padStart(width);
  }).join(GAP).trimEnd();
}

/** Text that a terminal shows as it is. */
export function printable(text: string): string {
  return text.replace(CONTROL, "?");
}
