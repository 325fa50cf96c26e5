/** A logger that writes whole lines to stderr, at once, in the reference's format or as JSON. */

import { DEBUG, ERROR, FATAL, INFO, type LogLevel, WARN } from "./level.ts";
import { visible, visibleJson } from "./visible.ts";
import { createWallClock } from "./wall_clock.ts";

export { LOG_LEVELS, type LogLevel, parseLogLevel } from "./level.ts";

/** Takes messages of five levels; those below `level` are dropped. */
export interface Logger {
  /** May be changed at any time. */
  level: LogLevel;
  /** Whether a message of that level would be written: ask before building a costly one. */
  enabled(level: LogLevel): boolean;
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Writes the message, and nothing more: ending the process is up to the caller. */
  fatal(text: string): void;
}

export type LogFormat = "text" | "json";

/** What {@link createLogger} needs. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Written as given at the start of each text line, such as `[nsqd] `. */
  readonly prefix: string;
  readonly format: LogFormat;
  /** Takes one line with its newline. Default: stderr. */
  readonly write?: (line: Uint8Array) => void;
  /** Milliseconds since 1970, fractions counting. */
  readonly now?: () => number;
}

const TEXT_WORDS = ["", "DEBUG", "INFO", "WARNING", "ERROR", "FATAL"];
const JSON_WORDS = ["", "debug", "info", "warn", "error", "fatal"];

/**
 * Makes a logger.
 *
 * Text lines read `[nsqd] 2026/11/22 01:02:03.123456 INFO: text` in local time, JSON lines
 * `{"time":"2026-11-22T01:02:03.123456Z","level":"info","component":"nsqd","msg":"text"}`.
 *
 * One call is one line, whatever is in the text: what clients chose of it cannot forge lines, nor play with the terminal. In JSON the
 * text is whole: what JSON itself would leave raw, such as C1 control characters, is escaped, too.
 */
export function createLogger(options: LoggerOptions): Logger {
  const {
    prefix,
    format,
    write = lineWriter((bytes) => Deno.stderr.writeSync(bytes)),
    now = createWallClock(),
  } = options;
  const encoder = new TextEncoder();
  const component = prefix.replaceAll(/^[[\s]+|[\]:\s]+$/g, "");
  const log = (level: LogLevel, text: string): void => {
    if (level < logger.level) return;
    const line = format === "json"
      ? jsonLine(now(), level, component, text)
      : `${prefix}${localTimestamp(now())} ${TEXT_WORDS[level]}: ${visible(text.trimEnd())}`;
    write(encoder.encode(line + "\n"));
  };
  const logger: Logger = {
    level: options.level,
    enabled: (level) => level >= logger.level,
    debug: (text) => log(DEBUG, text),
    info: (text) => log(INFO, text),
    warn: (text) => log(WARN, text),
    error: (text) => log(ERROR, text),
    fatal: (text) => log(FATAL, text),
  };
  return logger;
}

function jsonLine(nowMs: number, level: LogLevel, component: string, msg: string): string {
  const seconds = new Date(nowMs).toISOString().slice(0, "2026-11-22T01:02:03".length);
  const time = `${seconds}.${microseconds(nowMs)}Z`;
  const line = JSON.stringify({
    time,
    level: JSON_WORDS[level],
    ...(component === "" ? {} : { component }),
    msg,
  });
  return visibleJson(line);
}

/** `2026/11/22 01:02:03.123456` in the time zone of the process. */
function localTimestamp(nowMs: number): string {
  const time = new Date(nowMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}/${two(time.getMonth() + 1)}/${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${clock}.${microseconds(nowMs)}`;
}

/** The six digits below the second. */
function microseconds(nowMs: number): string {
  const milliseconds = Math.floor(nowMs) % 1000;
  const rest = Math.floor((nowMs - Math.floor(nowMs)) * 1000);
  return String(milliseconds * 1000 + rest).padStart(6, "0");
}

/**
 * Writes lines at once, so that the last words of a crash are seen. A log that cannot be written must not
 * end a daemon, and there is nowhere left to complain: the line is lost.
 * @param write writes some of the bytes, and says how many
 */
export function lineWriter(write: (bytes: Uint8Array) => number): (line: Uint8Array) => void {
  return (line) => {
    try {
      for (let written = 0; written < line.length;) written += write(line.subarray(written));
    } catch {
      // The reader of stderr is gone or its disk is full.
    }
  };
}
