/** One table, or one JSON object, for pipes and scripts. */

import { describeErrors } from "../../cluster/answer.ts";
import type { AllFigures, Look } from "./figures.ts";
import type { TopOptions } from "./options.ts";
import { summary, visibleRows } from "./screen.ts";
import { firstState } from "./state.ts";
import { headingLine, layOut, rowLine } from "./layout.ts";
import { textOf } from "./line.ts";
import { VIEWS } from "./views.ts";

/** The lines to print. */
export function onceLines(options: TopOptions, look: Look, figures: AllFigures): string[] {
  const state = firstState(options.view, options.sort, options.filter);
  const rows = visibleRows(figures, state);
  if (options.json) {
    const errors = look.snapshot.errors;
    return [JSON.stringify({ [options.view]: rows, errors })];
  }
  const view = VIEWS[options.view];
  const layout = layOut(view, rows, Infinity, state.sort);
  return [
    summary(look.snapshot, figures),
    "",
    textOf(headingLine(view, layout, state.sort, state.isReversed)).trimEnd(),
    ...rows.map((row) => textOf(rowLine(layout, row, [])).trimEnd()),
  ];
}

/** What the user should know besides; "" for nothing. */
export function onceWarning({ snapshot: { errors } }: Look): string {
  return errors.length === 0 ? "" : `no answer from ${describeErrors(errors)}`;
}
