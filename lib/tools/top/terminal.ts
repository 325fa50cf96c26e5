/** The terminal: its size, its keys, and a screen of our own that leaves nothing behind. */

import { keysOf } from "./keys.ts";
import type { Line, Style } from "./line.ts";
import type { Size } from "./screen.ts";
import type { Key } from "./state.ts";

const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l"; // another screen, no cursor
const LEAVE_SCREEN = "\x1b[?25h\x1b[?1049l";
/** A terminal that knows these shows all of a frame at once; others pass over them. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";
const ERASE_TO_END_OF_LINE = "\x1b[K";
const CLEAR = "\x1b[2J";
/** The sixteen colours that every terminal has, and its user has chosen. */
const STYLES: Readonly<Record<Style, string>> = {
  plain: "",
  bold: "\x1b[1m",
  dim: "\x1b[2m",
  reverse: "\x1b[30;42m",
  good: "\x1b[32m",
  warning: "\x1b[33m",
  bad: "\x1b[1;31m",
  accent: "\x1b[36m",
  sorted: "\x1b[1;30;46m",
  marked: "\x1b[30;46m",
  "marked bad": "\x1b[1;37;41m",
};
/** The same for those who want no colours, as NO_COLOR says. */
const COLOURLESS: Readonly<Record<Style, string>> = {
  ...STYLES,
  reverse: "\x1b[7m",
  good: "",
  warning: "\x1b[1m",
  bad: "\x1b[1m",
  accent: "",
  sorted: "\x1b[1;7m",
  marked: "\x1b[1m",
  "marked bad": "\x1b[1;4m",
};
const RESET_STYLE = "\x1b[0m";

const FALLBACK_SIZE: Size = { columns: 80, rows: 24 };
const READ_BYTES = 256;

/** Takes the terminal over until it is closed. */
export class Terminal {
  readonly #encoder = new TextEncoder();
  readonly #styles = Deno.noColor ? COLOURLESS : STYLES;
  #shown: string[] = [];
  #isOpen = true;

  constructor() {
    Deno.stdin.setRaw(true);
    this.#write(ENTER_SCREEN + CLEAR);
  }

  size(): Size {
    try {
      const { columns, rows } = Deno.consoleSize();
      return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK_SIZE;
    } catch {
      return FALLBACK_SIZE; // not told by this terminal
    }
  }

  /** Shows the lines; only those that have changed are sent. */
  show(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    let frame = "";
    for (const [at, spans] of lines.entries()) {
      const line = spans.map((span) => this.#coloured(span)).join("");
      if (line === this.#shown[at]) continue;
      this.#shown[at] = line;
      frame += `\x1b[${at + 1};1H${line}${ERASE_TO_END_OF_LINE}`;
    }
    this.#shown.length = lines.length;
    if (frame !== "") this.#write(BEGIN_FRAME + frame + END_FRAME);
  }

  /** What is on the screen is not what was sent, as after a change of its size: send all again. */
  forget(): void {
    if (!this.#isOpen) return;
    this.#shown = [];
    this.#write(CLEAR);
  }

  /** Keys as they are pressed, until the terminal goes away. */
  async *keys(): AsyncGenerator<Key> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const length = await Deno.stdin.read(buffer);
      if (length === null) return;
      yield* keysOf(decoder.decode(buffer.subarray(0, length), { stream: true }));
    }
  }

  /** Gives the terminal back as it was. May be called twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#write(LEAVE_SCREEN);
    Deno.stdin.setRaw(false);
  }

  #coloured({ text, style }: Line[number]): string {
    const code = this.#styles[style];
    return code === "" || text === "" ? text : code + text + RESET_STYLE;
  }

  #write(text: string): void {
    const bytes = this.#encoder.encode(text);
    for (let written = 0; written < bytes.length;) {
      written += Deno.stdout.writeSync(bytes.subarray(written));
    }
  }
}
