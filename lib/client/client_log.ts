import { WARN } from "../log/level.ts";
import { createLogger, lineWriter, type Logger } from "../log/logger.ts";
import { runtime } from "../net/runtime/this_runtime.ts";

/** Warnings and errors, to stderr. */
export function defaultLogger(): Logger {
  const write = lineWriter(runtime.writeStderr);
  return createLogger({ level: WARN, prefix: "[nsq] ", format: "text", write });
}
