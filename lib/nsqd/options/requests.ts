/** Flags that are no options: a configuration file cannot have them. */

import { boolean, text } from "../../cli/kind.ts";
import type { OptionTable } from "../../cli/option_table.ts";
import { inGroup } from "./group.ts";

/** What a command line can ask for besides options, and what has lost its meaning. */
export interface NsqdRequests {
  readonly version: boolean;
  /** Path of the configuration file, "" for none. */
  readonly config: string;
  readonly verbose: boolean;
  readonly workerId: boolean;
}

/** One row per field of {@link NsqdRequests}. */
export const NSQD_REQUEST_TABLE: OptionTable<NsqdRequests> = requestFlags();

function requestFlags() {
  const add = inGroup("General");
  return {
    version: add("version", boolean(), false, "print the version and end"),
    config: add(
      "config",
      text({ valueName: "file" }),
      "",
      "TOML file with options; flags given here win over it",
    ),
    verbose: add("verbose", boolean(), false, "[deprecated] has no effect, use --log-level"),
    workerId: add("worker-id", boolean(), false, "[deprecated] has no effect, use --node-id"),
  };
}
