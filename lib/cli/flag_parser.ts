/** The only module that knows commander: it finds flags by name and lays out the help text. */

import { Command, CommanderError, Option } from "commander";
import { type FlagForm, readGoArguments } from "./go_arguments.ts";
import { UsageError } from "./usage_error.ts";

/** A flag as the parser and the help text need it. */
export interface FlagSpec {
  /** Without dashes. */
  readonly flag: string;
  readonly isBoolean: boolean;
  /** Placeholder in the help text; "" for a boolean. */
  readonly valueName: string;
  /** All values that it takes, where they are few words. */
  readonly choices?: readonly string[] | undefined;
  /** Heading in the help text. */
  readonly group: string;
  readonly help: string;
  /** As the help text shows it; "" to show none. */
  readonly defaultText: string;
}

/** What the help text says around the flags. */
export interface CommandText {
  /** As the user types it, such as `nsq nsqd`. */
  readonly name: string;
  readonly summary: string;
  /** Printed after the flags. */
  readonly examples: readonly Example[];
}

/** Commands that can be typed as they are, and what they show. */
export interface Example {
  readonly title: string;
  /** Lines of a shell; one that ends with a backslash goes on in the next. */
  readonly lines: readonly string[];
}

/** Flags as they were given. */
export interface ParsedFlags {
  /** Values in order of each flag that was given. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Arguments after the flags. */
  readonly rest: readonly string[];
  readonly help: boolean;
}

const HELP_WIDTH_COLUMNS = 100;

/** Descriptions stand below their flags, as in Go: some flags are too long to stand beside. */
const DESCRIPTION_INDENT_COLUMNS = 6;

/**
 * Parses a command line in Go's syntax.
 *
 * @throws UsageError naming the flag that is unknown or lacks its value
 */
export function parseFlags(specs: readonly FlagSpec[], args: readonly string[]): ParsedFlags {
  const forms = new Map<string, FlagForm>(
    specs.map((spec) => [spec.flag, spec.isBoolean ? "boolean" : "value"]),
  );
  const { flags, rest, help, unknown } = readGoArguments(args, (name) => forms.get(name));
  const values = new Map<string, string[]>();
  const command = new Command().helpOption(false).exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const spec of specs) {
    const collect = (value: string): void => {
      values.set(spec.flag, [...values.get(spec.flag) ?? [], value]);
    };
    command.addOption(new Option(`--${spec.flag} <value>`).argParser(collect));
  }
  try {
    command.parse(flags, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const text = oneLine(error.message);
    throw new UsageError(unknown === undefined ? text : asTyped(text, unknown, forms));
  }
  return { values, rest, help };
}

/** Lays out the help text: flags in their groups, each with its default. */
export function formatHelp(specs: readonly FlagSpec[], text: CommandText): string {
  const command = new Command(text.name).usage("[flags]").description(text.summary)
    .helpOption(false).configureHelp({
      helpWidth: HELP_WIDTH_COLUMNS,
      formatItem(term, _termWidth, description, helper) {
        const indent = " ".repeat(DESCRIPTION_INDENT_COLUMNS);
        const wrapped = helper.boxWrap(
          description,
          HELP_WIDTH_COLUMNS - DESCRIPTION_INDENT_COLUMNS,
        );
        return `  ${term}\n${indent}${wrapped.replaceAll("\n", "\n" + indent)}`;
      },
    });
  for (const spec of specs) {
    const term = spec.isBoolean ? `--${spec.flag}` : `--${spec.flag} <${spec.valueName}>`;
    const shown = spec.defaultText === "" ? "" : ` (default ${spec.defaultText})`;
    command.addOption(new Option(term, spec.help + shown).helpGroup(`${spec.group}:`));
  }
  return `${command.helpInformation().trimEnd()}\n\nExamples:\n${formatExamples(text.examples)}`;
}

/** The lines of examples, each under its title. */
export function formatExamples(examples: readonly Example[]): string {
  return examples.map(({ title, lines }) =>
    `  # ${title}\n${lines.map((line) => `  ${line}\n`).join("")}`
  ).join("\n");
}

/** The message with the flag as it was typed: commander knows two dashes only, and no value without a space, as in `-n1`. */
function asTyped(text: string, unknown: string, forms: ReadonlyMap<string, FlagForm>): string {
  const [, letter, value] = /^-([a-z])(.+)$/.exec(unknown) ?? [];
  const typed = text.replace(/'.*'/, () => `'${oneLine(unknown)}'`);
  if (letter === undefined || forms.get(letter) !== "value" || typed.endsWith("?)")) return typed;
  return `${typed} (Did you mean -${letter} ${value}?)`;
}

/** commander's message without its "error: " and on one line. */
function oneLine(message: string): string {
  return message.replace(/^error: /, "").replaceAll(/\s+/g, " ");
}
