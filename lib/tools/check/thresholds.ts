/** The flags `--warning` and `--critical`. */

import type { Kind } from "../../cli/kind.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { Limits } from "./finding.ts";

const thresholds = inGroup("Thresholds");

/** Rows for {@link Limits}. @param when such as `when more wait` */
export function limitTable(
  kind: Kind<number>,
  defaults: Limits,
  when: string,
): OptionTable<Limits> {
  return {
    warning: thresholds("warning", kind, defaults.warning, `warn ${when}`),
    critical: thresholds("critical", kind, defaults.critical, `critical ${when}`),
  };
}

/** @throws UsageError for limits in the wrong order */
export function checkLimits({ warning, critical }: Limits, isBad: "above" | "below"): void {
  if (isBad === "above" ? warning <= critical : warning >= critical) return;
  throw new UsageError(
    `--warning must come before --critical: it is bad to be ${isBad} them`,
  );
}
