/** The keyboard; `key_help.tsx` tells what it can do. */
import { url } from "./config.ts";
import { HELP_EVENT } from "./key_help.tsx";
import { togglePause } from "./live.ts";
import { navigate } from "./router.ts";

const PLACES: Record<string, string> = {
  s: url`/`,
  n: url`/nodes`,
  c: url`/counter`,
  l: url`/lookup`,
  p: url`/policies`,
};

/** How long after `g` a second key is waited for, in ms. */
const SECOND_KEY_MS = 1_500;

/** Until when a key means a place. */
let goUntilMs = 0;

/** Listens for the keys of the whole page. */
export function listenForKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (document.querySelector("dialog[open]") !== null) return;
    const isSearch = target.matches("input[type=search]");
    const isBox = target.matches("input[type=checkbox]");
    if (target.matches("input, textarea, select") && !isSearch && !isBox) return;
    if (isSearch && event.key !== "ArrowDown") return;
    if (does(event.key, isSearch)) event.preventDefault();
  });
}

/** Does what a key means; false when it means nothing here. */
function does(key: string, isSearch: boolean): boolean {
  const place = performance.now() < goUntilMs ? PLACES[key] : undefined;
  goUntilMs = 0;
  if (place !== undefined) {
    navigate(place);
    return true;
  }
  switch (key) {
    case "/":
      return goToSearch();
    case "?":
      dispatchEvent(new Event(HELP_EVENT));
      return true;
    case "g":
      goUntilMs = performance.now() + SECOND_KEY_MS;
      return true;
    case "p":
      togglePause();
      return true;
    case "x":
      return selectRow();
    case "a":
      return goToSelected();
    case "j":
    case "ArrowDown":
      return moveBy(1, key === "j" || isSearch);
    case "k":
    case "ArrowUp":
      return moveBy(-1, key === "k");
    default:
      return false;
  }
}

function goToSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>("input[type=search]");
  search?.focus();
  search?.select();
  return search !== null;
}

function selectRow(): boolean {
  const row = document.activeElement?.closest("tbody tr");
  const box = row?.querySelector<HTMLInputElement>("input[type=checkbox]");
  box?.click();
  return box !== undefined && box !== null;
}

function goToSelected(): boolean {
  const button = document.querySelector<HTMLButtonElement>(".bulk button");
  button?.focus();
  return button !== null;
}

/**
 * Moves the focus from the link of one row to that of another. Arrows scroll the page as usual
 * unless a row has the focus.
 */
function moveBy(step: number, mayStart: boolean): boolean {
  const links = [...document.querySelectorAll<HTMLElement>("tbody th a")];
  const row = document.activeElement?.closest("tbody tr");
  const now = row ? links.findIndex((link) => row.contains(link)) : -1;
  if (now < 0 && !mayStart) return false;
  const next = now < 0 ? links[step > 0 ? 0 : links.length - 1] : links[now + step];
  next?.focus();
  return next !== undefined;
}
