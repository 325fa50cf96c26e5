/** What somebody has chosen to see, and what each key changes in it. */

import { VIEW_NAMES, type ViewName, VIEWS } from "./views.ts";

/** Something that is asked before it is done. */
export interface Question {
  readonly text: string;
  /** A word is to be typed, not y or n. */
  readonly isTyped: boolean;
  readonly typed: string;
}

export interface ScreenState {
  readonly view: ViewName;
  /** Name of a column of the view. */
  readonly sort: string;
  readonly isReversed: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly isTyping: boolean;
  /** The figures stand still. */
  readonly isFrozen: boolean;
  /** Row that is marked, from 0. */
  readonly selected: number;
  /** Lines that are shown in place of the rows: help, messages. */
  readonly overlay?: readonly string[] | undefined;
  readonly overlayTitle: string;
  /** First line of it that is seen. */
  readonly overlayFirst: number;
  readonly question?: Question | undefined;
}

/** A key that means something, else the character typed. */
export type Key =
  | "up"
  | "down"
  | "left"
  | "right"
  | "page up"
  | "page down"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "backspace"
  | "tab"
  | "interrupt"
  | { readonly text: string };

/** What a key asks to be done to the marked row, or how a question was answered. */
export type Wish = "quit" | "pause" | "empty" | "peek" | { readonly answer: string };

const HELP_LINES: readonly string[] = [
  "",
  "1 2 3 4, Tab  channels, topics, nodes, clients",
  "← →           sort by another column",
  "r             sort the other way round",
  "/             show only rows whose names contain what you type; Esc ends it",
  "↑ ↓ PgUp PgDn go through the rows",
  "p             pause the marked topic or channel, or let it go on",
  "e             empty the marked channel, or what waits in a topic",
  "Enter         look at the messages of the marked channel",
  "space         hold the figures still, or let them go on",
  "?             this help",
  "q, Ctrl-C     end",
];

/** @param sort "" for the view's own choice */
export function firstState(view: ViewName, sort: string, filter: string): ScreenState {
  return {
    view,
    sort: sort === "" ? VIEWS[view].sort : sort,
    isReversed: false,
    filter,
    isTyping: false,
    isFrozen: false,
    selected: 0,
    overlayTitle: "",
    overlayFirst: 0,
  };
}

/** What there is on the screen. */
export interface Extent {
  readonly rowCount: number;
  /** Rows that are seen at once. */
  readonly pageRows: number;
}

/** The state after a key, and what is to be done besides. */
export interface Step {
  readonly state: ScreenState;
  readonly wish?: Wish;
}

/** What a key does. */
export function afterKey(state: ScreenState, key: Key, extent: Extent): Step {
  if (key === "interrupt") return { state, wish: "quit" };
  if (state.question !== undefined) return answered(state, state.question, key);
  if (state.isTyping) return { state: whileTyping(state, key) };
  if (state.overlay !== undefined) return inOverlay(state, state.overlay, key, extent);
  if (typeof key === "object") return afterCharacter(state, key.text);
  switch (key) {
    case "left":
      return { state: sortedBy(state, -1) };
    case "right":
      return { state: sortedBy(state, 1) };
    case "tab": {
      const next = (VIEW_NAMES.indexOf(state.view) + 1) % VIEW_NAMES.length;
      return { state: inView(state, VIEW_NAMES[next]!) };
    }
    case "escape":
      return { state: { ...state, filter: "", selected: 0 } };
    case "enter":
      return { state, wish: "peek" };
    default:
      return { state: moved(state, key, extent) };
  }
}

function afterCharacter(state: ScreenState, character: string): Step {
  switch (character) {
    case "q":
    case "Q":
      return { state, wish: "quit" };
    case "p":
      return { state, wish: "pause" };
    case "e":
      return { state, wish: "empty" };
    case "r":
      return { state: { ...state, isReversed: !state.isReversed } };
    case "/":
      return { state: { ...state, isTyping: true } };
    case " ":
      return { state: { ...state, isFrozen: !state.isFrozen } };
    case "?":
    case "h":
      return { state: withOverlay(state, "this help", HELP_LINES) };
    default: {
      const view = VIEW_NAMES[Number(character) - 1];
      return { state: view === undefined ? state : inView(state, view) };
    }
  }
}

/** Shows lines in place of the rows until a key ends it. */
export function withOverlay(
  state: ScreenState,
  overlayTitle: string,
  overlay: readonly string[],
): ScreenState {
  return { ...state, overlay, overlayTitle, overlayFirst: 0 };
}

/** Asks something; the answer is a {@link Wish}. @param isTyped a word, not y or n */
export function asking(state: ScreenState, text: string, isTyped: boolean): ScreenState {
  return { ...state, question: { text, isTyped, typed: "" } };
}

/** Escape is no answer; of y and n, whatever is not y is n. */
function answered(state: ScreenState, question: Question, key: Key): Step {
  const done = { ...state, question: undefined };
  if (key === "escape") return { state: done, wish: { answer: "" } };
  if (!question.isTyped) {
    if (typeof key !== "object" && key !== "enter") return { state };
    return { state: done, wish: { answer: typeof key === "object" ? key.text : "" } };
  }
  const { typed } = question;
  if (key === "enter") return { state: done, wish: { answer: typed } };
  const now = key === "backspace"
    ? typed.slice(0, -1)
    : typeof key === "object"
    ? typed + key.text
    : typed;
  return { state: { ...state, question: { ...question, typed: now } } };
}

/** Arrows scroll, q ends as everywhere, everything else goes back. */
function inOverlay(
  state: ScreenState,
  overlay: readonly string[],
  key: Key,
  { pageRows }: Extent,
): Step {
  const step = stepOf(key, pageRows);
  if (typeof key === "object" && key.text.toLowerCase() === "q") return { state, wish: "quit" };
  if (step === 0) return { state: { ...state, overlay: undefined } };
  const last = Math.max(0, overlay.length - pageRows);
  return {
    state: { ...state, overlayFirst: Math.max(0, Math.min(state.overlayFirst + step, last)) },
  };
}

function whileTyping(state: ScreenState, key: Key): ScreenState {
  const { filter } = state;
  if (typeof key === "object") return { ...state, filter: filter + key.text, selected: 0 };
  if (key === "backspace") return { ...state, filter: filter.slice(0, -1), selected: 0 };
  if (key === "enter") return { ...state, isTyping: false };
  if (key === "escape") return { ...state, isTyping: false, filter: "", selected: 0 };
  return state;
}

function inView(state: ScreenState, view: ViewName): ScreenState {
  if (view === state.view) return state;
  return { ...state, view, sort: VIEWS[view].sort, isReversed: false, selected: 0 };
}

function sortedBy(state: ScreenState, step: number): ScreenState {
  const names = VIEWS[state.view].columns.map(({ name }) => name);
  const next = names.indexOf(state.sort) + step;
  return { ...state, sort: names.at(next % names.length)!, isReversed: false };
}

function moved(state: ScreenState, key: Key, { rowCount, pageRows }: Extent): ScreenState {
  const selected = Math.max(0, Math.min(state.selected + stepOf(key, pageRows), rowCount - 1));
  return { ...state, selected };
}

/** How many rows a key goes down; 0 for one that does not. */
function stepOf(key: Key, pageRows: number): number {
  const steps: Partial<Record<string, number>> = {
    "up": -1,
    "down": 1,
    "page up": -pageRows,
    "page down": pageRows,
    "home": -Infinity,
    "end": Infinity,
  };
  return steps[String(key)] ?? 0;
}
