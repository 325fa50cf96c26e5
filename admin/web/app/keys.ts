/** The keyboard: `/` goes to the search, `j` and `k` from row to row. */

const NEXT = ["j", "ArrowDown"];
const PREVIOUS = ["k", "ArrowUp"];

/** Listens for the keys of the whole page. */
export function listenForKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (document.querySelector("dialog[open]") !== null) return;
    const isSearch = target.matches("input[type=search]");
    if (target.matches("input, textarea, select") && !isSearch) return;
    if (isSearch && event.key !== "ArrowDown") return;
    if (event.key === "/") {
      const search = document.querySelector<HTMLInputElement>("input[type=search]");
      if (search === null) return;
      search.focus();
      search.select();
    } else if (NEXT.includes(event.key)) {
      if (!moveBy(1, event.key === "j" || isSearch)) return;
    } else if (PREVIOUS.includes(event.key)) {
      if (!moveBy(-1, event.key === "k")) return;
    } else return;
    event.preventDefault();
  });
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
