/** One table, or one JSON object, for pipes and scripts. */

import { describeErrors } from "../../cluster/answer.ts";
import type { AllFigures, Look } from "./figures.ts";
import type { TopOptions } from "./options.ts";
import { summary, visibleRows } from "./screen.ts";
import { firstState } from "./state.ts";
import { headingLine, printable, rowLine } from "./table.ts";
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
  return [
    summary(look.snapshot, figures),
    "",
    headingLine(view, state.sort, state.isReversed),
    ...rows.map((row) => rowLine(view, row)),
  ];
}

/** What the user should know besides; "" for nothing. */
export function onceWarning({ snapshot: { errors } }: Look): string {
  return errors.length === 0 ? "" : `no answer from ${printable(describeErrors(errors))}`;
}
