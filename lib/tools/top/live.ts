/** Looks at the cluster again and again, and shows it in the terminal as its user wants it. */

import { onStopSignal } from "../stop_signal.ts";
import { wait } from "../../wait.ts";
import { type AllFigures, figuresOf, type Look } from "./figures.ts";
import { pageRowsOf, screenLines, visibleRows } from "./screen.ts";
import { afterKey, firstState, type Key } from "./state.ts";
import type { TopOptions } from "./options.ts";
import { Terminal } from "./terminal.ts";

/** Resolves when the user has had enough. The terminal is as it was then, whatever happens. */
export async function showLive(options: TopOptions, look: () => Promise<Look>): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  using _signals = onStopSignal(end);
  const terminal = new Terminal();
  const live = new Live(options, terminal, end);
  const resized = () => live.resized();
  Deno.addSignalListener("SIGWINCH", resized);
  try {
    void readKeys(terminal, (key) => live.pressed(key), end);
    while (!ending.signal.aborted) {
      const seen = await unlessAborted(look(), ending.signal);
      if (seen === undefined) break;
      live.saw(seen);
      await wait(options.intervalMs, ending.signal);
    }
  } finally {
    Deno.removeSignalListener("SIGWINCH", resized);
    terminal.close();
  }
}

/** The end of the keys, be it a failure, is the end of the terminal. */
async function readKeys(terminal: Terminal, pressed: (key: Key) => void, end: () => void) {
  try {
    for await (const key of terminal.keys()) pressed(key);
  } finally {
    end();
  }
}

/** What comes of a look that the user does not wait for does not matter. */
function unlessAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  signal.addEventListener("abort", () => aborted.resolve(undefined), { once: true });
  return Promise.race([result, aborted.promise]);
}

/** What is shown now, and the looks that it comes from. */
class Live {
  #state;
  #last: Look | undefined;
  #shown: { look: Look; figures: AllFigures } | undefined;

  constructor(
    options: TopOptions,
    private readonly terminal: Terminal,
    private readonly end: () => void,
  ) {
    this.#state = firstState(options.view, options.sort, options.filter);
    terminal.show([{ text: "asking the cluster …", style: "dim" }]);
  }

  saw(look: Look): void {
    const figures = figuresOf(look, this.#last);
    this.#last = look;
    if (this.#state.isFrozen) return;
    this.#shown = { look, figures };
    this.#show();
  }

  pressed(key: Key): void {
    const rowCount = this.#shown === undefined
      ? 0
      : visibleRows(this.#shown.figures, this.#state).length;
    const pageRows = pageRowsOf(this.terminal.size());
    const next = afterKey(this.#state, key, { rowCount, pageRows });
    if (next === "quit") return this.end();
    this.#state = next;
    this.#show();
  }

  resized(): void {
    this.terminal.forget();
    this.#show();
  }

  #show(): void {
    if (this.#shown === undefined) return;
    const { look, figures } = this.#shown;
    const size = this.terminal.size();
    this.terminal.show(screenLines(look.snapshot, figures, this.#state, size));
  }
}
