/** Somebody who has a keyboard and nothing else: no mouse, and no script that puts the focus anywhere. */
/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { fail, match, ok } from "../harness/assert.ts";
import { eventually } from "../harness/eventually.ts";

/** More presses of Tab than any page of the tests has stops. */
const MAX_STOPS = 150;

/** What has the focus. */
interface Stop {
  tag: string;
  /** What a screen reader calls it. */
  name: string;
  /** The text of the row, card, dialog or section around it. */
  around: string;
  /** Why somebody who looks would not see that it has the focus; empty if they would. */
  unseen: string;
}

export class Keyboard {
  constructor(readonly page: Page) {}

  press(...keys: string[]): Promise<void> {
    return keys.reduce(
      (before, key) => before.then(() => this.page.keyboard.press(key)),
      Promise.resolve(),
    );
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /**
   * Presses Tab until what is called `name` has the focus. Each stop on the way has to be seen.
   *
   * @param options `around`: what the row, card or dialog says that it is in; `back`: the other way
   */
  async to(
    name: string | RegExp,
    { around = "", back = false }: { around?: string; back?: boolean } = {},
  ): Promise<void> {
    const passed: string[] = [];
    for (let stops = 0; stops < MAX_STOPS; stops++) {
      await this.press(back ? "Shift+Tab" : "Tab");
      const stop = await this.at();
      if (stop.tag === "body") continue; // on from the last stop: the browser's own controls
      if (stop.unseen !== "") fail(`focus on ${stop.tag} “${stop.name}”: ${stop.unseen}`);
      if (isCalled(stop, name) && stop.around.includes(around)) return;
      passed.push(stop.name);
    }
    fail(`Tab never came to ${name} ${around && `in ${around}`}, only to ${passed.join(" | ")}`);
  }

  /** Goes to something and presses Enter there. */
  async enter(name: string | RegExp, options: { around?: string; back?: boolean } = {}) {
    await this.to(name, options);
    await this.press("Enter");
  }

  /** What is called `name` has the focus, or soon gets it, and this is seen. */
  async expectAt(name: string | RegExp, around = ""): Promise<void> {
    await eventually(async () => {
      const stop = await this.at();
      match(stop.name, typeof name === "string" ? exactly(name) : name);
      ok(stop.around.includes(around), `focus in “${stop.around}”`);
      ok(stop.unseen === "", stop.unseen);
    });
  }

  at(): Promise<Stop> {
    return this.page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const labelled = element.getAttribute("aria-labelledby");
      const label = element.getAttribute("aria-label") ??
        (labelled && document.getElementById(labelled)?.textContent) ??
        (element as HTMLInputElement).labels?.[0]?.querySelector("span")?.textContent ??
        (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? "";
      const around = element.closest("dialog, tr, li, article, .bulk, section, header");
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const top = element.closest("header, dialog, .skip")
        ? 0
        : document.querySelector("header.top")!.getBoundingClientRect().bottom;
      let unseen = "";
      if (element === document.body) unseen = "it is nowhere";
      else if (element.matches("main")) unseen = ""; // a page as a whole: its beginning
      else if (outlineStyle === "none" || parseFloat(outlineWidth) === 0) unseen = "no outline";
      else if (box.bottom <= top || box.top >= innerHeight) unseen = "outside of the window";
      else if (box.top < top - 1 && box.height < innerHeight / 2) unseen = "under the header";
      return {
        tag: element.tagName.toLowerCase(),
        name: label.trim(),
        around: around?.textContent ?? "",
        unseen,
      };
    });
  }
}

function isCalled(stop: Stop, name: string | RegExp): boolean {
  return typeof name === "string" ? stop.name === name : name.test(stop.name);
}

function exactly(name: string): RegExp {
  return new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
