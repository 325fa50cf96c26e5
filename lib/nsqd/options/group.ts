/** What the rows of the option table share: their maker, units and bounds. */

import type { Kind } from "../../cli/kind.ts";
import type { OptionSpec } from "../../cli/option_table.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;

export const NOT_NEGATIVE = { min: 0 };
export const POSITIVE = { min: 1 };
/** For what drives a timer. */
export const MORE_THAN_ZERO = { above: 0 };

/** Returns the maker of a group's rows. The key in the file is the flag with `_` unless given. */
export function inGroup(group: string) {
  return <T>(
    flag: string,
    kind: Kind<T>,
    defaultValue: NoInfer<T>,
    help: string,
    configKey = flag.replaceAll("-", "_"),
  ): OptionSpec<T> => ({ flag, configKey, kind, defaultValue, group, help });
}
