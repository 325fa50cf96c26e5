/** Manual pages in man(7)'s macros, made of what the help texts are made of. */

import {
  type CommandDescription,
  firstSentence,
  type SubcommandDescription,
} from "../../cli/description.ts";
import type { Example, FlagSpec } from "../../cli/flag_parser.ts";
import { PROJECT_VERSION } from "../../version.ts";

/** One page. */
export interface Page {
  /** Such as `nsq-topic`; its section is 1. */
  readonly name: string;
  readonly text: string;
}

/** `nsq(1)`. */
export function overviewPage(all: readonly SubcommandDescription[]): Page {
  return page("nsq", "a realtime distributed messaging platform, in one executable", [
    ".SH SYNOPSIS",
    ".B nsq",
    "\\fIcommand\\fR [\\fIflags\\fR]",
    ".SH DESCRIPTION",
    roff(
      "Broker, lookupd, web console and tools of NSQ. A link to the executable that is named after a command acts as that command.",
    ),
    ".SH COMMANDS",
    ...all.flatMap(({ names: [name = "", ...aliases], summary }) => [
      ".TP",
      `\\fBnsq\\-${roff(name)}\\fR(1)`,
      roff(summary) + (aliases.length === 0 ? "" : roff(` (also ${aliases.join(", ")})`)),
    ]),
    ".SH ENVIRONMENT",
    ...[
      [
        "NSQ_LOOKUPD",
        "addresses of lookupds, with commas between, for commands that act on a cluster",
      ],
      ["NSQ_NSQD", "addresses of brokers, where there is no lookupd"],
      ["NSQ_CONTEXT", "the context to act on, see nsq-context(1)"],
      ["NSQ_AUTH_SECRET_FILE", "file with the secret to show to daemons, where no context has one"],
    ].flatMap(([name, meaning]) => [".TP", `.B ${name}`, roff(meaning!)]),
  ]);
}

/** `nsq-topic(1)` and the like, with all commands of a group. */
export function subcommandPage(
  { names: [name = ""], summary, commands }: SubcommandDescription,
): Page {
  const isGroup = commands.some(({ path }) => path !== name);
  return page(`nsq-${name}`, summary, [
    ".SH SYNOPSIS",
    ...commands.flatMap(({ path, words }, at) => [
      ...at === 0 ? [] : [".br"],
      `.B nsq ${roff(path)}`,
      roff(words === "" ? "" : `${words} `) + "[\\fIflags\\fR]",
    ]),
    ...isGroup ? groupSections(commands) : aloneSections(commands),
    ".SH SEE ALSO",
    "\\fBnsq\\fR(1)",
  ]);
}

/** What all commands of a group take stands behind them, once. */
function groupSections(commands: readonly CommandDescription[]): string[] {
  const isCommon = (flag: FlagSpec) =>
    commands.every(({ flags }) => flags.some((each) => each.flag === flag.flag));
  const common = commands[0]?.flags.filter(isCommon) ?? [];
  return [
    ...commands.flatMap((command) =>
      commandSection(command, command.flags.filter((flag) => !isCommon(flag)))
    ),
    ".SH OPTIONS OF ALL COMMANDS",
    ...flagLines(common),
  ];
}

function commandSection(command: CommandDescription, flags: readonly FlagSpec[]): string[] {
  return [
    `.SH NSQ ${roff(command.path.toUpperCase())}`,
    ...paragraphs(command.summary),
    ...flagLines(flags),
    ".PP",
    "Examples:",
    ...exampleLines(command.examples),
  ];
}

function aloneSections(commands: readonly CommandDescription[]): string[] {
  return commands.flatMap(({ summary, flags, examples }) => [
    ".SH DESCRIPTION",
    ...paragraphs(summary),
    ".SH OPTIONS",
    ...flagLines(flags),
    ".SH EXAMPLES",
    ...exampleLines(examples),
  ]);
}

function page(name: string, summary: string, body: readonly string[]): Page {
  const text = [
    `.TH ${name.toUpperCase().replaceAll("-", "\\-")} 1 "" "nsq ${PROJECT_VERSION}" "NSQ"`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(firstSentence(summary))}`,
    ...body,
  ].join("\n");
  return { name, text };
}

function paragraphs(summary: string): string[] {
  return summary.split("\n").map((line) =>
    line === "" ? ".PP" : line.startsWith(" ") ? `.br\n${roff(line.trimStart())}` : roff(line)
  );
}

function flagLines(flags: readonly FlagSpec[]): string[] {
  return flags.flatMap(({ flag, isBoolean, valueName, help, defaultText }) => [
    ".TP",
    `\\fB\\-\\-${roff(flag)}\\fR${isBoolean ? "" : `=\\fI${roff(valueName)}\\fR`}`,
    roff(help + (defaultText === "" ? "" : ` (default ${defaultText})`)),
  ]);
}

function exampleLines(examples: readonly Example[]): string[] {
  return examples.flatMap(({ title, lines }) => [
    ".PP",
    roff(`${title}:`),
    ".PP",
    ".nf",
    ".RS 4",
    ...lines.map(roff),
    ".RE",
    ".fi",
  ]);
}

/** A text in which nothing means something to roff: no escape, no request at the start of the line. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&");
}
