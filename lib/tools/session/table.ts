/** Aligned tables for people. */

import { visible } from "../../log/visible.ts";
import type { Column, Item, Value } from "./item.ts";

const GAP = "  ";

/** A line of headings and one for each item; numbers are set to the right. What no item has is left out. */
export function tableLines(items: readonly Item[], all: readonly Column[]): string[] {
  const fieldOf = (column: Column) => typeof column === "string" ? column : column[0];
  const columns = all.filter((column) => items.some((item) => item[fieldOf(column)] !== undefined));
  const fields = columns.map(fieldOf);
  const heads = columns.map((column) =>
    (typeof column === "string" ? column.replaceAll("_", " ") : column[1]).toUpperCase()
  );
  const isNumber = fields.map((field) =>
    items.every((item) => typeof item[field] === "number" || item[field] === "-")
  );
  const rows = [heads, ...items.map((item) => fields.map((field) => cellText(item[field])))];
  const widths = fields.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row.map((text, at) => isNumber[at]! ? text.padStart(widths[at]!) : text.padEnd(widths[at]!))
      .join(GAP).trimEnd()
  );
}

/** Names with their values, one a line. */
export function factLines(facts: readonly (readonly [name: string, value: Value])[]): string[] {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}${GAP}${cellText(value)}`.trimEnd());
}

/** A value as people read it: nothing for what is not there, `yes` or nothing for a truth. */
function cellText(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (value === true) return "yes";
  if (typeof value === "number") return value.toLocaleString("en-US");
  if (typeof value === "string") return visible(value);
  return visible(Array.isArray(value) ? value.map(cellText).join(", ") : JSON.stringify(value));
}
