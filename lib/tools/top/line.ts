/** A line of the screen: pieces of text, each with its colour. */

/** What a piece of text is, which the terminal shows as a colour or as bold. */
export type Style =
  | "plain"
  | "bold"
  | "dim"
  | "reverse"
  | "good"
  | "warning"
  | "bad"
  | "accent"
  /** Of the heading: the column that rows are sorted by. */
  | "sorted"
  /** Of the marked row. */
  | "marked"
  | "marked bad";

/** A piece of text in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line. */
export type Line = readonly Span[];

/** A line of one style. */
export function line(text: string, style: Style = "plain"): Line {
  return [{ text, style }];
}

/** The text of a line without its colours. */
export function textOf(spans: Line): string {
  return spans.map(({ text }) => text).join("");
}

/** The line in at most so many characters. */
export function cut(spans: Line, columns: number): Line {
  const fitting: Span[] = [];
  let left = columns;
  for (const { text, style } of spans) {
    const characters = [...text];
    if (left <= 0) break;
    fitting.push({ text: characters.slice(0, left).join(""), style });
    left -= characters.length;
  }
  return fitting;
}
