import type { Key } from "./state.ts";

/** What terminals send for keys that are no character. Source: xterm's control sequences. */
const SEQUENCES: readonly (readonly [string, Key])[] = [
  ["\x1b[A", "up"],
  ["\x1bOA", "up"],
  ["\x1b[B", "down"],
  ["\x1bOB", "down"],
  ["\x1b[C", "right"],
  ["\x1bOC", "right"],
  ["\x1b[D", "left"],
  ["\x1bOD", "left"],
  ["\x1b[5~", "page up"],
  ["\x1b[6~", "page down"],
  ["\x1b[H", "home"],
  ["\x1b[1~", "home"],
  ["\x1b[F", "end"],
  ["\x1b[4~", "end"],
  ["\r", "enter"],
  ["\n", "enter"],
  ["\t", "tab"],
  ["\x7f", "backspace"],
  ["\b", "backspace"],
  ["\x03", "interrupt"],
];

/** Any other sequence, which means nothing here. */
// deno-lint-ignore no-control-regex
const UNKNOWN = /^\x1b[[O][0-9;]*[ -~]/;

/** The keys that a terminal has sent in one piece. */
export function keysOf(typed: string): Key[] {
  const keys: Key[] = [];
  for (let rest = typed; rest !== "";) {
    const known = SEQUENCES.find(([sequence]) => rest.startsWith(sequence));
    const unknown = known === undefined ? UNKNOWN.exec(rest)?.[0] : undefined;
    if (known !== undefined) keys.push(known[1]);
    else if (unknown === undefined) keys.push(rest.startsWith("\x1b") ? "escape" : character(rest));
    const length = known?.[0].length ?? unknown?.length ?? [...rest][0]!.length;
    rest = rest.slice(length);
  }
  return keys;
}

function character(text: string): Key {
  return { text: [...text][0]! };
}
