/** Pieces of scripts that bash and zsh both understand. */

import type { Source } from "./completions.ts";

/** A `case` with one line for each text; by default it prints the text that belongs to it. */
export function shellCase(
  subject: string,
  entries: readonly (readonly [pattern: string, text: string])[],
  command: (text: string) => string = (text) => `echo ${quoted(text)}`,
): string {
  // Commands that take the same share a line: half of the script would be repetition.
  const byText = Map.groupBy(entries, ([, text]) => text);
  const lines = [...byText].map(([text, same]) =>
    `    ${same.map(([pattern]) => quoted(pattern)).join("|")}) ${command(text)} ;;`
  );
  return [`  case ${subject} in`, ...lines, "  esac"].join("\n");
}

/** A text in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A source in words: `choices a b`, `names topic ls`, `channels channel ls`, `files`; "" for nothing. */
export function sourceWords(source: Source): string {
  switch (source.kind) {
    case "choices":
      return ["choices", ...source.choices].join(" ");
    case "names":
      return `${source.needsTopic ? "channels" : "names"} ${source.command}`;
    case "own":
      return `own ${source.command}`;
    case "files":
      return "files";
    case "nothing":
      return "";
  }
}
