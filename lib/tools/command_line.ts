/** How every tool reads its command line: flags from one table, `--help`, `--version`, no more words. */

import { boolean } from "../cli/kind.ts";
import { type CommandText, formatHelp, parseFlags } from "../cli/flag_parser.ts";
import { inGroup, type OptionTable } from "../cli/option_table.ts";
import type { ParsedCommandLine } from "../cli/options_or_exit.ts";
import { flagSpecs, resolveOptions } from "../cli/resolve_options.ts";
import { UsageError } from "../cli/usage_error.ts";
import { versionLine } from "../version.ts";

/** A tool as its command line is concerned. */
export interface ToolCommand<T> {
  readonly text: CommandText;
  /** The reference's name of the program, such as `nsq_tail`, for `--version`. */
  readonly versionName: string;
  readonly table: OptionTable<T>;
  /** Checks flags against each other. @throws UsageError */
  check(options: T): void;
}

interface Requests {
  readonly version: boolean;
}

const REQUEST_TABLE: OptionTable<Requests> = {
  version: inGroup("General")("version", boolean(), false, "print the version and end"),
};

/**
 * Reads a tool's command line.
 *
 * @throws UsageError with one line that names what is wrong
 */
export function parseToolOptions<T>(
  command: ToolCommand<T>,
  args: readonly string[],
): ParsedCommandLine<T> {
  const specs = [...flagSpecs(command.table), ...flagSpecs(REQUEST_TABLE)];
  const flags = parseFlags(specs, args);
  if (flags.help) return { help: formatHelp(specs, command.text) };
  const requests = resolveOptions(REQUEST_TABLE, flags.values, undefined).options;
  if (requests.version) return { version: versionLine(command.versionName) };
  if (flags.rest.length > 0) throw new UsageError(`unknown arguments: ${flags.rest.join(" ")}`);
  const { options } = resolveOptions(command.table, flags.values, undefined);
  command.check(options);
  return { options };
}
