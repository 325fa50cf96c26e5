/** A place in the past of a durable topic, as a command line names it. */

import { text } from "../../cli/kind.ts";
import { parseDuration } from "../../go/duration.ts";
import { ValueError } from "../../value_error.ts";

/** What may be said. */
export const POSITIONS =
  "earliest, now, a time such as 2026-11-26T12:00:00Z, or how long ago such as -15m";

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Such a place; "" for none. */
export const position = () => text({ valueName: "position", check: checkPosition });

/** As brokers understand it: to them, now is how long ago it was. */
export function sentPosition(position: string): string {
  return position === "now" ? "-0s" : position;
}

/** @throws ValueError for what no broker would take */
function checkPosition(text: string): void {
  if (text === "" || text === "earliest" || text === "now") return;
  if (DATE.test(text) && !Number.isNaN(Date.parse(text))) return;
  if (text.startsWith("-") && isDuration(text.slice(1))) return;
  throw new ValueError(`${JSON.stringify(text)} is none of: ${POSITIONS}`);
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return false; // what is right is said by the caller
  }
}
