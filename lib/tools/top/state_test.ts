import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { keysOf } from "./keys.ts";
import { afterKey, asking, firstState, type ScreenState } from "./state.ts";

const EXTENT = { rowCount: 30, pageRows: 10 };

/** The state after what is typed. */
function typed(text: string, state = firstState("channels", "", "")): ScreenState {
  for (const key of keysOf(text)) {
    state = afterKey(state, key, EXTENT).state;
  }
  return state;
}

Deno.test("keysOf reads arrows, characters and single escapes, and passes over what it does not know", () => {
  deepEqual(keysOf("\x1b[A\x1bOBq\x1b[5~é\r\x7f\t\x03"), [
    "up",
    "down",
    { text: "q" },
    "page up",
    { text: "é" },
    "enter",
    "backspace",
    "tab",
    "interrupt",
  ]);
  deepEqual(keysOf("\x1b"), ["escape"]);
  deepEqual(keysOf("\x1b[1;5Cx"), [{ text: "x" }]);
});

Deno.test("afterKey changes view, column and direction", () => {
  equal(typed("2").view, "topics");
  equal(typed("\t\t").view, "nodes");
  equal(typed("\t\t\t\t").view, "channels");
  equal(firstState("channels", "", "").sort, "depth");
  equal(typed("\x1b[C").sort, "memory");
  equal(typed("\x1b[D").sort, "out");
  equal(typed("\x1b[D".repeat(5)).sort, "state");
  equal(typed("r").isReversed, true);
  deepEqual([typed("r2").sort, typed("r2").isReversed], ["in", false]);
});

Deno.test("afterKey types a filter, and takes q as a letter of it", () => {
  const typing = typed("/qx\x7fz");
  deepEqual([typing.filter, typing.isTyping], ["qz", true]);
  const done = typed("\r", typing);
  deepEqual([done.filter, done.isTyping], ["qz", false]);
  equal(typed("\x1b", done).filter, "");
  equal(afterKey(done, { text: "q" }, EXTENT).wish, "quit");
  equal(afterKey(typing, "interrupt", EXTENT).wish, "quit");
});

Deno.test("afterKey moves the mark within the rows", () => {
  equal(typed("\x1b[A").selected, 0);
  equal(typed("\x1b[B\x1b[6~").selected, 11);
  equal(typed("\x1b[F").selected, 29);
  equal(typed("\x1b[F\x1b[B").selected, 29);
  equal(typed("\x1b[F\x1b[5~").selected, 19);
  equal(typed("\x1b[F\x1b[H").selected, 0);
});

Deno.test("a question takes y or a word, and nothing else is done meanwhile", () => {
  const state = firstState("channels", "", "");
  const wishes = (text: string, isTyped: boolean) => {
    let now = asking(state, "sure?", isTyped);
    return keysOf(text).flatMap((key) => {
      const { state, wish } = afterKey(now, key, EXTENT);
      now = state;
      return wish === undefined ? [] : [wish];
    });
  };
  deepEqual(wishes("y", false), [{ answer: "y" }]);
  deepEqual(wishes("\x1b[B\r", false), [{ answer: "" }]);
  deepEqual(wishes("livf\x7fe\r", true), [{ answer: "live" }]);
  deepEqual(wishes("\x1b", true), [{ answer: "" }]);
});

Deno.test("keys that act ask for the marked row, and help goes with any key", () => {
  const state = firstState("channels", "", "");
  for (const [key, wish] of [["p", "pause"], ["e", "empty"], ["\r", "peek"]] as const) {
    equal(afterKey(state, keysOf(key)[0]!, EXTENT).wish, wish);
  }
  const help = typed("?");
  ok(help.overlay?.some((line) => line.includes("pause")));
  equal(typed("x", help).overlay, undefined);
});
