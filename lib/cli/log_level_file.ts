import type { LogLevel } from "../log/logger.ts";
import type { Reloadable } from "../process/reloading.ts";
import type { LogOptions } from "./log_options.ts";
import type { DaemonOptions } from "./options_or_exit.ts";

/** The log level of a daemon's configuration file, read again; nothing where there is no such file. */
export function logLevelFile(
  { configPath, reread }: DaemonOptions<LogOptions>,
  apply: (level: LogLevel) => void,
): Reloadable[] {
  if (configPath === "") return [];
  return [{ what: "log level", files: [configPath], reload: () => apply(reread().logLevel) }];
}
