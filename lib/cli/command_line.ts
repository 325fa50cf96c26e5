/** A daemon's command line: what every daemon takes besides its own options, and how both are read. */

import { daemonVersionLine } from "../version.ts";
import { readConfigFile } from "./config_file.ts";
import { type CommandText, formatHelp, parseFlags } from "./flag_parser.ts";
import type { CommandDescription } from "./description.ts";
import { boolean, text } from "./kind.ts";
import { inGroup, type OptionSpec, type OptionTable } from "./option_table.ts";
import type { OptionsEnvironment } from "./options_or_exit.ts";
import { checkUnknownKeys } from "./unknown_keys.ts";
import { flagSpecs, type ResolvedOptions, resolveOptions } from "./resolve_options.ts";

/** A flag that scripts still give, without effect here. */
export interface DeprecatedFlag {
  /** Without dashes. */
  readonly flag: string;
  /** What to use in its place, with dashes. */
  readonly instead: string;
}

/** What is particular to one daemon. */
export interface DaemonCommand<T> {
  readonly text: CommandText;
  /** What `--version` calls it, such as `nsqd`. */
  readonly programName: string;
  readonly table: OptionTable<T>;
  /** Beside `--verbose`, which every daemon has. */
  readonly deprecated?: readonly DeprecatedFlag[];
}

/** Flags that are no options: a configuration file cannot have them. */
interface Requests {
  readonly version: boolean;
  /** Path of the configuration file, "" for none. */
  readonly config: string;
}

const general = inGroup("General");

const REQUEST_TABLE: OptionTable<Requests> = {
  version: general("version", boolean(), false, "print the version and end"),
  config: general(
    "config",
    text({ valueName: "file" }),
    "",
    "TOML file with options; flags given here win over it",
  ),
};

const VERBOSE: DeprecatedFlag = { flag: "verbose", instead: "--log-level" };

/** What the daemon is, for those who write of it; what is deprecated is left out. */
export function describeDaemon<T>(
  path: string,
  { text, table }: Pick<DaemonCommand<T>, "text" | "table">,
): CommandDescription[] {
  const flags = [...flagSpecs(REQUEST_TABLE), ...flagSpecs(table)];
  return [{ path, words: "", summary: text.summary, flags, examples: text.examples }];
}

/**
 * Reads a daemon's command line (without program and subcommand) and its configuration file, and
 * warns of what has no effect.
 *
 * @throws UsageError with one line that names the flag or key at fault, also for an unknown key that
 * would protect the daemon
 */
export function readCommandLine<T>(
  command: DaemonCommand<T>,
  args: readonly string[],
  environment: OptionsEnvironment,
): ResolvedOptions<T> | { readonly help: string } | { readonly version: string } {
  const { table } = command;
  const deprecated = [VERBOSE, ...command.deprecated ?? []];
  const deprecatedTable = Object.fromEntries(deprecated.map((each) => [each.flag, rowOf(each)]));
  const specs = [REQUEST_TABLE, deprecatedTable, table].flatMap((each) =>
    flagSpecs<unknown>(each as OptionTable<unknown>)
  );
  const flags = parseFlags(specs, args);
  const { version, config: path } = resolveOptions(REQUEST_TABLE, flags.values, undefined).options;
  const given = resolveOptions(deprecatedTable, flags.values, undefined).options;
  if (flags.help) return { help: formatHelp(specs, command.text) };
  if (version) return { version: daemonVersionLine(command.programName) };

  const file = path === ""
    ? undefined
    : { path, values: readConfigFile(path, environment.readTextFile) };
  const resolved = resolveOptions(table, flags.values, file);
  for (const { flag, instead } of deprecated.filter((each) => given[each.flag])) {
    environment.warn(`--${flag} is deprecated and has no effect, use ${instead}`);
  }
  if (flags.rest.length > 0) {
    environment.warn(`ignored, as flags end there: ${flags.rest.join(" ")}`);
  }
  if (file !== undefined) checkUnknownKeys(table, file).forEach(environment.warn);
  return resolved;
}

function rowOf({ flag, instead }: DeprecatedFlag): OptionSpec<boolean> {
  return general(flag, boolean(), false, `[deprecated] has no effect, use ${instead}`);
}
