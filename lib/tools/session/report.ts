/** What a command found or did, printed as one who reads it wants it: a table, JSON, or names. */

import type { DaemonError } from "../../cluster/answer.ts";
import { visible } from "../../log/visible.ts";
import type { Column, Item } from "./item.ts";
import { tableLines } from "./table.ts";

/** What a command has to say. */
export interface Report {
  readonly items: readonly Item[];
  /** Fields that the table shows, in its order. */
  readonly columns: readonly Column[];
  /** What `--quiet` prints of an item. */
  readonly name: (item: Item) => string;
  /** What people see in place of the table. */
  readonly lines?: readonly string[];
  /** Who did not answer, or refused. */
  readonly errors: readonly DaemonError[];
  /** Default: 1 where there are errors, else 0. */
  readonly exitCode?: number;
}

/** How a report is printed. */
export interface Format {
  /** `{"items":[…],"errors":[{"address":…,"message":…}]}` */
  readonly json: boolean;
  /** One name a line. */
  readonly quiet: boolean;
}

/** Where a report goes. */
export interface Printer {
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Whether somebody looks at stdout. */
  readonly isTerminal: boolean;
}

/** Prints a report. Errors go to stderr, with `--json` into the JSON. */
export function printReport(report: Report, format: Format, printer: Printer): void {
  const { items, errors, columns, name } = report;
  if (format.json) {
    printer.print(JSON.stringify({ items, errors }, null, printer.isTerminal ? 2 : 0));
    return;
  }
  if (format.quiet) { for (const item of items) printer.print(visible(name(item))); }
  else if (report.lines !== undefined) { for (const line of report.lines) printer.print(line); }
  else if (items.length > 0) { for (const line of tableLines(items, columns)) printer.print(line); }
  for (const error of errors) printer.warn(errorLine(error));
}

/** Who, and why. What cannot be connected to says who by itself. */
function errorLine({ address, message }: DaemonError): string {
  return address === "" || message.startsWith(address) ? message : `${address}: ${message}`;
}
