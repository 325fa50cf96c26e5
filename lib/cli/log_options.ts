/** The flags that say what is logged, the same for every command, and the logger they ask for. */

import { INFO, LOG_LEVELS } from "../log/level.ts";
import { createLogger, type LogFormat, type Logger, type LogLevel } from "../log/logger.ts";
import { text, word } from "./kind.ts";
import { inGroup, type OptionTable } from "./option_table.ts";

/** Where log lines go, and which. */
export interface LogOptions {
  readonly logLevel: LogLevel;
  readonly logPrefix: string;
  readonly logFormat: LogFormat;
}

/** Rows for {@link LogOptions}. */
export function logOptionTable(
  { logPrefix, logLevel = INFO }: { logPrefix: string; logLevel?: LogLevel },
): OptionTable<LogOptions> {
  const add = inGroup("General");
  return {
    logLevel: add(
      "log-level",
      word(LOG_LEVELS, undefined, { valueName: "level" }),
      logLevel,
      "least severe messages to log: debug, info, warn, error or fatal",
    ),
    logPrefix: add("log-prefix", text(), logPrefix, "text in front of every log line"),
    logFormat: add(
      "log-format",
      word({ text: "text", json: "json" } as const, undefined, { valueName: "format" }),
      "text",
      "text, or json for one JSON object a line",
    ),
  };
}

/** The logger that {@link LogOptions} ask for; it writes to stderr. */
export function loggerOf({ logLevel, logPrefix, logFormat }: LogOptions): Logger {
  return createLogger({ level: logLevel, prefix: logPrefix, format: logFormat });
}
