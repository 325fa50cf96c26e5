/** Chooses the subcommand that a command line names. */

import type { CommandDescription } from "./description.ts";
import { visible } from "../log/visible.ts";
import { nearestWord } from "./nearest.ts";

/** A subcommand. */
export interface Subcommand {
  /** First the name for help texts, then aliases that users have in their scripts. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Heading in the help text; those of one heading stand together. Default: `Commands`. */
  readonly heading?: string;
  /** What it is, for those who write of it. */
  readonly describe?: () => Promise<readonly CommandDescription[]>;
  /** Whether it may start other programs; the rest give that right back before they begin. */
  readonly startsPrograms?: boolean;
  /** Whether it stays, and tells of itself on `/metrics`. */
  readonly isDaemon?: boolean;
  /** Runs it with the arguments after its name; undefined until it exists. `calledAs`: which of its names was used. */
  readonly run?: (args: string[], calledAs: string) => Promise<void>;
}

/** What a command line asks for. */
export type Dispatch =
  | {
    readonly kind: "run";
    readonly subcommand: Subcommand;
    readonly run: () => Promise<void>;
  }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "fail"; readonly text: string };

/**
 * Reads a command line.
 *
 * @param executable how the program was called: a link named after a subcommand acts as that one
 * @param versionText answer to `--version`
 */
export function dispatch(
  subcommands: readonly Subcommand[],
  executable: string,
  args: readonly string[],
  versionText: string,
): Dispatch {
  const linkName = executable.split("/").at(-1) ?? "";
  const linked = find(subcommands, linkName);
  if (linked !== undefined) return start(linked, linkName, args);

  const [first, ...rest] = args;
  const help = helpText(subcommands);
  if (first === undefined) return { kind: "fail", text: help };
  if (/^(version|--?version)$/.test(first)) return { kind: "print", text: versionText };
  const asksForHelp = /^(help|--?help|-h)$/.test(first);
  if (asksForHelp && (first !== "help" || rest.length === 0)) return { kind: "print", text: help };
  const [name, rolesArgs] = asksForHelp ? [rest[0] ?? "", ["--help"]] : [first, rest];
  const subcommand = find(subcommands, name);
  if (subcommand === undefined && name.startsWith("-")) {
    return { kind: "fail", text: misplacedFlag(name) };
  }
  if (subcommand === undefined) {
    const names = subcommands.flatMap(({ names }) => names);
    // Whoever types publish means pub.
    const meant = nearestWord(name, names) ?? names.find((each) => name.startsWith(each));
    const suggestion = meant === undefined ? ", see" : `, did you mean ${meant}? See`;
    const text = `nsq: unknown command ${visible(JSON.stringify(name))}${suggestion} nsq --help`;
    return { kind: "fail", text };
  }
  return start(subcommand, name, rolesArgs);
}

/** @param flag as it was typed, where a command should stand */
function misplacedFlag(flag: string): string {
  const meant = nearestWord(flag.replace(/^-+/, ""), ["version", "help"]);
  const suggestion = meant === undefined
    ? "flags stand behind a command, as in nsq nsqd --version;"
    : `did you mean --${meant}?`;
  const see = meant === undefined ? "see" : "See";
  return `nsq: unknown option ${visible(JSON.stringify(flag))}, ${suggestion} ${see} nsq --help`;
}

function find(subcommands: readonly Subcommand[], name: string): Subcommand | undefined {
  return subcommands.find((subcommand) => subcommand.names.includes(name));
}

function start(subcommand: Subcommand, calledAs: string, args: readonly string[]): Dispatch {
  const { run, names } = subcommand;
  if (run === undefined) return { kind: "fail", text: `nsq ${names[0]}: not supported yet` };
  return { kind: "run", subcommand, run: () => run([...args], calledAs) };
}

function helpText(subcommands: readonly Subcommand[]): string {
  const groups = Map.groupBy(subcommands, ({ heading = "Commands" }) => heading);
  return [
    "Usage: nsq <command> [flags]",
    "",
    "NSQ, a realtime distributed messaging platform, in one executable.",
    "",
    ...[...groups].flatMap(([heading, members]) => [`${heading}:`, ...members.map(helpRow), ""]),
    "nsq <command> --help tells the flags of a command, nsq --version the version.",
    "A link to this executable that is named after a command acts as that command.",
  ].join("\n");
}

function helpRow({ names: [name = "", ...aliases], summary, run }: Subcommand): string {
  const notes = [
    ...aliases.length > 0 ? [`also ${aliases.join(", ")}`] : [],
    ...run === undefined ? ["not supported yet"] : [],
  ];
  const remark = notes.length > 0 ? ` (${notes.join("; ")})` : "";
  return `  ${name.padEnd(12)}${summary}${remark}`;
}
