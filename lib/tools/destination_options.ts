/** Flags of the tools that take messages to other servers. */

import { integer } from "../cli/kind.ts";
import { inGroup } from "../cli/option_table.ts";

/** Requests between two lines of figures. */
const DEFAULT_STATUS_EVERY = 250;
/** Each is kept until the line is written. */
const MAX_STATUS_EVERY = 1_000_000;

/** The row of `--status-every`. */
export function statusEveryOption(group: ReturnType<typeof inGroup>) {
  return group(
    "status-every",
    integer({ min: 0, max: MAX_STATUS_EVERY }),
    DEFAULT_STATUS_EVERY,
    "log how long requests took after each this many; 0 for never",
  );
}
