/** What can stand where on the command line, whatever the shell. */

import { firstSentence, type SubcommandDescription } from "../../cli/description.ts";
import type { FlagSpec } from "../../cli/flag_parser.ts";
import { wordSlots } from "../session/words.ts";

/** Where the values of a word or flag come from. */
export type Source =
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  /** Names, by this command of the program; `needsTopic`: with the topic that stands before. */
  | { readonly kind: "names"; readonly command: string; readonly needsTopic: boolean }
  /** The same of a command that asks no cluster. */
  | { readonly kind: "own"; readonly command: string }
  | { readonly kind: "files" }
  | { readonly kind: "nothing" };

/** A command or flag with its description. */
export interface Candidate {
  readonly name: string;
  readonly text: string;
}

/** A flag. */
export interface CompletedFlag extends Candidate {
  readonly isBoolean: boolean;
  readonly values: Source;
}

/** A command that takes flags and words. */
export interface CompletedCommand {
  /** Such as `topic pause`. */
  readonly path: string;
  readonly flags: readonly CompletedFlag[];
  /** Where the values of each word come from; the last may be repeated. */
  readonly words: readonly Source[];
}

/** All of it. */
export interface Completions {
  readonly subcommands: readonly Candidate[];
  /** Other names of subcommands, as links to the program may be called: `nsq_tail` of `tail`. */
  readonly aliases: readonly (readonly [alias: string, name: string])[];
  readonly groups: readonly { readonly name: string; readonly actions: readonly Candidate[] }[];
  readonly commands: readonly CompletedCommand[];
}

const NOTHING: Source = { kind: "nothing" };
const FILES: Source = { kind: "files" };
const names = (command: string, needsTopic = false): Source => ({
  kind: "names",
  command,
  needsTopic,
});

const TOPICS = names("topic ls"), CHANNELS = names("channel ls", true), NODES = names("node ls");
const CONTEXTS: Source = { kind: "own", command: "context ls" };
const POLICIES = names("policy ls");

/** What the words of the help stand for. */
const WORDS: Readonly<Record<string, Source>> = {
  TOPIC: TOPICS,
  TOPICS,
  GLOB: TOPICS,
  CHANNEL: CHANNELS,
  CHANNELS,
  NODE: NODES,
  FILE: FILES,
  PATH: FILES,
};

/** Words that stand for something else in some commands. */
const WORDS_OF_COMMANDS: Readonly<Record<string, Source>> = {
  "context select": CONTEXTS,
  "context rm": CONTEXTS,
  "policy delete": POLICIES,
};

const FLAGS: Readonly<Record<string, Source>> = { context: CONTEXTS, topic: TOPICS };

/** Flags that say which cluster is meant: names are asked of it. */
export const CLUSTER_FLAGS = ["lookupd-http-address", "nsqd-http-address", "context"] as const;

/** Names that a link to the program may have and that are no program's of the system, as `tail` is. */
const OWN_NAMES = ["nsqd"];

/** Keeps a cluster that does not answer from holding up the shell. */
export const ASK_QUICKLY =
  "--quiet --http-client-connect-timeout=500ms --http-client-request-timeout=2s";

/** Reads the descriptions of all subcommands. */
export function completionsOf(all: readonly SubcommandDescription[]): Completions {
  const candidates = all.map(({ names: [name = ""], summary }) => ({ name, text: summary }));
  return {
    subcommands: candidates,
    aliases: all.flatMap(({ names: [name = "", ...aliases] }) =>
      [...aliases, ...OWN_NAMES.filter((each) => each === name)]
        .map((alias) => [alias, name] as const)
    ),
    groups: all.flatMap(({ names: [name = ""], commands }) =>
      commands.some(({ path }) => path !== name)
        ? [{
          name,
          actions: commands.map(({ path, summary }) => ({
            name: path.slice(name.length + 1),
            text: firstSentence(summary),
          })),
        }]
        : []
    ),
    commands: all.flatMap(({ commands }) => commands).map(({ path, words, flags }) => ({
      path,
      flags: flags.map(flagOf),
      words: wordSlots(words).map(({ name }) => wordSource(path, name)),
    })),
  };
}

function flagOf({ flag, isBoolean, help, valueName, choices }: FlagSpec): CompletedFlag {
  const values: Source = choices !== undefined
    ? { kind: "choices", choices }
    : /^(file|path|dir)$/.test(valueName)
    ? FILES
    : FLAGS[flag] ?? NOTHING;
  return { name: flag, text: firstSentence(help), isBoolean, values };
}

function wordSource(path: string, slot: string): Source {
  if (slot.includes("|")) return { kind: "choices", choices: slot.split("|") };
  return WORDS_OF_COMMANDS[path] ?? WORDS[slot] ?? NOTHING;
}
