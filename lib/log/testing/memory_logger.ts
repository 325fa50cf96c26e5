import type { LogLevel } from "../level.ts";
import type { Logger } from "../logger.ts";

/** A logger that keeps what it is told as `level text`. */
export class MemoryLogger implements Logger {
  level: LogLevel = 1;
  readonly lines: string[] = [];
  enabled = () => true;
  debug = (text: string) => void this.lines.push(`debug ${text}`);
  info = (text: string) => void this.lines.push(`info ${text}`);
  warn = (text: string) => void this.lines.push(`warn ${text}`);
  error = (text: string) => void this.lines.push(`error ${text}`);
  fatal = (text: string) => void this.lines.push(`fatal ${text}`);
}
