import type { Reloadable } from "../process/reloading.ts";
import type { DaemonOptions } from "./options_or_exit.ts";

/** The log level of a daemon's configuration file, read again; nothing where there is no such file. */
export function logLevelFile<T>(
  { configPath, reread }: DaemonOptions<T>,
  apply: (options: T) => void,
): Reloadable[] {
  if (configPath === "") return [];
  return [{ what: "log level", files: [configPath], reload: () => apply(reread()) }];
}
