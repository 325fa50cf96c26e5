/** What somebody has chosen to see, and what each key changes in it. */

import { VIEW_NAMES, type ViewName, VIEWS } from "./views.ts";

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
  readonly showsHelp: boolean;
  /** Row that is marked, from 0. */
  readonly selected: number;
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

export const HELP_LINES: readonly string[] = [
  "1 2 3 4, Tab  channels, topics, nodes, clients",
  "← →           sort by another column",
  "r             sort the other way round",
  "/             show only rows whose names contain what you type; Esc ends it",
  "↑ ↓ PgUp PgDn go through the rows",
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
    showsHelp: false,
    selected: 0,
  };
}

/** What there is on the screen. */
export interface Extent {
  readonly rowCount: number;
  /** Rows that are seen at once. */
  readonly pageRows: number;
}

/** The state after a key; "quit" to end. */
export function afterKey(state: ScreenState, key: Key, extent: Extent): ScreenState | "quit" {
  if (key === "interrupt") return "quit";
  if (state.isTyping) return whileTyping(state, key);
  if (typeof key === "object") return afterCharacter(state, key.text);
  switch (key) {
    case "left":
      return sortedBy(state, -1);
    case "right":
      return sortedBy(state, 1);
    case "tab":
      return inView(
        state,
        VIEW_NAMES[(VIEW_NAMES.indexOf(state.view) + 1) % VIEW_NAMES.length]!,
      );
    case "escape":
      return { ...state, filter: "", showsHelp: false, selected: 0 };
    default:
      return moved(state, key, extent);
  }
}

function afterCharacter(state: ScreenState, character: string): ScreenState | "quit" {
  switch (character) {
    case "q":
    case "Q":
      return "quit";
    case "r":
      return { ...state, isReversed: !state.isReversed };
    case "/":
      return { ...state, isTyping: true, showsHelp: false };
    case " ":
      return { ...state, isFrozen: !state.isFrozen };
    case "?":
    case "h":
      return { ...state, showsHelp: !state.showsHelp };
    default: {
      const view = VIEW_NAMES[Number(character) - 1];
      return view === undefined ? state : inView(state, view);
    }
  }
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
  const steps: Partial<Record<string, number>> = {
    "up": -1,
    "down": 1,
    "page up": -pageRows,
    "page down": pageRows,
    "home": -Infinity,
    "end": Infinity,
  };
  const step = steps[String(key)] ?? 0;
  const selected = Math.max(0, Math.min(state.selected + step, rowCount - 1));
  return { ...state, selected };
}
