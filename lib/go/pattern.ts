/** The only module that knows re2js: regular expressions in Go's syntax, matched in linear time. */

import { RE2JS, RE2JSException } from "re2js";
import { writtenOutLength } from "./pattern_length.ts";

/**
 * A longer one, with repetitions written out, is refused, as compiling takes time by that length: about half a second for this one,
 * measured with classes of all of Unicode.
 */
export const MAX_PATTERN_CHARACTERS = 16 * 1024;

/** A pattern as Go's `regexp` has them. */
export interface GoPattern {
  /** Whether it matches anywhere in a text; in time that grows with the text, whatever the pattern. */
  test(text: string): boolean;
}

/** @throws SyntaxError for what Go refuses, in one line, and for a very long pattern */
export function compileGoPattern(pattern: string): GoPattern {
  const length = writtenOutLength(pattern);
  if (length > MAX_PATTERN_CHARACTERS) {
    const as = length > pattern.length ? ", with repetitions written out," : "";
    throw new SyntaxError(
      `pattern of ${length} characters${as} is too long, at most ${MAX_PATTERN_CHARACTERS}`,
    );
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new SyntaxError(error.message.replaceAll("\n", "\\n"), { cause: error });
  }
}
