import { WARN } from "../log/level.ts";
import { createLogger, type Logger } from "../log/logger.ts";

/** Warnings and errors, to stderr. */
export function defaultLogger(): Logger {
  return createLogger({ level: WARN, prefix: "[nsq] ", format: "text" });
}
