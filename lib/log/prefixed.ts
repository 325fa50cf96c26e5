import type { Logger } from "./logger.ts";

/** The same logger, with `prefix` in front of each text. */
export function prefixed(logger: Logger, prefix: string): Logger {
  return {
    get level() {
      return logger.level;
    },
    set level(level) {
      logger.level = level;
    },
    enabled: (level) => logger.enabled(level),
    debug: (text) => logger.debug(prefix + text),
    info: (text) => logger.info(prefix + text),
    warn: (text) => logger.warn(prefix + text),
    error: (text) => logger.error(prefix + text),
    fatal: (text) => logger.fatal(prefix + text),
  };
}
