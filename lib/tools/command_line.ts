/** How every tool reads its command line: flags from one table, `--help`, `--version`, no more words. */

import type { CommandDescription } from "../cli/description.ts";
import { boolean } from "../cli/kind.ts";
import { type CommandText, formatHelp, parseFlags } from "../cli/flag_parser.ts";
import { inGroup, type OptionTable } from "../cli/option_table.ts";
import type { ParsedCommandLine } from "../cli/options_or_exit.ts";
import { flagSpecs, resolveOptions } from "../cli/resolve_options.ts";
import { UsageError } from "../cli/usage_error.ts";
import { toolVersionLine } from "../version.ts";

/** A tool as its command line is concerned. */
export interface ToolCommand<T> {
  readonly text: CommandText;
  /** The reference's name of the program, such as `nsq_tail`, for `--version`. */
  readonly versionName: string;
  readonly table: OptionTable<T>;
  /** Checks flags against each other. @throws UsageError */
  check(options: T): void;
}

/** A tool's options, and the words that stood among its flags. */
export interface WithWords<T> {
  readonly options: T;
  readonly words: readonly string[];
}

interface Requests {
  readonly version: boolean;
}

const REQUEST_TABLE: OptionTable<Requests> = {
  version: inGroup("General")("version", boolean(), false, "print the version and end"),
};

/** What the tool is, for those who write of it. @param path such as `to-file` @param words that it takes besides flags */
export function describeTool<T>(
  path: string,
  { text, table }: Pick<ToolCommand<T>, "text" | "table">,
  words = "",
): CommandDescription[] {
  const flags = [...flagSpecs(table), ...flagSpecs(REQUEST_TABLE)];
  return [{ path, words, summary: text.summary, flags, examples: text.examples }];
}

/**
 * Reads a tool's command line.
 *
 * @throws UsageError with one line that names what is wrong
 */
export function parseToolOptions<T>(
  command: ToolCommand<T>,
  args: readonly string[],
): ParsedCommandLine<T> {
  const parsed = parseToolWords(command, args);
  if (!("options" in parsed)) return parsed;
  const { options, words } = parsed.options;
  if (words.length > 0) throw new UsageError(`unknown arguments: ${words.join(" ")}`);
  return { options };
}

/**
 * As {@link parseToolOptions}, for a tool that takes words too: before, between or behind its flags, which `--` ends.
 *
 * @throws UsageError with one line that names what is wrong
 */
export function parseToolWords<T>(
  command: ToolCommand<T>,
  args: readonly string[],
): ParsedCommandLine<WithWords<T>> {
  const specs = [...flagSpecs(command.table), ...flagSpecs(REQUEST_TABLE)];
  const values = new Map<string, string[]>();
  const words: string[] = [];
  for (let left = args; left.length > 0;) {
    const flags = parseFlags(specs, left);
    if (flags.help) return { help: formatHelp(specs, command.text) };
    for (const [flag, given] of flags.values) {
      values.set(flag, [...values.get(flag) ?? [], ...given]);
    }
    const endsFlags = left[left.length - flags.rest.length - 1] === "--";
    const taken = endsFlags ? flags.rest.length : 1;
    words.push(...flags.rest.slice(0, taken));
    left = flags.rest.slice(taken);
  }
  const requests = resolveOptions(REQUEST_TABLE, values, undefined).options;
  if (requests.version) return { version: toolVersionLine(command.versionName) };
  const { options } = resolveOptions(command.table, values, undefined);
  command.check(options);
  return { options: { options, words } };
}
