/** The kind of `--delimiter`: what ends a message in a stream of bytes. */

import type { Kind } from "../cli/kind.ts";
import { ValueError } from "../value_error.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
  "\\0": "\0",
};

/** A single byte, written as itself or as an escape that a shell passes on. */
export function byte(): Kind<number> {
  const read = (given: string): number => {
    const bytes = new TextEncoder().encode(ESCAPES[given] ?? given);
    if (bytes.length !== 1) throw new ValueError("must be a single byte");
    return bytes[0]!;
  };
  return {
    valueName: "char",
    isBoolean: false,
    fromFlags: (texts) => read(texts.at(-1) ?? ""),
    fromConfig: (value) => read(String(value)),
    format: (value) => JSON.stringify(String.fromCharCode(value)),
    toJson: (value) => String.fromCharCode(value),
  };
}
