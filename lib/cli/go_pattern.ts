/**
 * Patterns in Go's syntax (those of auth servers, of flags) as JavaScript's regular expressions.
 * Source: https://github.com/google/re2/wiki/Syntax
 * @module
 */

/** Escapes that mean the same in both languages, for ASCII text. */
const SAME_ESCAPES = "dDwWsSbBfnrtv";

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

const MAX_REPEAT = 1000;

/**
 * The same pattern for JavaScript. Where Go's syntax has what JavaScript has not (`\C`, the flag `U`), and where JavaScript has what
 * Go has not (lookaround, back-references), the pattern is refused. Only differences in non-ASCII text are not covered: names of
 * topics and channels have none.
 * @throws SyntaxError
 */
export function compileGoPattern(pattern: string): RegExp {
  return new RegExp(new Translator(pattern).translate(), "u");
}

class Translator {
  readonly #source: string;
  #at = 0;
  #out = "";
  /** For each open group, how those were opened inside it that hold flags for the rest of it. */
  readonly #flagGroups: string[][] = [[]];

  constructor(source: string) {
    this.#source = source;
  }

  translate(): string {
    while (this.#at < this.#source.length) this.#next();
    if (this.#flagGroups.length !== 1) throw this.#error("missing closing )");
    return this.#out + ")".repeat(this.#flagGroups[0]!.length);
  }

  #next(): void {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    switch (character) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#characterClass();
      case "(":
        return this.#open();
      case ")":
        return this.#close();
      case "{":
        return this.#repeat();
      case "^":
      case "$":
      case ".":
      case "?":
      case "*":
      case "+":
        this.#out += character;
        break;
      case "|":
        this.#alternative();
        break;
      default:
        this.#out += literal(character);
    }
    this.#at += character.length;
  }

  /** Takes what matches `pattern` here. */
  #take(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern.source, "yu");
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#source);
    if (match !== null) this.#at = sticky.lastIndex;
    return match;
  }

  #open(): void {
    const named = this.#take(/\(\?P?<\w+>/);
    const flags = named === null ? this.#take(/\(\?([imsU]*)(?:-([imsU]+))?([:)])/) : null;
    if (named !== null) this.#out += "("; // nobody asks what a group matched
    else if (flags !== null) return this.#openFlags(flags);
    else if (this.#source.startsWith("(?", this.#at)) throw this.#error("bad group");
    else {
      this.#out += "(";
      this.#at++;
    }
    this.#flagGroups.push([]);
  }

  /** Flags hold for the alternatives that follow too. */
  #alternative(): void {
    const openers = this.#flagGroups.at(-1)!;
    this.#out += ")".repeat(openers.length) + "|" + openers.join("");
  }

  #openFlags([, on = "", off = "", end]: RegExpExecArray): void {
    if ((on + off).includes("U")) throw this.#error("flag U is not supported");
    const turnedOff = off === "" ? "" : `-${[...new Set(off)].join("")}`;
    const opener = `(?${[...new Set(on)].join("")}${turnedOff}:`;
    this.#out += opener;
    if (end === ":") this.#flagGroups.push([]);
    else this.#flagGroups.at(-1)!.push(opener);
  }

  #close(): void {
    if (this.#flagGroups.length === 1) throw this.#error("unexpected )");
    this.#out += ")".repeat(1 + this.#flagGroups.pop()!.length);
    this.#at++;
  }

  #repeat(): void {
    const match = this.#take(/\{(\d+)(?:,(\d*))?\}/);
    if (match === null) {
      this.#out += literal("{");
      this.#at++;
      return;
    }
    if (Math.max(Number(match[1]), Number(match[2] ?? 0)) > MAX_REPEAT) {
      throw this.#error("bad repeat count");
    }
    this.#out += match[0];
  }

  #escape(): void {
    const quoted = this.#take(/\\Q([^]*?)(?:\\E|$)/);
    if (quoted !== null) this.#out += [...quoted[1]!].map(literal).join("");
    else if (this.#take(/\\A/)) this.#out += "(?<![^])";
    else if (this.#take(/\\z/)) this.#out += "(?![^])";
    else this.#out += this.#escapedCharacter();
  }

  /** An escape that stands for one character or a class of them, and so may be in a class too. */
  #escapedCharacter(): string {
    const same = this.#take(new RegExp(`\\\\[${SAME_ESCAPES}]`));
    if (same !== null) return same[0];
    const property = this.#take(/\\([pP])(?:\{(\^?)(\w+)\}|(\w))/);
    if (property !== null) return unicodeProperty(property);
    const hex = this.#take(/\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/);
    if (hex !== null) return `\\u{${hex[1] ?? hex[2]}}`;
    const octal = this.#take(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/);
    if (octal !== null) return `\\u{${parseInt(octal[1]!, 8).toString(16)}}`;
    if (this.#take(/\\a/)) return "\\x07";
    const punctuation = this.#take(/\\([!-/:-@[-`{-~])/);
    if (punctuation !== null) return literal(punctuation[1]!);
    throw this.#error("bad escape");
  }

  #characterClass(): void {
    const start = this.#take(/\[(\^?)(\]?)/)!;
    this.#out += `[${start[1]}${start[2] === "" ? "" : "\\]"}`;
    while (!this.#take(/\]/)) {
      const posix = this.#take(/\[:(\^?)(\w+):\]/);
      if (posix !== null) this.#out += this.#posixClass(posix);
      else if (this.#source[this.#at] === "\\") this.#out += this.#escapedCharacter();
      else if (this.#take(/-/)) this.#out += this.#isRange() ? "-" : "\\-";
      else {
        const character = this.#take(/[^]/);
        if (character === null) throw this.#error("missing closing ]");
        this.#out += literal(character[0]);
      }
    }
    this.#out += "]";
  }

  /** Whether the `-` just taken stands between two characters. */
  #isRange(): boolean {
    return !/\[\^?$/.test(this.#out) && this.#source[this.#at] !== "]";
  }

  #posixClass([, not, name]: RegExpExecArray): string {
    const members = POSIX_CLASSES[name!];
    if (members === undefined) throw this.#error("bad character class");
    if (not === "") return members;
    if (name === "word") return "\\W";
    if (name === "digit") return "\\D";
    throw this.#error("this negated character class is not supported");
  }

  #error(what: string): SyntaxError {
    return new SyntaxError(`${what} in pattern ${JSON.stringify(this.#source)}`);
  }
}

function unicodeProperty([, letter, not, braced, short]: RegExpExecArray): string {
  const negated = (letter === "P") !== (not === "^");
  const name = braced ?? short!;
  const property = name.length <= 2 ? name : name === "Any" ? "Any" : `Script=${name}`;
  return `\\${negated ? "P" : "p"}{${property}}`;
}

/** The character, written so that it means only itself. */
function literal(character: string): string {
  return /^[\w ]$/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
