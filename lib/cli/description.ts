/** What a command is, for those who write of it: completion scripts and manual pages. */

import type { Example, FlagSpec } from "./flag_parser.ts";

/** One command with its flags. */
export interface CommandDescription {
  /** Behind the program's name, without words: `topic pause`. */
  readonly path: string;
  /** As the help shows them: `TOPIC CHANNEL`, `[GLOB]`, `TOPIC...`; "" for none. */
  readonly words: string;
  readonly summary: string;
  readonly flags: readonly FlagSpec[];
  readonly examples: readonly Example[];
}

/** A subcommand of the program, with all commands that it has inside. */
export interface SubcommandDescription {
  /** The first for help texts, the others as links may be called. */
  readonly names: readonly string[];
  readonly summary: string;
  /** One of the subcommand's own name, or several whose paths begin with it. */
  readonly commands: readonly CommandDescription[];
}

/** The first sentence of a text, on one line and without its full stop. */
export function firstSentence(text: string): string {
  return (/^.*?[.?](?= |$)/.exec(text.replaceAll("\n", " "))?.[0] ?? text).replace(/\.$/, "");
}

/** Stands for the host's name where options are written of and not used. */
export const ANY_HOST = "the host's name";
