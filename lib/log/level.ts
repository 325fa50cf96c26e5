/** Levels of severity, with the numbers that the reference shows in `/config/log_level`. */
export type LogLevel = 1 | 2 | 3 | 4 | 5;

export const DEBUG = 1;
export const INFO = 2;
export const WARN = 3;
export const ERROR = 4;
export const FATAL = 5;

/** Words of the levels, as flags, the HTTP API and the JSON log format spell them. */
export const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: DEBUG,
  info: INFO,
  warn: WARN,
  error: ERROR,
  fatal: FATAL,
};

/** Reads a level's word, in any case; undefined for a word that is none. */
export function parseLogLevel(word: string): LogLevel | undefined {
  const name = word.toLowerCase();
  return Object.hasOwn(LOG_LEVELS, name) ? LOG_LEVELS[name] : undefined;
}
