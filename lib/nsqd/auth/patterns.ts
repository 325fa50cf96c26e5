import { compileGoPattern, type GoPattern } from "../../go/pattern.ts";
import { writtenOutLength } from "../../go/pattern_length.ts";

/** Beyond either, the pattern that was not used for longest is let go. One takes some 15 kB, measured; a long one takes more. */
const MAX_KEPT = 1000;
const MAX_KEPT_CHARACTERS = 256 * 1024;

interface Kept {
  readonly pattern: GoPattern;
  /** Characters, with repetitions written out. */
  readonly length: number;
}

/**
 * Compiled patterns of all clients, by their text: many clients have the same, compiling takes a hundred times as long as matching, and ten
 * thousand clients with patterns of their own must not keep all of them in memory.
 */
export class Patterns {
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  /** @throws SyntaxError that says what is wrong with a pattern */
  get(text: string): GoPattern {
    const kept = this.#kept.get(text) ??
      { pattern: compileGoPattern(text), length: writtenOutLength(text) };
    if (!this.#kept.delete(text)) this.#characters += kept.length;
    this.#kept.set(text, kept);
    for (const [oldest, { length }] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT && this.#characters <= MAX_KEPT_CHARACTERS) break;
      this.#kept.delete(oldest);
      this.#characters -= length;
    }
    return kept.pattern;
  }
}
