/**
 * Every option of nsqd: its field, flag, key in the configuration file, kind, bounds, default and
 * help. The names, defaults and units are those of the reference's flags.
 *
 * Bounds: the reference checks node-id, max-deflate-level, the auth method and the percentiles.
 * Beyond that we refuse what would make it fail later or run in circles: negative counts, an
 * interval of zero, sizes that a 32-bit frame cannot carry, words that nobody knows.
 */

import type { OptionTable } from "../../cli/option_table.ts";
import { INFO, type LogLevel } from "../../log/level.ts";
import { compressionOptions, securityOptions, statisticsOptions } from "./feature_groups.ts";
import { addressOptions, clusterOptions, generalOptions } from "./general_groups.ts";
import { clientOptions, messageOptions, storageOptions } from "./queue_groups.ts";
import type { NsqdOptions } from "./type.ts";

/** Builds the table. Two of the defaults come from the host's name. */
export function nsqdOptionTable(
  hostname: string,
  defaultLogLevel: LogLevel = INFO,
): OptionTable<NsqdOptions> {
  return {
    ...generalOptions(hostname, defaultLogLevel),
    ...addressOptions(),
    ...clusterOptions(hostname),
    ...storageOptions(),
    ...messageOptions(),
    ...clientOptions(),
    ...statisticsOptions(),
    ...securityOptions(),
    ...compressionOptions(),
  };
}
