/** One line on a terminal that says how far something has come. Shows nothing where stderr is no terminal. */

import { createLogger, type Logger } from "../log/logger.ts";
import type { LogOptions } from "../cli/log_options.ts";

/** Often enough to look alive. */
const REDRAW_INTERVAL_MS = 200;

const BAR_COLUMNS = 24;
const DEFAULT_TERMINAL_COLUMNS = 80;

/** Back to the beginning of the line, and erase it. */
const ERASE_LINE = "\r\x1b[2K";

const encoder = new TextEncoder();

/** Where the line goes. */
export interface Terminal {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(bytes: Uint8Array): void;
}

/** The terminal that stderr is, if it is one. */
export function stderrTerminal(): Terminal {
  const isTerminal = Deno.stderr.isTerminal();
  return {
    isTerminal,
    get columns() {
      const { columns } = isTerminal ? Deno.consoleSize() : { columns: 0 };
      return columns || DEFAULT_TERMINAL_COLUMNS; // some terminals do not say
    },
    write(bytes) {
      for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
    },
  };
}

/** Draws a line again and again until it is disposed of. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #line: () => string;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isDrawn = false;

  /** @param line what to show now; cut off at the edge of the terminal */
  constructor(line: () => string, terminal: Terminal = stderrTerminal()) {
    this.#line = line;
    this.#terminal = terminal;
    if (terminal.isTerminal) this.#timer = setInterval(() => this.#draw(), REDRAW_INTERVAL_MS);
  }

  /** A logger that writes above the line. */
  loggerOf({ logLevel, logPrefix, logFormat }: LogOptions): Logger {
    return createLogger({
      level: logLevel,
      prefix: logPrefix,
      format: logFormat,
      write: (bytes) => {
        this.#erase();
        this.#terminal.write(bytes);
      },
    });
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #draw(): void {
    const text = this.#line().slice(0, this.#terminal.columns - 1);
    this.#terminal.write(encoder.encode(ERASE_LINE + text));
    this.#isDrawn = true;
  }

  #erase(): void {
    if (this.#isDrawn) this.#terminal.write(encoder.encode(ERASE_LINE));
    this.#isDrawn = false;
  }
}

/** A bar such as `━━━━━───────  42%`. @param part from 0 to 1; less or more is taken for that */
export function progressBar(part: number): string {
  const bounded = Math.min(Math.max(part, 0), 1);
  const filled = Math.round(bounded * BAR_COLUMNS);
  const percent = `${Math.floor(bounded * 100)}%`.padStart(4);
  return "━".repeat(filled) + "─".repeat(BAR_COLUMNS - filled) + " " + percent;
}

/** `1 message`, `1,234 messages`. */
export function formatCounted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;
}

const BYTE_UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Bytes for people: `512 B`, `1.5 MB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  for (; bytes >= 1000 && unit < BYTE_UNITS.length - 1; unit++) bytes /= 1000;
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** A whole number for people: `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}
