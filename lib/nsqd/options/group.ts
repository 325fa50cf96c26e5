/** What the rows of the option table share: their maker (from lib/cli), units and bounds. */

export { inGroup } from "../../cli/option_table.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;

export const NOT_NEGATIVE = { min: 0 };
export const POSITIVE = { min: 1 };
/** For what drives a timer. */
export const MORE_THAN_ZERO = { above: 0 };
