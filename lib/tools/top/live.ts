/** Looks at the cluster again and again, and shows it in the terminal as its user wants it. */

import type { Cluster } from "../../cluster/cluster.ts";
import { onStopSignal } from "../stop_signal.ts";
import { wait } from "../../wait.ts";
import type { Target } from "../session/connection.ts";
import { empty, nameOf, peekLines, type Thing, thingOf, togglePause } from "./doing.ts";
import { type AllFigures, figuresOf, type Look } from "./figures.ts";
import { History } from "./history.ts";
import { line } from "./line.ts";
import { pageRowsOf, screenLines, visibleRows } from "./screen.ts";
import { afterKey, asking, firstState, type Key, type Wish, withOverlay } from "./state.ts";
import type { TopOptions } from "./options.ts";
import { Terminal } from "./terminal.ts";
import { rowKey, VIEWS } from "./views.ts";

/** Where it looks, and how. */
export interface Watched {
  readonly cluster: Cluster;
  readonly target: Target;
  readonly look: () => Promise<Look>;
}

/** Resolves when the user has had enough. The terminal is as it was then, whatever happens. */
export async function showLive(options: TopOptions, watched: Watched): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  using _signals = onStopSignal(end);
  const terminal = new Terminal();
  const live = new Live(options, watched, terminal, end);
  const resized = () => live.resized();
  Deno.addSignalListener("SIGWINCH", resized);
  try {
    void readKeys(terminal, (key) => live.pressed(key), end);
    while (!ending.signal.aborted) {
      const seen = await unlessAborted(watched.look(), ending.signal);
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
  readonly #history = new History();
  #state;
  #last: Look | undefined;
  #shown: { look: Look; figures: AllFigures } | undefined;
  #notice = "";
  /** What the question on the screen is about. */
  #asked: { thing: Thing; isSecond: boolean } | undefined;

  constructor(
    options: TopOptions,
    private readonly watched: Watched,
    private readonly terminal: Terminal,
    private readonly end: () => void,
  ) {
    this.#state = firstState(options.view, options.sort, options.filter);
    terminal.show([line("asking the cluster …", "dim")]);
  }

  saw(look: Look): void {
    const figures = figuresOf(look, this.#last);
    this.#last = look;
    this.#history.add(figures);
    if (this.#state.isFrozen) return;
    const marked = this.#markedRow();
    this.#shown = { look, figures };
    if (marked !== undefined) this.#mark(marked.key);
    this.#show();
  }

  pressed(key: Key): void {
    const pageRows = pageRowsOf(this.terminal.size());
    const { state, wish } = afterKey(this.#state, key, { rowCount: this.#rows().length, pageRows });
    this.#state = state;
    if (wish === "quit") return this.end();
    if (wish !== undefined) this.#obey(wish);
    this.#show();
  }

  resized(): void {
    this.terminal.forget();
    this.#show();
  }

  #rows() {
    return this.#shown === undefined ? [] : visibleRows(this.#shown.figures, this.#state);
  }

  #markedRow() {
    const row = this.#rows()[this.#state.selected];
    return row && { row, key: rowKey(VIEWS[this.#state.view], row) };
  }

  /** Follows the marked row to where it is now: what a key does must not hit another. The first row stays the first. */
  #mark(key: string): void {
    if (this.#state.selected === 0) return;
    const view = VIEWS[this.#state.view];
    const at = this.#rows().findIndex((row) => rowKey(view, row) === key);
    if (at >= 0) this.#state = { ...this.#state, selected: at };
  }

  #obey(wish: Exclude<Wish, "quit">): void {
    if (typeof wish === "object") return this.#answered(wish.answer);
    const thing = thingOf(this.#markedRow()?.row);
    if (thing === undefined) {
      this.#notice = "mark a topic or a channel first";
      return;
    }
    const { cluster } = this.watched;
    if (wish === "pause") return this.#say(togglePause(cluster, thing));
    if (wish === "peek") return this.#peek(thing);
    this.#asked = { thing, isSecond: false };
    const lost = thing.messages === 1 ? "1 message" : `${thing.messages} messages`;
    this.#state = asking(
      this.#state,
      `Emptying ${nameOf(thing)} loses ${lost}. Go on? [y/N]`,
      false,
    );
  }

  #answered(answer: string): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    const { isProduction, context } = this.watched.target;
    const isYes = asked.isSecond ? answer === context : /^y$/i.test(answer);
    if (!isYes) this.#notice = "nothing was done";
    else if (isProduction && !asked.isSecond) {
      this.#asked = { ...asked, isSecond: true };
      this.#state = asking(this.#state, `${context} is production. Type its name:`, true);
    } else this.#say(empty(this.watched.cluster, asked.thing));
  }

  /** Tells what came of something as soon as it is known. */
  #say(doing: Promise<string>): void {
    this.#notice = "…";
    void doing.then((told) => {
      this.#notice = told;
      this.#show();
    });
  }

  #peek(thing: Thing): void {
    const title = `messages of ${nameOf(thing)}, the next one first: id, published, attempts, body`;
    this.#state = withOverlay(this.#state, title, ["…"]);
    void peekLines(this.watched.cluster, thing).then((lines) => {
      if (this.#state.overlayTitle !== title || this.#state.overlay === undefined) return;
      this.#state = withOverlay(this.#state, title, lines);
      this.#show();
    });
  }

  #show(): void {
    if (this.#shown === undefined) return;
    const { look: { snapshot }, figures } = this.#shown;
    const around = { snapshot, figures, history: this.#history, notice: this.#notice };
    this.terminal.show(screenLines(around, this.#state, this.terminal.size()));
  }
}
