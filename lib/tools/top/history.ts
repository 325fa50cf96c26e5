/** What figures were before, look by look, for the little charts. */

import type { AllFigures, Figures } from "./figures.ts";
import { rowKey, VIEW_NAMES, VIEWS } from "./views.ts";

/** As many as the widest chart shows. */
const LOOKS = 60;

/** Rows that nobody has seen for so many looks are forgotten. */
const FORGET_AFTER = LOOKS;

interface Past {
  readonly values: number[];
  seenAt: number;
}

/** The past of every row. */
export class History {
  readonly #pasts = new Map<string, Past>();
  #look = 0;

  /** Keeps what a look has found. */
  add(figures: AllFigures): void {
    this.#look++;
    for (const view of VIEW_NAMES) {
      for (const row of figures[view]) this.#addRow(view, row);
    }
    for (const [key, { seenAt }] of this.#pasts) {
      if (this.#look - seenAt > FORGET_AFTER) this.#pasts.delete(key);
    }
  }

  /** Values of the row's chart, oldest first. */
  of(view: keyof AllFigures, row: Figures): readonly number[] {
    return this.#pasts.get(`${view} ${rowKey(VIEWS[view], row)}`)?.values ?? [];
  }

  #addRow(view: keyof AllFigures, row: Figures): void {
    const key = `${view} ${rowKey(VIEWS[view], row)}`;
    let past = this.#pasts.get(key);
    if (past === undefined) this.#pasts.set(key, past = { values: [], seenAt: 0 });
    past.values.push(Number(row[VIEWS[view].chart]));
    if (past.values.length > LOOKS) past.values.shift();
    past.seenAt = this.#look;
  }
}

const BARS = "▁▂▃▄▅▆▇█";

/** A chart of the newest values, as wide as it is told; the highest bar is the largest of them. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const largest = Math.max(...shown, 0);
  const bars = shown.map((value) =>
    largest === 0 || value <= 0
      ? BARS[0]!
      : BARS[Math.min(BARS.length - 1, Math.floor(value / largest * BARS.length))]!
  );
  return bars.join("").padStart(width);
}
