import { isValidName } from "../wire/names.ts";

/** A pattern of names: `*` stands for any characters, `?` for one. Matching takes time by the product of the two lengths at most. */
export class Glob {
  constructor(readonly pattern: string) {}

  matches(name: string): boolean {
    const { pattern } = this;
    let at = 0, to = 0, star = -1, starTo = 0;
    while (to < name.length) {
      const character = pattern[at];
      if (character === "*") {
        star = at++;
        starTo = to;
      } else if (character === "?" || character === name[to]) {
        at++;
        to++;
      } else if (star >= 0) { // the star takes one more
        at = star + 1;
        to = ++starTo;
      } else return false;
    }
    while (pattern[at] === "*") at++;
    return at === pattern.length;
  }
}

const CHARACTERS = /^[.a-zA-Z0-9_*?#-]+$/;
const EPHEMERAL = "#ephemeral";

/** Whether there is a valid name of a topic or channel that the pattern matches. */
export function matchesSomeName(pattern: string): boolean {
  if (!CHARACTERS.test(pattern)) return false;
  const hash = pattern.indexOf("#");
  if (hash < 0) return isValidName(shortest(pattern));
  const before = pattern.slice(0, hash);
  return new Glob(pattern.slice(hash)).matches(EPHEMERAL) &&
    isValidName(shortest(before) + EPHEMERAL);
}

/** The shortest valid name that a pattern without # matches, if there is one. */
function shortest(pattern: string): string {
  return pattern.replaceAll("*", "").replaceAll("?", "a") || (pattern === "" ? "" : "a");
}
