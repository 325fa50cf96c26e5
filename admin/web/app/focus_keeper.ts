/**
 * Keeps the focus near its place. Browsers let it fall to the top of the page when what has it is taken
 * away or switched off: a row that was deleted, the last page's "Next", a button that became another one.
 */

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** Beyond these a neighbour has nothing to do with what is gone: then their heading gets the focus. */
const BOUNDS = "section, article, main, dialog";

interface Step {
  parent: Element;
  /** Which of its children the focus was in. */
  at: number;
}

/** Where the focus is, or was before it was lost. */
interface Trail {
  element: HTMLElement;
  /** What it was called: its like in the next row is preferred. */
  label: string;
  /** From the innermost one outwards. */
  steps: Step[];
  /** The dialog that it is in. */
  dialog: Element | null;
}

let trail: Trail | null = null;

/** Where the focus was last that is in no dialog: a dialog that goes together with what has opened it leaves it nowhere. */
let outside: Trail | null = null;

/** Begins to watch the page. */
export function keepFocus(): void {
  document.addEventListener("focusin", note);
  // Who presses somewhere else wants the focus nowhere.
  document.addEventListener("click", () => {
    if (document.activeElement === document.body) trail = null;
  }, { capture: true });
  new MutationObserver(() => isLost() ? restore() : note()).observe(document.body, {
    subtree: true,
    childList: true,
    attributeFilter: ["disabled"],
  });
}

function note(): void {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement) || element === document.body) return;
  const steps: Step[] = [];
  for (
    let child: Element = element, parent = child.parentElement;
    parent !== null;
    child = parent, parent = child.parentElement
  ) {
    steps.push({ parent, at: Array.prototype.indexOf.call(parent.children, child) });
  }
  trail = { element, label: labelOf(element), steps, dialog: element.closest("dialog") };
  if (trail.dialog === null) outside = trail;
}

function isLost(): boolean {
  return trail !== null && (!trail.element.isConnected || trail.element.matches(":disabled"));
}

function restore(): void {
  const isDialogGone = trail!.dialog?.isConnected === false;
  const { label, steps } = isDialogGone && outside !== null ? outside : trail!;
  trail = null;
  for (const { parent, at } of steps) {
    if (!parent.isConnected) continue;
    const place = parent.matches(BOUNDS) ? headingOf(parent) : nearest(parent, at, label);
    if (place === undefined) continue;
    place.focus();
    return;
  }
}

/** What can have the focus and stands where it was, after it or before it. */
function nearest(parent: Element, at: number, label: string): HTMLElement | undefined {
  const children = Array.from(parent.children);
  for (const child of [...children.slice(at), ...children.slice(0, at).reverse()]) {
    const all = [child, ...child.querySelectorAll(FOCUSABLE)].filter(canHaveFocus);
    const place = all.find((each) => labelOf(each) === label) ?? all[0];
    if (place !== undefined) return place;
  }
  return undefined;
}

function canHaveFocus(element: Element): element is HTMLElement {
  return element instanceof HTMLElement && element.matches(FOCUSABLE) &&
    !element.matches(":disabled") && element.checkVisibility();
}

/** Its heading, or itself. */
function headingOf(parent: Element): HTMLElement {
  const place = (parent.querySelector("h1, h2, h3") ?? parent) as HTMLElement;
  place.tabIndex = -1;
  return place;
}

function labelOf(element: Element): string {
  return element.getAttribute("aria-label") ?? element.textContent ?? "";
}
